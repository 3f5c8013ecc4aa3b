"""No name or parameter of PyTorch gets a bare error; and what is written here is what it says."""

import copy
import inspect
import operator
import pickle
import re
from collections.abc import Callable
from itertools import count
from typing import Any

import numpy as np
import pytest
import torch

import vector as vector_
from tests.vocabulary.answers import answers
from tests.vocabulary.page import PAGE, page
from vector import Tensor, training, vocabulary
from vector import nn as nn_
from vector import optim as optim_

vector: Any = vector_  # type checkers refuse what is refused here
nn: Any = nn_
optim: Any = optim_

ABSTRACT = {("optim", "Optimizer", "params"), ("optim", "Optimizer", "defaults")}
"""Parameters of a class that nobody makes objects of."""


@pytest.mark.slow
def test_the_page_is_up_to_date() -> None:
    assert page() == PAGE.read_text(encoding="utf-8"), "run make vocabulary"


def test_no_name_and_no_keyword_gets_a_bare_error() -> None:
    found = list(answers())
    assert len(found) > 2500
    bare = {(it.space, it.name, it.parameter) for it in found if it.kind == "bare"}
    assert bare == ABSTRACT
    several = [it for it in found if "\n" in it.text]
    assert not several


def test_every_row_of_the_table_says_something() -> None:
    places = ["Tensor", "vector", "nn", "nn.Module", "nn.functional", "optim", "optim.Optimizer", "keywords", "fit()"]
    for place in places:
        assert all(vocabulary.rows(place).values())


def test_words_of_other_libraries_for_options_of_a_training_are_answered() -> None:
    """By what they mean there: `alpha` was answered as torch.add's, `epoch` as a schedule's."""
    x, y = np.zeros((8, 2)), np.arange(8) % 2
    known = {*inspect.signature(training.Config).parameters, *inspect.signature(training.Trainer).parameters}
    words = ["learning_rate", "eta", "batch_size", *vocabulary.rows("fit()")]
    assert not known & {*words}
    for word in words:
        with pytest.raises(TypeError, match=rf"^fit: expected .*, got {word}; (write|leave it out|give|make)") as told:
            training.fit(nn.MLP(2, [4, 2]), x, y, **{word: 1})
        named = re.search(r"; write (\w+)=", str(told.value))
        assert named is None or named[1] in known
        for name in re.findall(r"vector\.([\w.]+)", str(told.value)):
            assert operator.attrgetter(name)(vector)


@pytest.mark.parametrize(
    ("call", "told"),
    [
        (lambda t: t.view(6), r"has no attribute 'view'; write t\.reshape"),
        (lambda t: t.unsqueeze(0), r"write vector\.expand_dims\(t, axis\)"),
        (lambda t: t.to("cuda"), "there are no devices"),
        (lambda t: t.add_(1), r"write t = t\.add\(…\); only leaves are changed in place"),
        (lambda t: t.tahn(), r"did you mean tanh\?"),
        (lambda t: vector.tahn, r"module 'vector' has no attribute 'tahn'; did you mean tanh\?"),
        (lambda t: vector.cat([t, t]), r"write vector\.concatenate"),
        (lambda t: vector.randn(2), r"write np\.random\.default_rng"),
        (lambda t: nn.LSTM(2, 3), "no recurrent layers"),
        (lambda t: nn.functional.max_pool2d(t, 2), r"nn\.MaxPool2d"),
        (lambda t: nn.init.zeros_, r"write p\.data = np\.zeros"),
        (lambda t: optim.LBFGS([t]), r"optim\.Adam"),
        (lambda t: optim.lr_scheduler.LambdaLR, r"optimizer\.lr = rate"),
        (lambda t: nn.Linear(2, 2).cuda(), "all runs on the CPU"),
        (lambda t: vector.fft.rfft, r"^module 'vector\.fft' .*; write np\.fft\.rfft\(t\.data\), without a gradient$"),
        (lambda t: vector.linalg.slogdte, r"^module 'vector\.linalg' has .*; did you mean slogdet\?$"),
        (lambda t: nn.Linear(2, 2).tarin(), r"did you mean train\?"),
    ],
    ids=count(),
)
def test_an_unknown_name_is_told_ours(call: Callable[[Any], Any], told: str) -> None:
    with pytest.raises(AttributeError, match=told):
        call(Tensor(np.ones((2, 3))))


