"""Optimizers, each held against PyTorch's over twenty steps."""

import functools
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest
import torch

from vector import Tensor, compile, optim, tensor
from vector.nn import MLP, Linear, parameter

# Names and arguments are PyTorch's, so one row makes both.
ROWS: list[tuple[str, dict[str, Any]]] = [
    ("SGD", {"lr": 0.1}),
    ("SGD", {"lr": 0.1, "weight_decay": 0.1}),
    ("SGD", {"lr": 0.1, "momentum": 0.9}),
    ("SGD", {"lr": 0.05, "momentum": 0.9, "dampening": 0.5, "weight_decay": 0.1}),
    ("SGD", {"lr": 0.05, "momentum": 0.9, "nesterov": True}),
    ("Adagrad", {}),
    ("Adagrad", {"lr": 0.1, "lr_decay": 0.1, "weight_decay": 0.1, "initial_accumulator_value": 0.5, "eps": 1e-3}),
    ("RMSprop", {}),
    ("RMSprop", {"lr": 0.02, "alpha": 0.9, "eps": 1e-3, "weight_decay": 0.1}),
    ("RMSprop", {"momentum": 0.9}),
    ("RMSprop", {"centered": True}),
    ("RMSprop", {"momentum": 0.5, "centered": True, "eps": 1e-2}),
    ("Adam", {}),
    ("Adam", {"lr": 0.05, "betas": (0.8, 0.95), "eps": 1e-3, "weight_decay": 0.1}),
    ("AdamW", {}),
    ("AdamW", {"lr": 0.05, "betas": (0.8, 0.95), "eps": 1e-3, "weight_decay": 0.5}),
    ("NAdam", {}),
    ("NAdam", {"lr": 0.05, "betas": (0.8, 0.95), "eps": 1e-3, "weight_decay": 0.1, "momentum_decay": 0.01}),
]
PAIRS: dict[str, tuple[Callable[[Any], optim.Optimizer], Callable[[Any], torch.optim.Optimizer]]] = {
    " ".join([name, *(f"{key}={value}" for key, value in arguments.items())]): (
        functools.partial(getattr(optim, name), **arguments),
        functools.partial(getattr(torch.optim, name), **arguments),
    )
    for name, arguments in ROWS
}
EACH: dict[str, Callable[..., optim.Optimizer]] = {
    "SGD": optim.SGD,
    "SGD with momentum": functools.partial(optim.SGD, momentum=0.5),
    "Adagrad": optim.Adagrad,
    "RMSprop": optim.RMSprop,
    "RMSprop with all": functools.partial(optim.RMSprop, momentum=0.5, centered=True),
    "Adam": optim.Adam,
    "AdamW": optim.AdamW,
    "NAdam": optim.NAdam,
    "Lion": optim.Lion,
}
# What the optimizer is made with, and what is set at step 5; it is set back at step 10.
CHANGES: list[tuple[str, dict[str, Any], dict[str, Any]]] = [
    ("SGD", {}, {"lr": 0.2}),
    ("SGD", {}, {"weight_decay": 0.5}),
    ("SGD", {"weight_decay": 0.5}, {"weight_decay": 0.1}),
    ("SGD", {}, {"momentum": 0.9}),
    ("SGD", {}, {"momentum": 0.9, "dampening": 0.5}),
    ("SGD", {"momentum": 0.9}, {"momentum": 0.5}),
    ("SGD", {"momentum": 0.9}, {"dampening": 0.5}),
    ("SGD", {"momentum": 0.9}, {"nesterov": True}),
    ("Adagrad", {}, {"lr": 0.2, "lr_decay": 0.5}),
    ("Adagrad", {}, {"weight_decay": 0.5}),
    ("Adagrad", {"weight_decay": 0.5}, {"weight_decay": 0.1, "eps": 0.1}),
    ("RMSprop", {}, {"alpha": 0.5}),
    ("RMSprop", {}, {"eps": 0.1}),
    ("RMSprop", {}, {"weight_decay": 0.5}),
    ("RMSprop", {"momentum": 0.9}, {"momentum": 0.5, "weight_decay": 0.1}),
    ("Adam", {}, {"betas": (0.5, 0.9)}),
    ("Adam", {}, {"eps": 0.1}),
    ("Adam", {}, {"weight_decay": 0.5}),
    ("Adam", {"weight_decay": 0.5}, {"weight_decay": 0.1}),
    ("AdamW", {}, {"betas": (0.5, 0.9), "lr": 0.1}),
    ("AdamW", {}, {"eps": 0.1, "weight_decay": 0.5}),
    ("AdamW", {}, {"weight_decay": 0.0}),
    ("NAdam", {}, {"betas": (0.5, 0.9)}),
    ("NAdam", {}, {"eps": 0.1, "momentum_decay": 0.1}),
    ("NAdam", {}, {"weight_decay": 0.5}),
    ("Lion", {}, {"betas": (0.5, 0.9)}),
    ("Lion", {}, {"weight_decay": 0.5}),
]
DEFAULTS: dict[str, Any] = {
    "lr": 0.05, "weight_decay": 0.0, "momentum": 0.0, "dampening": 0.0, "nesterov": False, "lr_decay": 0.0,
    "eps": 1e-8, "alpha": 0.99, "betas": (0.9, 0.999), "momentum_decay": 4e-3,
}  # fmt: skip
SHAPES = [(), (3,), (4, 3), (300, 200)]  # the last is larger than one block of the update


