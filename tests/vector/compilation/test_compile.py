"""A compiled step gives the numbers of the step itself, and refuses what it could not repeat."""

import importlib.util
import inspect
import random
from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np
import pytest

import vector
import viz
from demos import activations
from tests.vector.compilation.twins import classifying, learning
from vector import nn, optim
from vector.compilation import CaptureError, Compiled, blas, compile, kernels, lowering
from vector.nn import Module
from vector.nn.pointwise import MODULES as ROWED
from vector.optim import Optimizer

Generator = np.random.Generator


def has_numba() -> bool:
    return bool(importlib.util.find_spec("llvmlite") and importlib.util.find_spec("threadpoolctl"))


NUMBA = pytest.mark.skipif(not has_numba(), reason="llvmlite")
Make = Callable[[Generator], Module]


def flat(generator: Generator) -> Any:
    return generator.normal(size=(6, 8)).astype(np.float32)


def images(generator: Generator) -> Any:
    return generator.normal(size=(3, 2, 6, 6)).astype(np.float32)


def words(generator: Generator) -> Any:
    return generator.integers(0, 5, (6, 3))


def _made(kind: Callable[[], Module], generator: Generator) -> Module:
    return kind()


MODULES: dict[str, tuple[Make, Callable[[Generator], Any]]] = {
    "APL": (lambda g: activations.APL(8, generator=g), flat),
    "AvgPool2d": (lambda g: nn.AvgPool2d(2), images),
    "BatchNorm1d": (lambda g: nn.BatchNorm1d(8), flat),
    "CentredSoftplus": (lambda g: activations.CentredSoftplus(), flat),
    "Conv2d": (lambda g: nn.Conv2d(2, 3, 3, padding=1, generator=g), images),
    "Dropout": (lambda g: nn.Dropout(0.25, generator=g), flat),
    "ELU": (lambda g: nn.ELU(), flat),
    "Embedding": (lambda g: nn.Embedding(5, 4, generator=g), words),
    "Flatten": (lambda g: nn.Flatten(), images),
    "GELU": (lambda g: nn.GELU(), flat),
    "Identity": (lambda g: nn.Identity(), flat),
    "LayerNorm": (lambda g: nn.LayerNorm(8), flat),
    "LeakyReLU": (lambda g: nn.LeakyReLU(), flat),
    "Linear": (lambda g: nn.Linear(8, 5, generator=g), flat),
    "MLP": (lambda g: nn.MLP(8, [6, 4], generator=g), flat),
    "MaxPool2d": (lambda g: nn.MaxPool2d(2), images),
    "Maxout": (lambda g: activations.Maxout(2), flat),
    "PReLU": (lambda g: nn.PReLU(), flat),
    "RReLU": (lambda g: nn.RReLU(generator=g), flat),
    "ReLU": (lambda g: nn.ReLU(), flat),
    "SELU": (lambda g: nn.SELU(), flat),
    "Sequential": (lambda g: nn.Sequential(nn.Linear(8, 8, generator=g), nn.Tanh()), flat),
    "SiLU": (lambda g: nn.SiLU(), flat),
    "Sigmoid": (lambda g: nn.Sigmoid(), flat),
    "Softplus": (lambda g: nn.Softplus(), flat),
    "Tanh": (lambda g: nn.Tanh(), flat),
    "VeryLeakyReLU": (lambda g: activations.VeryLeakyReLU(), flat),
}
MODULES = {**{kind.__name__: (partial(_made, kind), flat) for kind in ROWED.values()}, **MODULES}

