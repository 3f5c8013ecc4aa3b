"""One element of a tensor graph on the scalar engine: the same values and gradients, or the row that is refused."""

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import scalar
import vector
import viz
from demos.unfolding import Unfolded, unfold
from tests.table import FUNCTION_ROWS, VECTOR_ROWS
from vector import nn, rules
from vector.op import Activation

ACTIVATIONS = sorted(name for name, rule in vars(rules).items() if isinstance(rule, Activation))
SCORES, CLASSES, SIGNS = (3, 2), [0, 1, 1], np.array([[1.0, -1.0], [-1.0, -1.0], [1.0, 1.0]])
LOSSES: dict[str, Callable[[Any], Any]] = {
    "cross_entropy": lambda y: nn.cross_entropy(y, CLASSES),
    "cross_entropy smoothed": lambda y: nn.cross_entropy(y, CLASSES, label_smoothing=0.1),
    "nll_loss": lambda y: nn.nll_loss(vector.log_softmax(y), CLASSES),
    "binary_cross_entropy": lambda y: nn.binary_cross_entropy_with_logits(y, (SIGNS > 0) * 1.0),
    "hinge": lambda y: nn.hinge(y, SIGNS),
    "mse_loss": lambda y: nn.mse_loss(y, SIGNS),
    "l1_loss": lambda y: nn.l1_loss(y, SIGNS),
    "huber_loss": lambda y: nn.huber_loss(y, SIGNS),
    "smooth_l1_loss": lambda y: nn.smooth_l1_loss(y, SIGNS, beta=0.5),
    "cosine_embedding_loss": lambda y: nn.cosine_embedding_loss(y, np.ones(SCORES), np.array([1, -1, 1])),
}
# What stays closed: factorisations of matrices, inverse functions, and what refers to its own results.
CLOSED = {
    "acosh", "asinh", "atanh", "cholesky", "cofactor", "det", "eigh", "inv", "logaddexp2", "log|det|", "pinv",
    "qr", "recurrence", "solve", "std", "svd",
}  # fmt: skip


def network(activation: str, generator: np.random.Generator) -> nn.MLP:
    return nn.MLP(2, [3, 2], activation=activation, generator=generator, dtype=np.float64)


def below(loss: Any) -> list[Any]:
    return [step.variable for step in loss.chain_rule()]


def test_the_loss_and_its_parts_keep_their_names() -> None:
    """The ledger called the loss v12, or v8 where tensors are left out."""
    model = network("tanh", np.random.default_rng(0))
    x = vector.tensor(np.array([[0.5, -1.0]]), label="x")
    loss = (model(x) ** 2).sum()
    loss.label = "L"
    (weight, *_) = model.parameters()
    for max_nodes in (200, 20, 8):
        unfolded = unfold(loss, weight, (1, 0), scalar, max_nodes=max_nodes)
        assert unfolded.loss.label == "L"
        ledger = unfolded.loss.chain_rule()
        assert ledger.names[unfolded.loss] == "L"
        assert unfolded.element.label == "W⁽¹⁾[1, 0]"  # as in the ledger of the tensors
        assert unfolded.summary.startswith("W⁽¹⁾[1, 0]: ")
        if max_nodes == 200:
            assert "·x[0, 0]" in str(ledger), "a constant is told by its name, and not by a bare number"


def check(loss: Any, tensor: Any, place: int, **options: Any) -> Unfolded:
    """Value and gradient of the element, of the loss, and of each element that the drawing names."""
    for x in below(loss):
        x.grad = None
    loss.backward(retain_all=True)
    index = np.unravel_index(place, tensor.shape)
    unfolded = unfold(loss, tensor, index, engine=scalar, **options)
    pairs = [(unfolded.element.data, tensor.data[index]), (float(unfolded.element.grad), tensor.grad[index])]
    pairs.append((unfolded.loss.data, loss.item()))
    named = {x.label: x for x in below(loss) if x.label}
    for step in unfolded.loss.chain_rule():
        name, _, at = step.variable.label.removesuffix("]").partition("[")
        if at and name in named:
            where = tuple(int(i) for i in at.split(","))
            pairs += [(step.variable.data, named[name].data[where]), (step.total, named[name].grad[where])]
    for got, expected in pairs:
        assert got == pytest.approx(expected, rel=1e-12, abs=1e-12, nan_ok=True)
    return unfolded