def leaves() -> list[np.ndarray]:
    rng = np.random.default_rng(0)
    arrays = [np.asarray(rng.normal(size=shape)) for shape in SHAPES]
    return [*arrays, np.asfortranarray(rng.normal(size=(200, 300)))]  # as nn.Linear keeps its weight


@pytest.fixture(autouse=True)
def pytorch_in_float64() -> Iterator[None]:
    """PyTorch keeps NAdam's product of momenta in its default dtype, float32, whatever the parameters' is."""
    torch.set_default_dtype(torch.float64)
    yield
    torch.set_default_dtype(torch.float32)


@pytest.fixture(autouse=True)
def small_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    """Arrays of a size that is quick to test are updated in several blocks."""
    monkeypatch.setattr("vector.optim.optimizer.BLOCK", 16_384)


@pytest.mark.parametrize("name", PAIRS)
def test_twenty_steps_agree_with_pytorch(name: str) -> None:
    ours = [Tensor(x.copy(order="K"), requires_grad=True) for x in leaves()]
    theirs = [torch.tensor(x, requires_grad=True) for x in leaves()]
    optimizer, judge = PAIRS[name][0](ours), PAIRS[name][1](theirs)
    for step in range(20):
        optimizer.zero_grad()
        judge.zero_grad()
        for x, y in zip(ours, theirs, strict=True):
            (x * x / 2 + step * x.sin()).sum().backward()
            (y * y / 2 + step * y.sin()).sum().backward()
        optimizer.step()
        judge.step()
    for x, y, start in zip(ours, theirs, leaves(), strict=True):
        np.testing.assert_allclose(x.data, y.detach().numpy(), rtol=1e-10, atol=1e-10)
        assert np.abs(x.data - start).max() > 0.01
        assert x.data.flags.f_contiguous == start.flags.f_contiguous


@pytest.mark.parametrize("name", PAIRS)
def test_a_parameter_without_a_gradient_stays_and_keeps_its_own_time(name: str) -> None:
    ours = [tensor([1.0], requires_grad=True) for _ in range(2)]
    theirs = [torch.tensor([1.0], dtype=torch.float64, requires_grad=True) for _ in range(2)]
    optimizer, judge = PAIRS[name][0](ours), PAIRS[name][1](theirs)
    for step in range(4):
        optimizer.zero_grad()
        judge.zero_grad()
        pairs: list[Any] = [ours, theirs]
        for always, later in pairs:
            (always * 3.0).backward()
            if step >= 2:
                (later * 2.0).backward()
        optimizer.step()
        judge.step()
        if step < 2:
            assert ours[1].item() == 1.0
    for x, y in zip(ours, theirs, strict=True):
        np.testing.assert_allclose(x.data, y.detach().numpy(), rtol=1e-12)


