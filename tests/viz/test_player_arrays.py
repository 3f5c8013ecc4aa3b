"""A ledger of arrays: what an array engine has to offer, and how it is written."""

import re
from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest

import scalar
import vector
import viz
from tests.viz.stub import Stub, operation, parameter
from viz import render
from viz.playback import words
from viz.playback.data import Playback
from viz.playback.page import step_list
from viz.playback.picture import picture
from viz.playback.quantity import quantity
from viz.playback.stage import playback


@dataclass(frozen=True)
class ArrayTerm:
    child: Stub
    argument: int
    upstream: Any
    local: Any
    product: Any


@dataclass(frozen=True)
class ArrayStep:
    variable: Stub
    terms: tuple[ArrayTerm, ...]
    total: Any


class Output(Stub):
    def __init__(self, *arguments: Any, ledger: list[ArrayStep]) -> None:
        super().__init__(*arguments)
        self.ledger = ledger

    def chain_rule(self) -> list[ArrayStep]:
        return [ArrayStep(self, (), 1.0), *self.ledger]


def layer() -> Output:
    """L = Σ relu(W x + b): elementwise operations, two linear ones, and an input that needs no gradient."""
    W, b = parameter(np.arange(8.0).reshape(2, 4) - 4, "W"), parameter(np.array([16.0, -25.0]), "b")
    x = Stub(np.array([1.0, 2.0, 1.0, 8.0]), "x")
    p = operation("@", W, x, data=W.data @ x.data)
    z = operation("+", p, b, data=p.data + b.data, label="z")
    h = operation("relu", z, data=np.maximum(z.data, 0), label="h")
    ones, mask = np.ones(2), (z.data > 0) * 1.0
    ledger: list[ArrayStep] = []
    L = Output(h.data.sum(), "L", "operation", "sum", (h,), ledger=ledger)
    ledger += [
        ArrayStep(h, (ArrayTerm(L, 0, 1.0, None, ones),), ones),
        ArrayStep(z, (ArrayTerm(h, 0, ones, mask, mask),), mask),
        ArrayStep(p, (ArrayTerm(z, 0, mask, ones, mask),), mask),
        ArrayStep(b, (ArrayTerm(z, 1, mask, ones, mask),), mask),
        ArrayStep(W, (ArrayTerm(p, 0, mask, None, np.outer(mask, x.data)),), np.outer(mask, x.data)),
    ]
    return L


def played() -> Playback:
    output = layer()
    return playback(output, output.chain_rule(), title="", precision=4)


def test_tensors_show_the_gradients_of_their_own_backward_pass() -> None:
    x = vector.tensor([[1.0, -2.0], [0.5, 3.0]], label="x")
    W = vector.tensor([[0.5, 0.25], [-1.0, 2.0]], requires_grad=True, label="W")
    loss = np.tanh(x @ W).sum()
    shown = {v.name: v.gradient for v in playback(loss, loss.chain_rule(), title="", precision=4).variables}
    loss.backward()
    assert shown["W"] == quantity(W.grad, 4)
    assert shown["x"] is None


def test_what_needs_no_gradient_gets_a_value_and_no_step_backwards() -> None:
    assert [variable.name for variable in played().variables] == ["W", "b", "x", "v1", "z", "h", "L"]
    assert [[variable.name for variable in step.variables] for step in played().steps] == [
        ["W", "b", "x"], ["v1"], ["z"], ["h"], ["L"], ["L"], ["h"], ["z"], ["v1"], ["b"], ["W"],
    ]  # fmt: skip


def test_jacobian_that_is_not_written_out_has_a_message_all_the_same() -> None:
    (edge,) = played().steps[-1].edges
    assert edge.message is not None
    assert edge.message.local is None
    assert edge.message.product.cells == (("0", "0", "0", "0"), ("1", "2", "1", "8"))


def test_arrays_have_paths_without_a_product() -> None:
    (path,) = played().steps[-1].paths
    assert [variable.name for variable in path.variables] == ["W", "v1", "z", "h", "L"]
    assert path.product is None


@pytest.mark.parametrize(
    ("array", "short", "full"),
    [
        (np.array(-2.5), "−2.5", "−2.5"),
        (np.array([1.0, -2.0]), "[1, −2]", "(2,) float64: [1, −2]"),
        (np.full(3, 1e-10), "[1e−10, 1e−10, 1e−10]", "(3,) float64: [1e−10, 1e−10, 1e−10]"),
        (np.full(4, 1e-10), "(4,)", "(4,) float64: [1e−10, 1e−10, 1e−10, 1e−10]"),
        (np.full((2, 8), 1e300), "(2, 8) norm 4e+300", "(2, 8) float64, norm 4e+300: 1e+300 … 1e+300, mean 1e+300"),
        (np.zeros((0, 3)), "(0, 3) norm 0", "(0, 3) float64, norm 0: no elements"),
        (np.array([True, False]), "[1, 0]", "(2,) bool: [1, 0]"),
    ],
)
def test_array_as_text(array: Any, short: str, full: str) -> None:
    assert (quantity(array, 4).short, quantity(array, 4).full) == (short, full)