@pytest.mark.parametrize(
    ("call", "told"),
    [
        (
            lambda t: t.size(0),
            r"^t\.size\(0\): t\.size is the number of elements, 6, as in NumPy; write t\.shape\[0\]$",
        ),
        (lambda t: t.size(), r"write t\.shape$"),
        (lambda t: t.sum(dim=1), "^sum: expected x, axis, .* got dim; write axis="),
        (lambda t: t.mean(1, keepdim=True), "got keepdim; write keepdims="),
        (lambda t: t.var(unbiased=False), "write ddof=1 for True"),
        (lambda t: t.argmax(dim=1), "write axis="),
        (lambda t: t.exp(out=t), "nothing is written into here"),
        (lambda t: vector.relu(t, inplace=True), "nothing is changed in place"),
        (lambda t: vector.leaky_relu(t, inplace=True), "got 1, inplace; leave it out"),
        (lambda t: vector.relu(input=t), "give the operand by position"),
        (lambda t: vector.softmax(t, dim=1), "write axis="),
        (lambda t: nn.Linear(2, 2, device="cuda"), "^Linear: expected in_features, .* got device; leave it out"),
        (lambda t: optim.Adam([t], fused=True), "got fused; leave it out"),
        (lambda t: optim.SGD([{"params": [t]}], lr=1.0), "make an optimizer for each group"),
        (lambda t: nn.CrossEntropyLoss(size_average=True), 'write reduction="mean"'),
        (lambda t: nn.Conv2d(1, 2, 3, padding="same"), "expected a number, .* got 'same'"),
        (lambda t: vector.linalg.norm(t, dim=1), "^norm: expected x, .* got dim; write axis="),
        (lambda t: vector.tanh("a"), "expected real numbers in a plain array as an operand of tanh, got str"),
        (lambda t: vector.sum("a"), "expected real numbers in a plain array as the operand of sum, got str"),
        (lambda t: nn.Linear(2, 2).to("cuda"), "there are no devices here, so leave it out"),
    ],
    ids=count(),
)
def test_an_unknown_keyword_or_operand_is_told_ours(call: Callable[[Any], Any], told: str) -> None:
    with pytest.raises(TypeError, match=told) as error:
        call(Tensor(np.ones((2, 3))))
    assert "\n" not in str(error.value)


def test_a_tensor_has_no_such_attributes_and_shows_none() -> None:
    t = Tensor(np.ones(2))
    assert not hasattr(t, "view")
    assert {"view", "tahn"}.isdisjoint(dir(t))
    assert {"reshape", "tanh", "label"} <= {*dir(t)}
    assert {"cuda", "tarin"}.isdisjoint(dir(nn.ReLU()))
    assert pickle.loads(pickle.dumps(vector.softmax)) is vector.softmax


def test_a_size_is_a_number_whose_dtype_is_weak() -> None:
    t = Tensor(np.ones((2, 3), np.float32))
    assert isinstance(t.size, int)
    assert t.size == 6
    for out in (t / t.size, np.add(t, t.size), vector.where(t > 0, t, t.size), vector.clip(t, 0, t.size), t.size * t):
        assert out.dtype == np.float32
    assert vector.tensor([1], dtype=np.float32).dtype == np.float32
    assert (t.numpy() / t.size).dtype == np.float32
    assert vector.compile(lambda x: (x / x.size).sum())(t).dtype == np.float32


# ---------------------------------------------------------------- what came in, against PyTorch

Z = np.array([[1.0, -2.0, 0.5], [0.3, 0.1, -1.0], [2.0, 2.0, -1.0], [0.0, 1.0, 3.0]])
K = np.array([0, 2, 1, 2])
OPTIONS: list[dict[str, Any]] = [
    {}, {"reduction": "sum"}, {"reduction": "none"}, {"weight": [0.5, 2.0, 1.5]}, {"ignore_index": 2},
    {"weight": [0.5, 2.0, 1.5], "ignore_index": 0, "label_smoothing": 0.1},
    {"weight": [0.5, 2.0, 1.5], "reduction": "sum", "label_smoothing": 0.2},
]  # fmt: skip