def fused(optimizer: optim.Optimizer, backward: Callable[[float], None]) -> Callable[[float], None]:
    pytest.importorskip("llvmlite")
    return in_turn(optimizer.fuse(), backward)


def in_turn(optimizer: Any, backward: Callable[[float], None]) -> Callable[[float], None]:
    def step(used: float) -> None:
        optimizer.zero_grad()
        backward(used)
        optimizer.step()

    return step


def compiled(optimizer: optim.Optimizer, backward: Callable[[float], None]) -> Callable[[float], None]:
    reaching, not_reaching = compile(in_turn(optimizer, backward)), compile(in_turn(optimizer, lambda _: backward(0.0)))
    return lambda used: reaching(np.array(used)) if used else not_reaching(np.array(used))


HOW: dict[str, Callable[..., Callable[[float], None]]] = {
    "eager": in_turn,
    "fused": fused,
    "compiled": compiled,
}


@pytest.mark.parametrize(
    ("name", "how"),
    [(name, "eager") for name in PAIRS]
    + [(name, how) for name in {name.split()[0]: name for name in PAIRS}.values() for how in ("fused", "compiled")],
)
def test_a_parameter_that_some_steps_do_not_reach_stays_there_with_its_state(name: str, how: str) -> None:
    """Each option, with gaps of one and two steps once the moments have begun, as PyTorch has it."""
    ours = [tensor([1.0, -2.0], requires_grad=True) for _ in range(2)]
    theirs = [torch.tensor([1.0, -2.0], requires_grad=True) for _ in range(2)]

    def backward(pair: Any, used: Any) -> None:
        u, w = pair
        ((w * w).sum() if isinstance(used, float) and not used else (w * w + u * w * used).sum()).backward()

    step = HOW[how](PAIRS[name][0](ours), functools.partial(backward, ours))
    judge = in_turn(PAIRS[name][1](theirs), functools.partial(backward, theirs))
    for used in (1.0, 1.0, 0.0, 1.0, 2.0, 0.0, 0.0, -1.0, 1.0, 1.0, 0.0, 1.0):
        before = ours[0].data.copy()
        step(used)
        judge(used)
        assert (ours[0].data == before).all() == (used == 0.0)
        for x, y in zip(ours, theirs, strict=True):
            np.testing.assert_allclose(x.data, y.detach().numpy(), rtol=1e-12)


@pytest.mark.parametrize("name", EACH)
def test_dtype_and_memory_stay(name: str) -> None:
    model = Linear(3, 2)
    before = model.weight.data
    for _ in range(2):
        model(np.ones((4, 3), np.float32)).sum().backward()
        EACH[name](model.parameters(), lr=0.1).step()
    assert model.weight.data is before, "an update is in place"
    assert model.weight.dtype == np.float32


@pytest.mark.parametrize("rows", [3, 30_000], ids=["small", "large"])
@pytest.mark.parametrize("name", EACH)
def test_a_view_as_a_parameter_is_updated_where_it_lies(name: str, rows: int) -> None:
    array = np.ones((rows, 4))
    view, alone = Tensor(array[:, ::2], requires_grad=True), tensor(np.ones(1), requires_grad=True)
    optimizer = EACH[name]([view, alone], lr=0.5)
    for _ in range(2):
        view.sum().backward()
        alone.sum().backward()
        optimizer.step()
    expected = alone.item()
    np.testing.assert_allclose(array, np.tile([expected, 1.0, expected, 1.0], (rows, 1)))
    assert expected < 0.9


@pytest.mark.parametrize("name", EACH)
def test_numbers_in_another_layout_than_what_is_remembered(name: str) -> None:
    start = np.random.default_rng(0).normal(size=(200, 300))
    alike, other = (Tensor(np.asfortranarray(start), requires_grad=True) for _ in range(2))
    optimizer = EACH[name]([alike, other], lr=0.1)
    other.data = np.ascontiguousarray(other.data)
    for step in range(3):
        optimizer.zero_grad()
        for x in (alike, other):
            (x * x / 2 + step * x.sin()).sum().backward()
        optimizer.step()
    np.testing.assert_array_equal(alike.data, other.data)