LOSSES: dict[str, Callable[[Any, Generator], Any]] = {
    "binary_cross_entropy_with_logits": lambda z, g: nn.binary_cross_entropy_with_logits(
        z, g.integers(0, 2, z.shape).astype(np.float32)
    ),
    "cosine_embedding_loss": lambda z, g: nn.cosine_embedding_loss(
        z, flat(g)[:, : z.shape[1]], g.integers(0, 2, len(z)) * 2 - 1
    ),
    "cosine_similarity": lambda z, g: nn.cosine_similarity(z, flat(g)[:, : z.shape[1]]).mean(),
    "cross_entropy": lambda z, g: nn.cross_entropy(z, g.integers(0, z.shape[1], len(z))),
    "hinge": lambda z, g: nn.hinge(z, g.integers(0, 2, z.shape) * 2 - 1),
    "huber_loss": lambda z, g: nn.huber_loss(z, flat(g)[:, : z.shape[1]], delta=0.5),
    "l1_loss": lambda z, g: nn.l1_loss(z, flat(g)[:, : z.shape[1]]),
    "mse_loss": lambda z, g: nn.mse_loss(z, flat(g)[:, : z.shape[1]]),
    "nll_loss": lambda z, g: nn.nll_loss(vector.log_softmax(z), g.integers(0, z.shape[1], len(z))),
    "smooth_l1_loss": lambda z, g: nn.smooth_l1_loss(z, flat(g)[:, : z.shape[1]], beta=0.5),
}

OPTIMIZERS: dict[str, Callable[[Any], Optimizer]] = {
    "SGD": lambda p: optim.SGD(p, lr=0.1),
    "SGD momentum": lambda p: optim.SGD(p, lr=0.1, momentum=0.9, dampening=0.5, weight_decay=0.1),
    "SGD nesterov": lambda p: optim.SGD(p, lr=0.1, momentum=0.9, nesterov=True),
    "Adagrad": lambda p: optim.Adagrad(p, lr=0.1, lr_decay=0.1, weight_decay=0.1),
    "Adam": lambda p: optim.Adam(p, lr=0.1),
    "Adam amsgrad": lambda p: optim.Adam(p, lr=0.1, amsgrad=True),
    "Adam decay": lambda p: optim.Adam(p, lr=0.1, weight_decay=0.1),
    "AdamW": lambda p: optim.AdamW(p, lr=0.1),
    "Lion": lambda p: optim.Lion(p, lr=0.1, weight_decay=0.1),
    "NAdam": lambda p: optim.NAdam(p, lr=0.1),
    "RMSprop": lambda p: optim.RMSprop(p, lr=0.1),
    "RMSprop centred": lambda p: optim.RMSprop(p, lr=0.1, momentum=0.9, centered=True, weight_decay=0.1),
}


def test_every_module_loss_and_optimizer_is_here() -> None:
    classes = {name for name, x in vars(nn).items() if inspect.isclass(x) and issubclass(x, Module)}
    # A loss as a module is the function, and containers compute nothing; tests/vocabulary compiles them.
    modules = {name for name in classes if not issubclass(getattr(nn, name), (nn.Loss, list, dict))} - {"Module"}
    losses = {name for name, x in vars(nn).items() if inspect.isfunction(x) and name in vars(nn)["__all__"]} - {
        "functional_call", "parameter",
    }  # fmt: skip
    optimizers = {name for name, x in vars(optim).items() if inspect.isclass(x) and issubclass(x, Optimizer)}
    assert modules | {"APL", "CentredSoftplus", "Maxout", "VeryLeakyReLU"} == MODULES.keys()  # four of the demos
    assert losses == LOSSES.keys()
    assert optimizers - {"Optimizer"} == {name.split()[0] for name in OPTIMIZERS}


Step = Callable[[Any], Any]


def training(model: Module, optimizer: Optimizer | None, loss_of: Callable[[Any], Any]) -> Step:
    def step(x: Any) -> Any:
        if optimizer:
            optimizer.zero_grad()
        loss = loss_of(model(x))
        if optimizer:
            loss.backward()
            optimizer.step()
        return loss

    return step


def compare(make: Callable[[], tuple[Step, Any, list[Any]]], *, native: bool, threads: int | None = None) -> None:
    """Six steps of two twins, one of them compiled: the same losses, the same weights."""
    (plain, draw, parameters), (twin, _, others) = make(), make()
    compiled = compile(twin, native=native, threads=threads)
    close: Any = (lambda a, b: np.testing.assert_allclose(a, b, rtol=2e-6, atol=2e-6)) if native else same
    for _ in range(6):
        x = draw()
        close(compiled(x).data, plain(x).data)
    for p, q in zip(parameters, others, strict=True):
        close(q.data, p.data)
    assert compiled.explain()


def same(a: Any, b: Any) -> None:
    np.testing.assert_array_equal(a, b)
    assert np.asarray(a).dtype == np.asarray(b).dtype