@pytest.mark.parametrize("number", range(len(ACTIVATIONS)))
def test_networks_of_every_activation_with_every_loss(number: int) -> None:
    generator = np.random.default_rng(number)
    loss = [*LOSSES.values()][number % len(LOSSES)](
        network(ACTIVATIONS[number], generator)(vector.tensor(generator.normal(size=(3, 2)), label="x"))
    )
    tensor = below(loss)[generator.integers(len(below(loss)))]
    check(loss, tensor, int(generator.integers(tensor.size)))


def convolution() -> Any:
    generator = np.random.default_rng(0)
    image = vector.tensor(generator.normal(size=(2, 1, 3, 3)), requires_grad=True, label="image")
    layer = nn.Conv2d(1, 2, 2, padding=1, generator=generator, dtype=np.float64)
    pooled = nn.AvgPool2d(2)(nn.MaxPool2d(2)(vector.relu(layer(image))))
    return nn.cross_entropy(pooled.reshape(2, 2), [0, 1])


def attention() -> Any:
    generator = np.random.default_rng(0)
    q, k, v = (vector.tensor(generator.normal(size=(2, 3, 2)), requires_grad=True, label=name) for name in "qkv")
    scores = np.where(np.tri(3, dtype=bool), q @ k.transpose(0, 2, 1) / math.sqrt(2), -math.inf)
    return ((vector.softmax(scores) @ v) ** 2).mean()


@pytest.mark.parametrize("model", [convolution, attention])
def test_convolution_and_attention(model: Callable[[], Any]) -> None:
    for tensor in below(model())[::3]:
        loss = model()
        tensor = below(loss)[[x.op + x.label for x in below(loss)].index(tensor.op + tensor.label)]
        check(loss, tensor, tensor.size - 1)