def test_weights_and_moments_begin_at_a_cache_line() -> None:
    model = MLP(5, [3, 1]).to(np.float64)
    moments = [array for pair in optim.Adam(model.parameters()).sums for array in pair]
    for array in [*(layer.weight.data for layer in (*model.layers, Linear(5, 3))), *moments]:
        assert array.ctypes.data % 64 == 0
    assert moments[0].flags.f_contiguous
    np.testing.assert_array_equal(moments[0], np.zeros((3, 5)))


@pytest.mark.parametrize("name", EACH)
def test_a_gradient_that_was_kept_stays_as_it_was(name: str) -> None:
    model = MLP(20, [30, 10])
    optimizer = EACH[name](model.parameters(), lr=0.1)
    kept: list[list[Any]] = []
    copies: list[list[Any]] = []
    for step in range(3):
        optimizer.zero_grad()
        (model(np.full((8, 20), step + 1.0, np.float32)).sum() * (step + 1)).backward()
        kept.append([p.grad for p in model.parameters()])
        copies.append([g.copy() for g in kept[-1]])
        optimizer.step()
    for grads, numbers in zip(kept, copies, strict=True):
        for g, expected in zip(grads, numbers, strict=True):
            np.testing.assert_array_equal(g, expected)


@pytest.mark.parametrize("name", EACH)
def test_the_gradient_is_only_read(name: str) -> None:
    x = tensor([1.0, -2.0], requires_grad=True)
    optimizer = EACH[name]([x], lr=0.1)
    x.grad = np.array([3.0, 4.0])
    for _ in range(2):
        optimizer.step()
    np.testing.assert_array_equal(x.grad, [3.0, 4.0])


@pytest.mark.parametrize("arguments", [{}, {"lr": 0.05, "betas": (0.8, 0.95), "weight_decay": 0.5}], ids=str)
def test_lion_agrees_with_its_paper(arguments: dict[str, Any]) -> None:
    # PyTorch has none; this is algorithm 2 line by line, with the paper's defaults.
    lr, (beta1, beta2), decay = (
        arguments.get(k, d) for k, d in (("lr", 1e-4), ("betas", (0.9, 0.99)), ("weight_decay", 0))
    )
    theta = np.random.default_rng(0).normal(size=(300, 200))
    ours = Tensor(theta.copy(), requires_grad=True)
    optimizer = optim.Lion([ours], **arguments)
    m = np.zeros_like(theta)
    for step in range(20):
        optimizer.zero_grad()
        (ours * ours / 2 + step * ours.sin()).sum().backward()
        optimizer.step()
        g = theta + step * np.cos(theta)
        c = beta1 * m + (1 - beta1) * g
        theta = theta - lr * (np.sign(c) + decay * theta)
        m = beta2 * m + (1 - beta2) * g
    np.testing.assert_allclose(ours.data, theta, rtol=1e-10, atol=1e-10)


def test_momentum_may_begin_later() -> None:
    x = tensor([1.0], requires_grad=True)
    sgd = optim.SGD([x], lr=0.25)
    for momentum in (0.0, 0.5, 0.5):
        sgd.momentum = momentum
        x.grad = np.ones(1)
        sgd.step()
    np.testing.assert_array_equal(x.data, [1 - 0.25 - 0.25 - 0.375])