def with_module(name: str) -> tuple[Step, Any, list[Any]]:
    make, draw = MODULES[name]
    generator, data = np.random.default_rng(0), np.random.default_rng(1)
    model = make(generator)
    parameters = model.parameters()
    optimizer = optim.SGD(parameters, lr=0.1) if parameters else None
    return training(model, optimizer, lambda out: (out * out).mean()), lambda: vector.tensor(draw(data)), parameters


def with_loss(name: str) -> tuple[Step, Any, list[Any]]:
    generator, data = np.random.default_rng(0), np.random.default_rng(1)
    model = nn.Linear(8, 3, generator=generator)
    parameters = model.parameters()
    # The same targets at each step: they are constants of the step.
    step = training(model, optim.SGD(parameters, lr=0.1), lambda out: LOSSES[name](out, np.random.default_rng(2)))
    return step, lambda: flat(data), parameters


def with_optimizer(name: str) -> tuple[Step, Any, list[Any]]:
    generator, data = np.random.default_rng(0), np.random.default_rng(1)
    model = nn.MLP(8, [5, 3], generator=generator)
    parameters = model.parameters()
    targets = np.arange(6) % 3
    step = training(model, OPTIMIZERS[name](parameters), lambda out: nn.cross_entropy(out, targets))
    return step, lambda: flat(data), parameters


@pytest.mark.parametrize("name", MODULES)
def test_modules_bit_for_bit(name: str) -> None:
    compare(lambda: with_module(name), native=False)


@pytest.mark.parametrize("name", LOSSES)
def test_losses_bit_for_bit(name: str) -> None:
    compare(lambda: with_loss(name), native=False)


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_optimizers_bit_for_bit(name: str) -> None:
    compare(lambda: with_optimizer(name), native=False)