def agree(ours: Callable[..., Any], theirs: Callable[..., Any], x: Any, *targets: Any) -> None:
    """The same value and gradient, eagerly and compiled."""
    mine: Any = Tensor(x.copy(), requires_grad=True)
    other = torch.tensor(x, requires_grad=True)
    expected = theirs(other, *map(torch.tensor, targets))
    expected.sum().backward()

    def step(x: Any, *targets: Any) -> Any:
        x.grad = None
        out = ours(x, *targets)
        out.sum().backward()
        return out

    for run in (step, vector.compile(step, native=False)):
        for _ in range(3):
            np.testing.assert_allclose(run(mine, *targets).detach(), expected.detach(), rtol=1e-12, atol=1e-14)
            np.testing.assert_allclose(mine.grad, other.grad, rtol=1e-12, atol=1e-14)


@pytest.mark.parametrize("options", OPTIONS, ids=str)
def test_the_options_of_cross_entropy_are_pytorchs(options: dict[str, Any]) -> None:
    torchs = {name: torch.tensor(x, dtype=torch.float64) if name == "weight" else x for name, x in options.items()}
    agree(nn.CrossEntropyLoss(**options), torch.nn.CrossEntropyLoss(**torchs), Z, K)
    options.pop("ignore_index", 0), torchs.pop("ignore_index", 0)
    q = np.exp(Z[::-1]) / np.exp(Z[::-1]).sum(1, keepdims=True)
    agree(nn.CrossEntropyLoss(**options), torch.nn.CrossEntropyLoss(**torchs), Z, q)


@pytest.mark.parametrize("options", [it for it in OPTIONS if "label_smoothing" not in it], ids=str)
def test_the_options_of_the_other_losses_are_pytorchs(options: dict[str, Any]) -> None:
    torchs = {name: torch.tensor(x, dtype=torch.float64) if name == "weight" else x for name, x in options.items()}
    agree(nn.NLLLoss(**options), torch.nn.NLLLoss(**torchs), np.log(np.exp(Z) / 9), K)
    options.pop("ignore_index", 0), torchs.pop("ignore_index", 0)
    targets = (Z > 0).astype(float)
    agree(nn.BCEWithLogitsLoss(**options), torch.nn.BCEWithLogitsLoss(**torchs), Z, targets)
    options.pop("weight", 0), torchs.pop("weight", 0)
    theirs = torch.nn.BCEWithLogitsLoss(pos_weight=torch.tensor([3.0]), **torchs)
    agree(nn.BCEWithLogitsLoss(pos_weight=[3.0], **options), theirs, Z, targets)
    for name in ("MSELoss", "L1Loss", "HuberLoss", "SmoothL1Loss"):
        agree(getattr(nn, name)(**options), getattr(torch.nn, name)(**torchs), Z, Z[::-1].copy())


def test_a_loss_refuses_what_it_does_not_know() -> None:
    with pytest.raises(ValueError, match="mse_loss: expected reduction 'mean', 'sum' or 'none', got 'avg'"):
        nn.mse_loss(Z, Z, reduction="avg")
    with pytest.raises(ValueError, match=r"cross_entropy: expected weight.shape == \(3,\) \(classes\), got \(2,\)"):
        nn.cross_entropy(Z, K, weight=[1.0, 2.0])
    with pytest.raises(ValueError, match="got -100; ignore_index= leaves one out"):
        nn.cross_entropy(Z, [0, -100, 1, 2])
    assert list(nn.CrossEntropyLoss([1.0, 2.0, 3.0]).state_dict()) == ["weight"]


@pytest.mark.filterwarnings("ignore:Using backward")  # PyTorch's, of the circle from a leaf to its gradient
def test_gradients_that_can_be_differentiated() -> None:
    x: Any = Tensor(np.array([1.0, 2.0]), requires_grad=True)
    y = torch.tensor([1.0, 2.0], requires_grad=True)
    (x**3).sum().backward(create_graph=True)
    (y**3).sum().backward(create_graph=True)
    assert isinstance(x.grad, Tensor)
    assert y.grad is not None
    penalties: tuple[Any, Any] = (x.grad**2).sum(), (y.grad**2).sum()
    x.grad = y.grad = None
    for penalty in penalties:
        penalty.backward(retain_graph=True)
    np.testing.assert_array_equal(x.grad, y.grad)
    x.grad = None
    (x * x).sum().backward(create_graph=True)
    assert optim.clip_grad_norm_([x], 1.0) == pytest.approx(np.sqrt(20))
    np.testing.assert_allclose(np.linalg.norm(x.grad._array), 1, rtol=1e-5)
    optim.SGD([x], lr=1.0).step()