@pytest.mark.parametrize("fuse", [False, True])
@pytest.mark.parametrize("centered", [False, True])
def test_rmsprops_momentum_and_centring_may_begin_later(*, fuse: bool, centered: bool) -> None:
    # The velocity was the mean square itself, and the momentum multiplied that. PyTorch stops with a KeyError.
    if fuse:
        pytest.importorskip("llvmlite")
    x = tensor([1.0], requires_grad=True)
    rmsprop = optim.RMSprop([x], lr=0.1, alpha=0.5, eps=0.0)
    if fuse:
        rmsprop.fuse()
    theta, v, m, u = 1.0, 0.0, 0.0, 0.0
    for step in range(8):
        if step == 4:
            rmsprop.momentum, rmsprop.centered = 0.5, centered
        x.grad = np.array([1.0 + step % 3])
        rmsprop.step()
        g, late = 1.0 + step % 3, step >= 4
        v = 0.5 * v + 0.5 * g * g
        m = 0.5 * m + 0.5 * g if late and centered else m
        u = (0.5 * u if late else 0) + g / (v - m * m) ** 0.5
        theta -= 0.1 * u
        u = u if late else 0.0
    np.testing.assert_allclose(x.data, [theta], rtol=1e-12)


class Nudged(optim.Optimizer):
    """A user's own, that reads its number itself."""

    def __init__(self, parameters: list[Tensor], nudge: float) -> None:
        super().__init__(parameters, lr=0.5)
        self.nudge = nudge

    def _update(self, i: int, data: Any, g: Any, *numbers: float) -> None:
        data -= numbers[0] * g + self.nudge


def test_a_users_own_optimizer_reads_its_attributes_at_each_fused_step() -> None:
    pytest.importorskip("llvmlite")
    plain, fused = (Nudged([tensor([1.0], requires_grad=True)], nudge=0.0) for _ in range(2))
    fused.fuse()
    for step in range(30):
        for optimizer in (plain, fused):
            optimizer.nudge = step // 3 / 10
            optimizer.parameters[0].grad = np.ones(1)
            optimizer.step()
    np.testing.assert_array_equal(fused.parameters[0].data, plain.parameters[0].data)


@pytest.mark.parametrize("name", ["Adam", "AdamW", "NAdam"])
def test_betas_set_before_a_checkpoint(name: str) -> None:
    # Adam keeps its sums scaled by its betas: those of the steps, not those that stand when the state is taken.
    def steps(optimizer: optim.Optimizer, count: int) -> None:
        for _ in range(count):
            optimizer.parameters[0].grad = np.cos(optimizer.parameters[0].data)
            optimizer.step()

    first = EACH[name]([tensor([1.0], requires_grad=True)], lr=0.1)
    steps(first, 3)
    vars(first)["betas"] = (0.5, 0.9)
    second = EACH[name]([tensor(first.parameters[0].data, requires_grad=True)], lr=0.1)
    second.load_state_dict(first.state_dict())
    steps(first, 3)
    steps(second, 3)
    np.testing.assert_array_equal(second.parameters[0].data, first.parameters[0].data)


def test_the_learning_rate_may_change_between_steps() -> None:
    x = tensor([1.0], requires_grad=True)
    x.sum().backward()
    sgd = optim.SGD([x], lr=0.5)
    sgd.step()
    sgd.lr = 0.25
    sgd.step()
    np.testing.assert_array_equal(x.data, [0.25])


def test_zero_grad_forgets() -> None:
    model = MLP(2, [3, 1])
    model(np.ones((1, 2), np.float32)).backward()
    optim.SGD(model.parameters()).zero_grad()
    assert all(p.grad is None for p in model.parameters())


@pytest.mark.parametrize("name", ["SGD", "Adagrad", "RMSprop", "Adam", "AdamW", "NAdam", "Lion"])
def test_errors_of_all(name: str) -> None:
    with pytest.raises(ValueError, match=f"{name}: expected at least one parameter, got none"):
        EACH[name]([])
    x = tensor([1.0], requires_grad=True)
    for lr in (0.0, -1.0, float("nan")):
        with pytest.raises(ValueError, match=f"{name}: expected lr > 0, got"):
            EACH[name]([x], lr=lr)
    with pytest.raises(ValueError, match=f"{name}: expected weight_decay >= 0, got -1"):
        EACH[name]([x], weight_decay=-1)