@pytest.mark.slow
@pytest.mark.parametrize("row", VECTOR_ROWS + FUNCTION_ROWS, ids=str)
def test_every_row_is_right_or_refused_by_name(row: Any) -> None:
    class Engine:
        def __getattr__(self, name: str) -> Any:
            return getattr(vector, name, None) or getattr(rules, name)

    for case in row.cases():
        operands = [vector.tensor(x, requires_grad=True, label=f"x{i}") for i, x in enumerate(case.sample())]
        out = case.f(Engine(), *operands)
        parts = [x for x in (out if isinstance(out, tuple | list) else [out]) if getattr(x, "requires_grad", False)]
        if not parts or not all(x.size for x in parts) or any(x.dtype != np.float64 for x in parts):
            continue
        loss: Any = sum((x * np.random.default_rng(1).normal(size=x.shape)).sum() for x in parts)
        for tensor in operands:
            if tensor.size and any(tensor is x for x in below(loss)):
                refused = ""
                try:
                    check(loss, tensor, tensor.size // 2, max_nodes=500)
                except ValueError as error:
                    refused = str(error)
                assert not refused or refused.split("'")[1] in CLOSED, refused


@pytest.mark.parametrize("max_nodes", [7, 40, 120])
def test_what_is_too_large_is_counted_and_enters_as_slopes(max_nodes: int) -> None:
    generator = np.random.default_rng(0)
    loss = LOSSES["mse_loss"](network("tanh", generator)(vector.tensor(generator.normal(size=(3, 2)), label="x")))
    for tensor in below(loss):
        unfolded = check(loss, tensor, tensor.size - 1, max_nodes=max_nodes)
        assert len(list(unfolded.loss.chain_rule())) <= max_nodes
        if max_nodes == 7 and tensor.label == "W1":
            assert unfolded.summary.endswith("left out: 48 elements of 9 tensors, which enter as 1 slope")


def test_an_element_without_a_path_has_gradient_0() -> None:
    x = vector.tensor([1.0, 2.0, 3.0], requires_grad=True, label="x")
    unfolded = check(x[:2].sum(), x, 2)
    assert float(unfolded.element.grad) == 0
    assert "x[2]" in {card.name for card in unfolded.drawing.graph.cards}


def test_moved_numbers_have_gradients_of_their_own() -> None:
    x = vector.tensor([[1.0, 2.0]], requires_grad=True, label="x")
    moved = x.T
    assert check((moved * moved).sum() + x.sum(), moved, 1).element.op == "identity"


def test_the_drawing_has_both_graphs() -> None:
    x = vector.tensor([[1.0, -2.0], [3.0, 0.5]], label="x")
    w = vector.tensor([[0.5, 1.0]], requires_grad=True, label="w")
    hidden = vector.tanh(x @ w.T)
    unfolded = check((hidden * hidden).sum(), w, 1, legend=False)
    graph = unfolded.drawing.graph
    assert (
        graph.title == unfolded.summary.splitlines()[0] == "w[0, 1]: value 1, gradient 0.7224, as in the tensor graph"
    )
    titles = [cluster.title for cluster in graph.clusters]
    assert titles == ["tensors", "x: 4 of 4", "w: 2 of 2", "v2: 2 of 2", "v3: 2 of 2", "v4: 2 of 2", "v5: 1 of 1"]
    assert {card.name for card in graph.cards} >= {"x", "w", "v3", "x[1, 0]", "w[0, 1]", "v3[1, 0]"}
    assert {card.name: card.rows for card in graph.cards}["v3"][-1].text == "[[−1.81], [1.928]]"
    assert unfolded.drawing.render("svg").count(b"<svg") == 1
    assert str(unfolded).startswith(unfolded.summary)
    assert "image/svg+xml" in unfolded._repr_mimebundle_()


def named_softmax() -> Any:
    class softmax(vector.Function):  # noqa: N801
        @staticmethod
        def forward(ctx: Any, x: Any) -> Any:
            return 2 * x

        @staticmethod
        def backward(ctx: Any, g: Any) -> Any:
            return 2 * g

    return softmax.apply


@pytest.mark.parametrize(
    ("wrong", "error", "message"),
    [
        (lambda x: unfold(x.sum(), x, 0, None), TypeError, "expected engine=scalar"),
        (lambda x: unfold(x, x, 0, engine=scalar), ValueError, r"expected loss.size == 1, got \(3,\)"),
        (
            lambda x: unfold(x.sum(), x, engine=scalar),
            ValueError,
            r"index of one element of shape \(3,\), got \(\)",
        ),
        (lambda x: unfold(x.sum(), x + 1, 0, engine=scalar), ValueError, "that the loss has a gradient for"),
        (lambda x: unfold((x * 2).sum(), x, 0, engine=scalar, max_nodes=2), ValueError, "expected max_nodes >= 5"),
        (lambda x: unfold(np.arcsinh(x).sum(), x, 0, engine=scalar), ValueError, "number by number, got 'asinh'"),
        (lambda x: unfold(named_softmax()(x).sum(), x, 0, engine=scalar), ValueError, "got 'softmax'"),
    ],
)
def test_what_cannot_be_unfolded_is_refused(wrong: Callable[[Any], Any], error: type[Exception], message: str) -> None:
    with pytest.raises(error, match=message):
        wrong(vector.tensor([1.0, 2.0, 0.5], requires_grad=True, label="x"))


def test_the_former_name_is_told() -> None:
    with pytest.raises(AttributeError, match=r"has no attribute 'unfold'; it is demos\.unfolding\.unfold now"):
        viz.unfold  # noqa: B018