def test_modules_in_lists_and_dictionaries_are_found() -> None:
    class Net(nn_.Module):
        def __init__(self) -> None:
            self.rows = nn.ModuleList([nn.Linear(2, 2, dtype=float)])
            self.rows.append(nn.Linear(2, 2, dtype=float))
            self.named = nn.ModuleDict({"a": nn.Linear(2, 1, dtype=float)})
            self.plain = {"b": nn.Linear(2, 1, dtype=float)}

        def forward(self, x: Any) -> Any:
            for layer in self.rows:
                x = layer(x)
            return self.named["a"](x) + self.plain["b"](x)

    net = Net()
    names = ["rows.0", "rows.1", "named.a", "plain.b"]
    assert list(net.state_dict()) == [f"{name}.{part}" for name in names for part in ("weight", "bias")]
    assert len(nn.ModuleList([net]).parameters()) == 8
    other = copy.deepcopy(net)
    other.load_state_dict(net.state_dict())
    np.testing.assert_array_equal(other(np.ones((1, 2))).detach(), net(np.ones((1, 2))).detach())
    step = vector.compile(lambda x: net(x).sum(), native=False)
    for _ in range(3):
        np.testing.assert_array_equal(step(np.ones((1, 2))), net(np.ones((1, 2))).detach())


@pytest.mark.parametrize("kind", ["Adam", "AdamW"])
def test_amsgrad_is_pytorchs_and_is_saved(kind: str) -> None:
    start, slopes = (
        np.array([1.0, -2.0]),
        np.random.default_rng(0).normal(size=(12, 2)) * np.tile([[3.0], [0.1]], (6, 1)),
    )
    ours, theirs = nn.parameter(start.copy()), torch.tensor(start, requires_grad=True)
    mine = getattr(optim, kind)([ours], lr=0.1, weight_decay=0.1, amsgrad=True)
    other = getattr(torch.optim, kind)([theirs], lr=0.1, weight_decay=0.1, amsgrad=True)
    for slope in slopes:
        ours.grad, theirs.grad = slope.copy(), torch.tensor(slope)
        saved = mine.state_dict()
        mine = getattr(optim, kind)([ours], amsgrad=True)
        mine.load_state_dict(saved)
        mine.step(), other.step()
        np.testing.assert_allclose(ours.data, theirs.detach(), rtol=1e-12)
    with pytest.raises(ValueError, match="load_state_dict"):
        getattr(optim, kind)([ours]).load_state_dict(mine.state_dict())


@pytest.mark.parametrize(("name", "arguments"), [("MultiStepLR", ([5, 2, 3],)), ("ExponentialLR", (0.9,))])
def test_schedules_are_pytorchs(name: str, arguments: tuple[Any, ...]) -> None:
    ours, theirs = optim.SGD([nn.parameter(1.0)], lr=0.5), torch.optim.SGD([torch.ones(1)], lr=0.5)
    mine = getattr(optim.lr_scheduler, name)(ours, *arguments)
    other = getattr(torch.optim.lr_scheduler, name)(theirs, *arguments)
    for _ in range(8):
        assert ours.param_groups[0]["lr"] == pytest.approx(theirs.param_groups[0]["lr"], rel=1e-12)
        theirs.step()
        mine.step(), other.step()


def test_a_group_is_the_optimizer() -> None:
    p = nn.parameter(np.ones(2))
    optimizer = optim.SGD([p], lr=0.5)
    for group in optimizer.param_groups:
        group["lr"] *= 0.1
        assert group["params"] == [p] or group["params"][0] is p
    assert optimizer.lr == 0.05
    p.grad = np.ones(2)
    optimizer.zero_grad(set_to_none=False)
    np.testing.assert_array_equal(p.grad, [0, 0])