@pytest.mark.parametrize(
    ("name", "arguments", "message"),
    [
        ("SGD", {"momentum": -1}, "SGD: expected momentum >= 0, got -1"),
        ("SGD", {"nesterov": True}, "SGD: nesterov expected momentum > 0 and dampening == 0, got momentum=0"),
        ("SGD", {"nesterov": True, "momentum": 0.9, "dampening": 0.1}, r"got momentum=0\.9, dampening=0\.1"),
        ("Adagrad", {"lr_decay": -1}, "Adagrad: expected lr_decay >= 0, got -1"),
        ("RMSprop", {"alpha": -1}, "RMSprop: expected alpha >= 0, got -1"),
        ("Adam", {"betas": (0.9, 1.0)}, r"Adam: expected betas in \[0, 1\), got \(0\.9, 1\.0\)"),
        ("AdamW", {"betas": (-0.1, 0.9)}, r"AdamW: expected betas in \[0, 1\), got"),
        ("NAdam", {"momentum_decay": -1}, "NAdam: expected momentum_decay >= 0, got -1"),
        ("Lion", {"betas": (0.9, 1.1)}, r"Lion: expected betas in \[0, 1\], got \(0\.9, 1\.1\)"),
    ],
)
def test_errors(name: str, arguments: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        getattr(optim, name)([tensor([1.0], requires_grad=True)], **arguments)


@pytest.mark.parametrize("native", [False, True])
@pytest.mark.parametrize(
    ("kind", "given", "changes"),
    [
        ("SGD", {"momentum": 0.9, "weight_decay": 0.5}, {"momentum": 0.5, "weight_decay": 0.1}),
        ("Adagrad", {"weight_decay": 0.5}, {"weight_decay": 0.1, "lr_decay": 0.5, "eps": 0.1}),
        ("RMSprop", {"momentum": 0.9, "weight_decay": 0.5}, {"momentum": 0.5, "weight_decay": 0.1, "alpha": 0.5}),
        ("Adam", {"weight_decay": 0.5}, {"weight_decay": 0.1, "betas": (0.5, 0.9), "eps": 0.1}),
        ("AdamW", {}, {"weight_decay": 0.1, "betas": (0.5, 0.9), "eps": 0.1}),
        ("NAdam", {"weight_decay": 0.5}, {"weight_decay": 0.1, "betas": (0.5, 0.9), "momentum_decay": 0.1}),
        ("Lion", {}, {"weight_decay": 0.1, "betas": (0.5, 0.9)}),
        # What was 0, or no longer is, decides which calls there are.
        ("SGD", {}, {"momentum": 0.9}),
        ("SGD", {}, {"weight_decay": 0.5}),
        ("SGD", {"momentum": 0.9, "dampening": 0.5, "weight_decay": 0.5}, {"dampening": 0, "weight_decay": 0}),
        ("SGD", {"momentum": 0.9}, {"nesterov": True}),
        ("Adam", {}, {"weight_decay": 0.5}),
        ("RMSprop", {"momentum": 0.9}, {"momentum": 0.0}),
    ],
    ids=str,
)
def test_a_compiled_step_asks_for_hyperparameters(
    kind: str, given: dict[str, Any], changes: dict[str, Any], *, native: bool
) -> None:
    if native:
        pytest.importorskip("llvmlite")
    w, v = (tensor([1.0, -2.0], requires_grad=True) for _ in range(2))
    plain, other = (getattr(optim, kind)([x], lr=0.05, **given) for x in (w, v))

    def step(optimizer: Any) -> None:
        optimizer.zero_grad()
        (optimizer.parameters[0] ** 2).sum().backward()
        optimizer.step()

    compiled = compile(lambda: step(other), native=native)
    for i in range(9):
        if i == 5:
            for optimizer in (plain, other):
                vars(optimizer).update(changes)
        step(plain)
        compiled()
    np.testing.assert_allclose(v.data, w.data, rtol=1e-12)


class TestFused:
    @pytest.fixture(autouse=True)
    def _needs_numba(self) -> None:
        pytest.importorskip("llvmlite")
        pytest.importorskip("threadpoolctl")

    @staticmethod
    def parameters() -> list[Tensor]:
        generator = np.random.default_rng(0)
        return [parameter(generator.normal(size=shape)) for shape in [(3, 4), (4,), ()]]

    def test_the_same_steps(self) -> None:
        plain, fused = optim.AdamW(self.parameters(), lr=0.1), optim.AdamW(self.parameters(), lr=0.1).fuse()
        for step in range(8):
            for optimizer in (plain, fused):
                optimizer.lr = 0.1 / (step + 1)
                for p in optimizer.parameters:
                    p.grad = np.cos(p.data + step)
                optimizer.step()
            for p, q in zip(plain.parameters, fused.parameters, strict=True):
                np.testing.assert_allclose(q.data, p.data, rtol=1e-12)

    def test_it_follows_new_arrays_and_missing_gradients(self) -> None:
        plain, fused = (optim.SGD(self.parameters(), lr=0.1, momentum=0.9) for _ in range(2))
        fused.fuse()
        for step in range(9):
            for optimizer in (plain, fused):
                if step == 4:
                    for p in optimizer.parameters:
                        p.data = p.data + 1
                for i, p in enumerate(optimizer.parameters):
                    p.grad = None if i == 1 and step % 3 == 2 else p.data * 2
                optimizer.step()
            for p, q in zip(plain.parameters, fused.parameters, strict=True):
                np.testing.assert_allclose(q.data, p.data, rtol=1e-12)

    def test_a_parameter_changed_in_between_is_noticed(self) -> None:
        w = tensor([2.0], requires_grad=True)
        optimizer = optim.SGD([w], lr=0.1).fuse()
        for _ in range(4):
            optimizer.zero_grad()
            loss = (w * w).sum()
            loss.backward()
            optimizer.step()
        loss = (w * w).sum()
        w.grad = np.ones(1)
        optimizer.step()
        with pytest.raises(RuntimeError, match="changed"):
            loss.backward()

    def test_it_goes_together_with_a_compiled_step_and_a_checkpoint(self) -> None:
        optimizer = optim.Adam(self.parameters(), lr=0.1).fuse()
        assert set(optimizer.state_dict()) == set(optim.Adam(self.parameters(), lr=0.1).state_dict())

        def step(x: Any) -> Any:
            optimizer.zero_grad()
            loss = sum((p * x).sum() for p in optimizer.parameters)
            loss.backward()
            optimizer.step()
            return loss

        compiled = compile(step)
        losses = [compiled(np.ones(4)[:1]).item() for _ in range(6)]
        assert losses == sorted(losses, reverse=True)

    @pytest.mark.parametrize(("kind", "given", "changes"), CHANGES, ids=str)
    def test_a_hyperparameter_that_changes_in_the_middle(
        self, kind: str, given: dict[str, Any], changes: dict[str, Any]
    ) -> None:
        # Fused steps went on with the hyperparameters of the recording, all but the rate.
        arguments = {"lr": 0.05, **given}
        ours, fused = (getattr(optim, kind)(self.parameters(), **arguments) for _ in range(2))
        fused.fuse()
        theirs = [torch.tensor(p.data, requires_grad=True) for p in self.parameters()]
        judge = getattr(torch.optim, kind)(theirs, **arguments) if kind != "Lion" else None
        for step in range(15):
            if step in (5, 10):
                change = changes if step == 5 else {key: arguments.get(key, DEFAULTS[key]) for key in changes}
                for optimizer in (ours, fused):
                    vars(optimizer).update(change)
                if judge:
                    judge.param_groups[0].update(change)
            for p in (*ours.parameters, *fused.parameters):
                p.grad = np.cos(p.data + step)
            ours.step()
            fused.step()
            for p in theirs if judge else ():
                p.grad = torch.cos(p.detach() + step)
            if judge:
                judge.step()
        for p, q in zip(ours.parameters, fused.parameters, strict=True):
            np.testing.assert_allclose(q.data, p.data, rtol=1e-12)
        for p, r in zip(ours.parameters, theirs, strict=True) if judge else ():
            np.testing.assert_allclose(p.data, r.detach().numpy(), rtol=1e-11)