class TestNative:
    @pytest.fixture(autouse=True)
    def _needs_numba(self) -> None:
        pytest.importorskip("llvmlite")
        pytest.importorskip("threadpoolctl")

    @pytest.fixture(params=[1, 3], ids=["one thread", "three threads"])
    def threads(self, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> int:
        """How many work together; where there are several, the smallest work is divided, at any place."""
        if request.param > 1:
            monkeypatch.setattr(kernels, "SMALL", 0)
            monkeypatch.setattr(kernels, "ALIGNMENT", 1)
            monkeypatch.setattr(lowering, "_TILE", 1)
        return int(request.param)

    @pytest.mark.parametrize("name", MODULES)
    def test_modules(self, name: str, threads: int) -> None:
        compare(lambda: with_module(name), native=True, threads=threads)

    @pytest.mark.parametrize("name", LOSSES)
    def test_losses(self, name: str, threads: int) -> None:
        compare(lambda: with_loss(name), native=True, threads=threads)

    @pytest.mark.parametrize("name", OPTIMIZERS)
    def test_optimizers(self, name: str, threads: int) -> None:
        compare(lambda: with_optimizer(name), native=True, threads=threads)

    def test_it_is_chosen_where_numba_is(self, monkeypatch: pytest.MonkeyPatch) -> None:
        assert compile(lambda x: x).native
        monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
        assert not compile(lambda x: x).native
        with pytest.raises(ImportError, match=r"needs llvmlite and threadpoolctl: pip install .twingrad\[compile\]."):
            compile(lambda x: x, native=True)

    def test_the_library_multiplies(self) -> None:
        library = blas.library()
        assert library.threads() >= 1
        x, y, out = np.arange(6.0).reshape(2, 3), np.arange(12.0).reshape(3, 4), np.ones((2, 4))
        library.gemm["d"](101, 111, 111, 2, 4, 3, 2.0, x.ctypes.data, 3, y.ctypes.data, 4, 1.0, out.ctypes.data, 4)
        np.testing.assert_array_equal(out, 2 * x @ y + 1)

    def test_there_may_be_no_library(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(blas, "_paths", list)
        none = blas.library.__wrapped__()
        assert (none.gemm, none.threads()) == ({}, 1)

    def test_an_update_by_a_product_of_two_dtypes(self) -> None:
        """The update of a float64 weight by float32 inputs read these as float64: it moved the weight anywhere."""
        x = np.random.default_rng(0).normal(size=(5, 4)).astype(np.float32)

        def trained(native: bool | None) -> Any:
            w = vector.tensor(np.ones((4, 3)), requires_grad=True)
            optimizer = optim.SGD([w], lr=0.1)

            def step(x: Any) -> None:
                optimizer.zero_grad()
                ((x @ w) ** 2).sum().backward()
                optimizer.step()

            taken = step if native is None else compile(step, native=native)
            for _ in range(4):
                taken(x)
            return w.data

        np.testing.assert_allclose(trained(native=True), trained(native=None), rtol=1e-12)

    def test_an_index_without_axes(self) -> None:
        """`x[()]` of an array of 0 axes looked for the first of its indices."""
        step = compile(lambda x: x.sum()[()] * 2, native=True)
        assert [step(np.arange(4.0) + i) for i in range(4)] == [12, 20, 28, 36]

    def test_an_index_out_of_range_is_an_error(self) -> None:
        step = compile(lambda x, i, j: x[i, j] * 2, native=True)
        x, i = np.ones((3, 4)), np.array([0, 2])
        for _ in range(3):
            step(x, i, i)
        with pytest.raises(IndexError, match=r"out of (range|bounds)"):
            step(x, i, i + 2)


class TestArguments:
    def test_a_float_may_change(self) -> None:
        step = compile(lambda x, rate: x * rate)
        results = [step(np.ones(2, np.float32), float(rate)) for rate in range(5)]
        assert [float(x[0]) for x in results] == [0, 1, 2, 3, 4]
        assert results[-1].dtype == np.float32

    def test_a_schedule_moves_the_learning_rate(self) -> None:
        p = nn.parameter(np.zeros(1))
        optimizer = optim.SGD([p], lr=1.0)

        def descend(g: Any) -> Any:
            p.grad = g * 1
            optimizer.step()
            return g.sum()

        step = compile(descend)
        for k in range(6):
            optimizer.lr = 10.0**-k
            step(np.ones(1))
        assert p.data[0] == pytest.approx(-1.11111)

    def test_new_shapes_and_layouts_are_recorded_anew(self) -> None:
        step = compile(lambda x: x @ x.T)
        for x in [np.arange(6.0).reshape(2, 3), np.arange(12.0).reshape(4, 3), np.arange(6.0).reshape(3, 2).T]:
            for _ in range(4):
                np.testing.assert_array_equal(step(x), x @ x.T)

    def test_constants_and_structures(self) -> None:
        step = compile(lambda pair, power, scale=1: {"a": pair[0] ** power * scale, "b": [pair[1]["x"], None]})
        for power in (2, 3, 2):
            for k in range(4):
                got = step((np.full(2, k), {"x": np.ones(1)}), power, scale=2)
                assert got["a"].tolist() == [2 * k**power] * 2
                assert got["b"][1] is None

    def test_results_belong_to_the_caller(self) -> None:
        step = compile(lambda x: x + 1)
        results = [step(np.full(2, float(k))) for k in range(5)]
        assert [x[0] for x in results] == [1, 2, 3, 4, 5]

    def test_modules_switched_to_use_are_recorded_anew(self) -> None:
        layer = nn.Dropout(0.5, generator=np.random.default_rng(0))
        step = compile(layer.__call__)
        for _ in range(4):
            assert set(np.unique(step(np.ones(100)))) == {0, 2}
        layer.eval()
        for _ in range(4):
            assert set(np.unique(step(np.ones(100)))) == {1}


def repeat(step: Step, x: Any) -> None:
    for _ in range(8):
        step(x)


class TestRefusals:
    @pytest.mark.parametrize(
        ("step", "how"),
        [
            (lambda x: x.sum().item(), "item"),
            (lambda x: float(x.sum()), "float"),
            (lambda x: x if x.sum() > 0 else -x, "bool"),
            (np.asarray, "asarray"),
            (lambda x: [x[int(i)] for i in x], "int"),
            (lambda x: np.allclose(x, 1), "gave the step a Python bool|bool\\(\\)"),
        ],
    )
    def test_reading_a_number(self, step: Callable[[Any], Any], how: str) -> None:
        with pytest.raises(CaptureError, match=how):
            compile(step)(np.ones(2))

    def test_reading_a_loss(self) -> None:
        w = vector.tensor([1.0], requires_grad=True)
        with pytest.raises(CaptureError, match="read it outside the step"):
            compile(lambda x: (w * x).sum().item())(np.ones(1))

    def test_a_counter_that_would_freeze(self) -> None:
        count = [0]

        def step(x: Any) -> Any:
            count[0] += 1
            return x * count[0]

        compiled = compile(step)
        with pytest.raises(CaptureError, match=r"count\[0\] was ., now . \(in: .*count\[0\] \+= 1\); .* argument"):
            repeat(compiled, np.ones(1))

    def test_numbers_drawn_past_the_engine(self) -> None:
        generator = np.random.default_rng(0)
        system, python = random.SystemRandom(), random.Random(0)
        steps: list[Step] = [
            lambda x: x + generator.random(x.shape),
            lambda x: x if generator.random() < 2 else -x,  # the same branch each time
            lambda x: x if system.random() < 2 else -x,
            lambda x: x if python.random() < 2 else -x,
            lambda x: x if random.random() < 2 else -x,
            lambda x: x if np.random.rand() < 2 else -x,  # noqa: NPY002  # as in older code
        ]
        before = random.getstate(), np.random.get_state()  # noqa: NPY002
        for step in steps:
            with pytest.raises(CaptureError, match=r"random numbers .* got some that it drew itself"):
                repeat(compile(step), np.ones(2))
        random.setstate(before[0])
        np.random.set_state(before[1])  # noqa: NPY002

    def test_a_fresh_array_changed_in_place(self) -> None:
        def step(x: Any) -> Any:
            out = np.zeros(3)
            out += x
            return out * 1

        compiled = compile(step)
        for k in range(5):
            np.testing.assert_array_equal(compiled(np.full(3, k)), np.full(3, k))

    def test_explain_before_a_plan(self) -> None:
        with pytest.raises(RuntimeError, match="at least twice"):
            compile(lambda x: x).explain()

    @pytest.mark.parametrize("native", [False, pytest.param(True, marks=NUMBA)])
    @pytest.mark.parametrize("wrong", [3, -1])
    def test_checks_are_repeated(self, native: bool, wrong: int) -> None:
        model = nn.Linear(2, 3)
        optimizer = optim.SGD(model.parameters(), lr=0.1)

        step = compile(classifying(optimizer, model), native=native)
        x, t = np.ones((2, 2), np.float32), np.array([0, 2])
        for _ in range(3):
            step(x, t)
        before = model.state_dict()
        with pytest.raises(ValueError, match=rf"expected 0 <= target < 3 \(classes\), got {wrong}"):
            step(x, np.array([0, wrong]))
        for name, value in model.state_dict().items():
            np.testing.assert_array_equal(value, before[name])
        step(x, t)  # goes on


def test_smoothed_targets_may_be_arguments() -> None:
    model = nn.Linear(3, 4, generator=np.random.default_rng(0))

    def step(x: Any, y: Any) -> Any:
        return nn.cross_entropy(model(x), y, label_smoothing=0.1)

    compiled = compile(step)
    x = np.eye(4, 3, dtype=np.float32)
    for k in range(5):
        y = np.arange(k, k + 4) % 4
        np.testing.assert_allclose(compiled(x, y).data, step(x, y).data, rtol=1e-6)


def test_a_plan_reuses_memory_and_leaves_out_what_nobody_reads() -> None:
    def step(x: Any) -> Any:
        for _ in range(50):
            x = np.tanh(x)
            x.sum()
        return x

    compiled: Compiled = compile(step, native=False)
    for _ in range(3):
        compiled(np.ones(1000))
    first = compiled.explain().splitlines()[0]
    assert first.startswith("50 calls and 0 views, of 100 recorded; 1 blocks of memory, 8,000 bytes for 400,000")


@pytest.mark.parametrize("native", [False, pytest.param(True, marks=NUMBA)])
def test_what_was_computed_before_is_not_computed_again(native: bool) -> None:
    model = nn.Linear(3, 2, generator=np.random.default_rng(0))

    def step(x: Any, y: Any) -> Any:
        model.zero_grad()
        loss = nn.cross_entropy(model(x), y)
        loss.backward()
        return loss, model.weight.grad

    compiled = compile(step, native=native)
    x, y = np.eye(4, 3, dtype=np.float32), np.array([0, 1, 1, 0])
    for _ in range(3):
        compiled(x, y)
    assert compiled.explain().count("= exp(") == 1  # the loss and its gradient share the softmax's


def test_what_was_changed_in_between_is_computed_again() -> None:
    def step(x: Any, scale: Any) -> Any:
        first = x * 2
        second = x * 2
        second += 1  # not the same as the first any more
        third = first * scale
        first *= 3
        return third, first * scale, second, x * 2

    compiled = compile(step)
    x, scale = np.ones(3), np.full(3, 2.0)
    for _ in range(4):
        assert [y.tolist() for y in compiled(x, scale)] == [[4] * 3, [12] * 3, [3] * 3, [2] * 3]


def test_parameters_keep_no_gradient_and_the_step_may_return_it() -> None:
    w = vector.tensor([3.0], requires_grad=True)

    def step(x: Any) -> Any:
        w.grad = None
        (w * x).sum().backward()
        return w.grad

    compiled = compile(step)
    for k in range(4):
        assert compiled(np.full(1, float(k))).tolist() == [k]
        assert w.grad is None


def test_gradients_past_a_branch_not_taken() -> None:
    x = vector.tensor([0.0, 4.0], requires_grad=True)

    def step(scale: Any) -> Any:
        x.grad = None
        vector.where(x > 2, vector.log2(x) * scale, 2 * x).sum().backward()
        return x.grad

    compiled = compile(step)
    for _ in range(4):
        with np.errstate(divide="ignore"):
            gradient = compiled(np.ones(2))
        np.testing.assert_allclose(gradient, [2, 1 / (4 * np.log(2))])


@pytest.mark.parametrize("native", [False, pytest.param(True, marks=NUMBA)])
def test_a_plan_can_be_drawn(native: bool) -> None:
    model = nn.Linear(2, 3)
    optimizer = optim.SGD(model.parameters(), lr=0.1)

    compiled = compile(learning(optimizer, model), native=native)
    with pytest.raises(RuntimeError, match="at least twice"):
        compiled.nodes()
    for _ in range(2):
        compiled(np.ones((4, 2), np.float32))
    loss, *parameters = compiled.nodes()
    assert len(parameters) == 2
    text = viz.draw([loss, *parameters]).source
    assert "matmul" in text
    assert "argument 0" in text


@pytest.mark.parametrize("native", [False, pytest.param(True, marks=NUMBA)])
def test_a_profile_names_every_part_in_order(native: bool) -> None:
    model = nn.Linear(3, 2, generator=np.random.default_rng(0))
    compiled = compile(lambda x, y: nn.cross_entropy(model(x), y), native=native)
    x, y = np.eye(4, 3, dtype=np.float32), np.array([0, 1, 1, 0])
    with pytest.raises(RuntimeError, match="called twice with such arguments"):
        compiled.profile(x, y)
    for _ in range(2):
        compiled(x, y)
    lines = compiled.profile(x, y, turns=3).splitlines()
    assert lines[0].endswith("the whole step")
    assert "Python numbers" in lines[1]
    text = "\n".join(lines)
    assert text.index("matmul (4, 3) (3, 2)") < text.index("exp") < text.index("log")
    assert ("NumPy: check_classes (4,)" in text) != native
    assert text.index("check_classes") < text.index("matmul")  # first, so that nothing is begun in vain


def test_a_number_of_numpys_and_the_gradient_that_it_becomes() -> None:
    """`total += x` gave an array, and the clipping of a gradient of 0 axes was left out of the plan."""
    w, v = (nn.parameter(np.float32(1.1)) for _ in range(2))

    def step(p: Any, x: Any) -> Any:
        p.grad = None
        total = x.mean()
        kept = total
        total += 2 * x
        (p * x).sum().backward()
        optim.clip_grad_value_([p], 0.05)
        optim.clip_grad_value_([p], 0.5)
        return total, kept, p.grad

    compiled = compile(lambda x: step(v, x), native=False)
    for k in range(4):
        x = np.full(3, k + 1, np.float32)
        for got, expected in zip(compiled(x), step(w, x), strict=True):
            same(got, expected)