def test_small_matrices_stand_in_the_picture_and_in_the_rows_in_full() -> None:
    """Cards said "(3, 2) norm 1.253", which is no number of the matrix."""
    assert quantity(np.array([[1.5, -2.0], [0.25, 10.0], [3.0, 0.0]]), 4).lines == ["1.5   −2", "0.25  10", "3      0"]
    assert quantity(np.arange(6.0).reshape(1, 1, 3, 2), 4).cells == (("0", "1"), ("2", "3"), ("4", "5"))
    assert quantity(np.eye(6), 4).cells
    assert quantity(np.ones((7, 2)), 4).lines == ["(7, 2) norm 3.742"]
    shown = played()
    rows = step_list(shown)
    assert "norm" not in rows
    assert rows.count("<mtable>") > 10
    if render.available():
        svg = picture(shown.scenes[0], "LR").svg
        assert all(f">{line}<" in svg for v in shown.variables for line in v.value.lines)


def test_the_product_of_arrays_has_its_own_sign() -> None:
    rows = step_list(played())
    assert "<mo>⊙</mo><mfrac><mrow><mo>∂</mo><mi>h</mi></mrow>" in rows, "element by element"
    assert "<mo>·</mo><mfrac><mrow><mo>∂</mo><mi>L</mi></mrow>" in rows, "a Jacobian"
    x = vector.tensor([1.0, 2.0], requires_grad=True)
    assert {card.symbol for card in viz.draw((x * x * 3).sum()).graph.cards} == {"", "⊙", "×", "sum"}


def test_short_names_and_signs_are_explained() -> None:
    model = vector.nn.MLP(2, [3, 1], "tanh", generator=np.random.default_rng(0))
    loss = (model(np.ones((9, 2))) ** 2).mean()
    variables = playback(loss, loss.chain_rule(), title="", precision=4).variables
    told = words.names(variables)
    assert told.startswith(
        "W⁽¹⁾ = layers.0.weight; b⁽¹⁾ = layers.0.bias; W⁽²⁾ = layers.1.weight; b⁽²⁾ = layers.1.bias; "
    )
    assert told.endswith("·: the product of matrices, or with a number; ⊙: element by element; norm: √Σx²")
    source = viz.draw(loss, messages=True).source
    assert "W⁽¹⁾ = layers.0.weight, b⁽¹⁾ = layers.0.bias" in source
    assert "norm: √Σx²" in source
    assert "Jacobian: the derivatives of each element by each" in source


def test_tensors_tell_how_they_are_computed_and_why() -> None:
    logits = vector.tensor([[1.0, 2.0]], requires_grad=True, label="z")
    loss = vector.nn.cross_entropy(logits, [1])
    rows = step_list(playback(loss, loss.chain_rule(), title="", precision=4))
    assert "v1 = mean(losses); largest = max columns z; e = exp(z − largest); total = Σ columns e; p = e/total" in rows
    assert "so z̄ = (p − one_hot)·(v̄1/1)" in rows
    assert "Rule: softmax_cross_entropy: the mean of −ln p" in rows


def test_long_arrays_have_a_thumbnail() -> None:
    assert quantity(np.array([[1.0, 0.0], [-1.0, 2.0]]), 4).heat is None
    assert quantity(np.eye(3), 4).heat == ((1, 0, 0), (0, 1, 0), (0, 0, 1))
    assert step_list(played()).count("<svg") == 3  # W, its message and its gradient


def test_the_player_takes_the_line_that_the_ledger_has() -> None:
    """Rows said "getitem(W)" without the index, and "sum(v2)"."""
    W = vector.tensor([[1.0, 2.0], [3.0, 4.0]], requires_grad=True, label="W")
    loss = (W[0, 1:] * -8.0 + -1.0).sum()
    steps = playback(loss, loss.chain_rule(), title="", precision=4).steps
    told = [words.sentence(step).partition(": ")[2] for step in steps if step.phase == "forward"]
    assert told[1:] == ["v1 = W[0, 1:] = [2].", "v2 = v1·(−8) = [−16].", "v3 = v2 + (−1) = [−17].", "v4 = Σ v3 = −17."]
    rows = step_list(playback(loss, loss.chain_rule(), title="", precision=4))
    assert all(f"<mtext>{row}</mtext>" in rows for row in ("W[0, 1:]", "Σ v3"))
    assert "getitem" not in rows.partition("Backward")[0]
    smooth = vector.softmax(W[0])
    smooth = (smooth * smooth).sum()
    told = [words.sentence(step) for step in playback(smooth, smooth.chain_rule(), title="", precision=4).steps]
    assert "v2 = e/total = [0.2689, 0.7311], where " in told[2]
    assert "total = Σ e" in told[2]


def test_an_array_of_many_axes_has_as_many_brackets_as_a_matrix() -> None:
    shown = quantity(np.full((1, 1, 1, 1), -2.5), 4)
    assert (shown.short, shown.whole, shown.cells) == ("(1, 1, 1, 1)", False, (("−2.5",),))
    assert shown.full == "(1, 1, 1, 1) float64: [[−2.5]]"


def test_the_first_summand_has_no_brackets() -> None:
    """Rows had "(−8) + (−1)"."""
    x = scalar.Value(-8.0, "x")
    y = x * 3.0 + x * -5.0 + (x - 1.0)
    rows = re.sub("<[^>]+>", "", step_list(playback(y, y.chain_rule(), title="", precision=4)))
    for row in ("=−8−1", "=(−8)·3", "=(−8)·(−5)", "=−24+40", "=16+(−9)", "=1 +(−5) +3"):
        assert row in rows, row
    z = x * -5.0 + x * -3.0
    rows = re.sub("<[^>]+>", "", step_list(playback(z, z.chain_rule(), title="", precision=4)))
    assert "=−3 +(−5)" in rows
