"""Both engines answer the Protocol, with all that it may offer."""

import random
import re
import warnings
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import scalar
import vector
import viz
from demos.mermaid import to_mermaid
from scalar import rules
from scalar.op import Op
from tests.checks import SCALAR, VECTOR
from tests.row import Row as Operation
from tests.table import FUNCTION_ROWS, SCALAR_ROWS, VECTOR_ROWS
from tests.test_planted_errors import FLAT
from tests.test_table import scalar_rules
from viz.drawing import FORMATS
from viz.graph import Graph, Message, Row
from viz.node import Node


def perceptron(*sizes: int) -> tuple[scalar.nn.MLP, scalar.Value]:
    """A scalar network and its loss on one point, after a backward pass."""
    model = scalar.nn.MLP(sizes[0], sizes[1:], generator=random.Random(0))
    score: Any = model([scalar.Value(0.5 + i, f"x{i + 1}") for i in range(sizes[0])])
    loss = scalar.losses.hinge(score, -1.0)
    loss.label = "loss"
    loss.backward()
    return model, loss


def classifier(**options: Any) -> tuple[vector.nn.MLP, vector.Tensor]:
    """Its twin on arrays and a batch, with the gradients of all tensors kept."""
    generator = np.random.default_rng(0)
    model = vector.nn.MLP(8, [6, 3], generator=generator, **options)
    loss = vector.nn.cross_entropy(model(vector.tensor(generator.normal(size=(5, 8)), label="X")), [0, 1, 2, 1, 0])
    loss.backward(retain_all=True)
    return model, loss


def verdicts(graph: Graph) -> set[str]:
    stamps = [row.stamp for card in graph.cards for row in card.rows] + [edge.stamp for edge in graph.edges]
    return {stamp.verdict for stamp in stamps if stamp}


# ---------------------------------------------------------------- scalar


def test_scalar_graph() -> None:
    x = scalar.Value(3.0, "x")
    y = x * x + 1
    drawn = viz.draw(y).graph
    assert [card.role for card in drawn.cards] == ["input", "operation", "constant", "output"]
    assert drawn.cards[0].rows == (Row("value", "3"), Row("grad", "not computed"))
    y.backward()
    assert viz.draw(y).graph.cards[0].rows == (Row("value", "3"), Row("grad", "6"))


def test_scalar_messages() -> None:
    x = scalar.Value(3.0, "x")
    edges = viz.draw(scalar.exp(x - x), messages=True).graph.edges
    assert [edge.message for edge in edges] == [
        Message("1", "1", "1"),
        Message("1", "−1", "−1"),
        Message("1", "1", "1"),
    ]


def test_scalar_formulas_use_the_names_on_the_cards() -> None:
    x = scalar.Value(2.0, "x")
    drawn = viz.draw(scalar.sin(x * 3), formulas=True).graph
    assert [card.name for card in drawn.cards] == ["x", "", "v1", "v2"]
    assert [edge.formula for edge in drawn.edges] == ["3", "", "cos(v1) = 0.9602"]


def test_scalar_modules() -> None:
    model, loss = perceptron(2, 16, 16, 1)
    whole = viz.draw(loss, model=model).graph
    kinds = [cluster.kind for cluster in whole.clusters]
    assert (kinds.count("MLP"), kinds.count("Layer"), kinds.count("Neuron")) == (1, 3, 33)
    cards = viz.draw(loss, model=model, fold="Neuron").graph.cards
    folded = [[card.name, *(row.text for row in card.rows)] for card in cards if card.role == "module"]
    assert folded == [
        ["Neuron × 16", "3 parameters each", "96 nodes"],
        ["Neuron × 16", "17 parameters each", "320 nodes"],
        ["Neuron 1", "17 parameters", "19 nodes"],
    ]
    assert len(cards) == 10


def test_scalar_derivatives_agree() -> None:
    model, loss = perceptron(2, 4, 1)
    graph = viz.draw(loss, model=model, verify=True).graph
    assert verdicts(graph) == {"agrees"}
    assert sum(edge.stamp is not None for edge in graph.edges) == len(graph.edges) - 2  # all but those of two constants


def test_scalar_kink_is_a_convention() -> None:
    x = scalar.Value(0.0, "x")
    y = abs(x) + 1
    y.backward()
    assert verdicts(viz.draw(y, verify=True).graph) == {"agrees", "convention"}


def test_wrong_rule_of_the_scalar_engine_turns_its_edge_red(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rules.tanh, "local", lambda out, x: (1 - out,))
    y = scalar.tanh(scalar.Value(0.5, "x")) * 2
    y.backward()
    drawing = viz.draw(y, verify=True)
    assert [str(edge.stamp or "") for edge in drawing.graph.edges] == ["✗ measured 0.7864", "✓", ""]
    assert f'color="{drawing.graph.palette.verdicts["mismatch"]}" penwidth=2.5' in drawing.source


# ---------------------------------------------------------------- vector


def test_vector_graph() -> None:
    x = vector.tensor([1.0, 2.0], requires_grad=True, label="x")
    y = (x * 3).sum()
    y.backward()
    cards = viz.draw(y).graph.cards
    assert [card.role for card in cards] == ["input", "constant", "operation", "output"]
    assert cards[0].rows == (Row("shape", "(2,) float64"), Row("value", "[1, 2]"), Row("grad", "[3, 3]"))


def test_vector_gradients_that_are_missing_say_why() -> None:
    data = vector.tensor([1.0, 2.0], label="data")
    w = vector.tensor([3.0, 4.0], requires_grad=True, label="w")
    y = (w * data).sum()
    assert [card.rows[-1].text for card in viz.draw(y).graph.cards] == ["not computed", "not required"] + [
        "not computed"
    ] * 2
    y.backward()
    assert [card.rows[-1].text for card in viz.draw(y).graph.cards] == ["[1, 2]", "not required"] + ["none kept"] * 2


def test_vector_messages() -> None:
    x = vector.tensor([1.0, 2.0], requires_grad=True)
    edges = viz.draw((x * x).sum(), messages=True).graph.edges
    assert [edge.message for edge in edges] == [
        Message("[1, 1]", "[1, 2]", "[1, 2]"),
        Message("[1, 1]", "[1, 2]", "[1, 2]"),
        Message("1", "Jacobian", "[1, 1]"),
    ]


def test_vector_modules() -> None:
    model, loss = classifier()
    graph = viz.draw(loss, model=model).graph
    titles = {cluster.id: cluster.title for cluster in graph.clusters} | {"": ""}
    assert [(titles[card.cluster], card.symbol or card.name) for card in graph.cards] == [
        ("", "X"),
        ("Linear 1", "W⁽¹⁾"),
        ("Linear 1", "b⁽¹⁾"),
        ("Linear 1", "linear"),
        ("MLP", "relu"),
        ("Linear 2", "W⁽²⁾"),
        ("Linear 2", "b⁽²⁾"),
        ("Linear 2", "linear"),
        ("", "softmax_cross_entropy"),
    ]
    assert [card.name for card in viz.draw(loss, model=model, fold="MLP").graph.cards] == ["X", "MLP", "v4"]


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_vector_derivatives_agree(dtype: str) -> None:
    graph = viz.draw(classifier(dtype=dtype)[1], verify=True).graph
    assert verdicts(graph) == {"agrees"}
    assert sum(edge.stamp is not None for edge in graph.edges) == 7  # all but that of X


def test_large_arrays_have_thumbnails() -> None:
    assert viz.draw(classifier()[1]).graph.legend.heat


# ---------------------------------------------------------------- both


@pytest.mark.parametrize("suffix", FORMATS)
def test_both_engines_side_by_side_in_every_format(suffix: str, tmp_path: Path) -> None:
    outputs: list[Node] = [scalar.Value(2.0) ** 3, vector.tensor([[1.0, 2.0]]) @ vector.tensor([[1.0], [2.0]])]
    assert viz.draw(outputs).save(tmp_path / f"both.{suffix}").stat().st_size > 0


@pytest.mark.parametrize("suffix", FORMATS)
def test_everything_at_once_in_every_format(suffix: str, tmp_path: Path) -> None:
    options: dict[str, Any] = {"messages": True, "verify": True, "title": "all"}
    model, loss = perceptron(2, 3, 1)
    assert viz.draw(loss, model=model, formulas=True, **options).save(tmp_path / f"a.{suffix}").stat().st_size > 0
    network, error = classifier()
    assert viz.draw(error, model=network, **options).save(tmp_path / f"b.{suffix}").stat().st_size > 0


# ---------------------------------------------------------------- stamps that are right everywhere

POINTS = [
    0.5, -1.25, 0.0, 5e-324, 1e-310, 1e-300, 1e-160, 1e-8, 1 - 1e-9, 1 + 1e-9, 27.2, 709.7, -745.0, 1e6, -1e8,
    1e8 + 0.5, 1e15, 1e30, 1e155, 1e300,
]  # fmt: skip


def stamped(output: Any) -> list[str]:
    """The verdicts on each edge and each gradient."""
    output.backward()
    graph = viz.draw(output, verify=True).graph
    stamps = [edge.stamp for edge in graph.edges] + [row.stamp for card in graph.cards for row in card.rows]
    return [stamp.verdict for stamp in stamps if stamp]


@pytest.mark.filterwarnings("ignore:.* is (inf|-inf|nan)")
@pytest.mark.parametrize("row", SCALAR_ROWS, ids=str)
def test_no_right_rule_is_accused_anywhere(row: Operation) -> None:
    for x in POINTS:
        for place in range(len(row.domains)):
            numbers = [0.75, 0.5, 0.3, 0.2][: len(row.domains)]
            numbers[place] = x
            try:
                verdicts = stamped(row.f(SCALAR, *map(scalar.Value, numbers)))
            except (ArithmeticError, ValueError):  # outside the domain
                continue
            assert "mismatch" not in verdicts, numbers


def times(k: float) -> Op:
    return Op("scaled", lambda x: x * k, lambda out, x: (k,))


@pytest.mark.parametrize("row", [row for row in SCALAR_ROWS if not row.note], ids=str)
def test_a_planted_error_of_any_scale_is_accused(row: Operation, monkeypatch: pytest.MonkeyPatch) -> None:
    op, numbers = scalar_rules()[row.name], [float(x) for x in row.scalar_case().sample(1)]
    right = op.local
    slopes = right(op.forward(*numbers), *numbers)
    for place in range(len(row.domains)):
        for factor in (2.0, -1.0, 0.0, 1.001):
            for scale in (1.0, 1e-10, 1e-100, 1e10):
                if (row.name, place) in FLAT or slopes[place] == 0:
                    continue

                def wrong(*args: Any, place: int = place, factor: float = factor) -> Any:
                    return tuple(d * factor if i == place else d for i, d in enumerate(right(*args)))

                monkeypatch.setattr(op, "local", wrong)
                scaled = times(scale)
                verdicts = stamped(scaled(row.f(SCALAR, *map(scalar.Value, numbers))))
                assert verdicts.count("mismatch") == 2, (place, factor, scale)  # the edge and the gradient


def test_saturated_and_huge_numbers_are_drawn() -> None:
    x = scalar.Value(27.2, "x")
    assert "mismatch" not in stamped(scalar.exp(-(x**2)))
    for size in (1e8, 1e300):
        assert "mismatch" not in stamped(scalar.sin(scalar.Value(size)))
    assert stamped(scalar.sin(scalar.Value(1.0)) ** 2 + scalar.cos(scalar.Value(1.0)) ** 2).count("mismatch") == 0


def test_a_symmetric_matrix_that_is_half_read_is_not_accused() -> None:
    a = vector.tensor(np.array([[4.0, 1, 0.5], [1, 3, 0.2], [0.5, 0.2, 2]]), requires_grad=True, label="A")
    drawn = viz.draw(backward(np.linalg.cholesky(a).sum()), verify=True).graph
    assert [str(edge.stamp) for edge in drawn.edges] == ["? symmetric, and so it agrees", "✓"]


def backward(output: vector.Tensor) -> vector.Tensor:
    output.backward()
    return output


@pytest.mark.slow
@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize("scale", [1, 1e6, 1e-6])
def test_no_right_rule_of_an_array_is_accused_in_any_dtype(dtype: Any, scale: float) -> None:
    accused = []
    for case in [next(iter(row.cases())) for row in (*VECTOR_ROWS, *FUNCTION_ROWS)]:
        with np.errstate(all="ignore"), warnings.catch_warnings():
            warnings.simplefilter("ignore")
            leaves = [vector.tensor((scale * x).astype(dtype), requires_grad=True) for x in case.sample(3)]
            try:
                output = vector.sum(case.f(VECTOR, *leaves))
                verdicts = stamped(output)
            except ValueError:  # not of numbers this large, or not finite
                continue
        accused += [str(case)] * verdicts.count("mismatch")
    assert accused == []


def test_signs_on_cards_are_explained_where_they_occur() -> None:
    a, b = vector.tensor([[1.0, 2.0]], True), vector.tensor([[3.0], [4.0]], True)
    for output, signs in (
        (a @ b, {"·: a sum of products"}),
        (a * a + 1, {"⊙: element by element"}),
        (scalar.Value(2.0) * 3, set()),
    ):
        drawing = viz.draw(output)
        assert {*re.findall(r"[·⊙]: [a-z ]+", drawing.source)} == signs
        assert "@" not in {card.symbol for card in drawing.graph.cards}


def test_mermaid_tells_where_a_parameter_is() -> None:
    model = scalar.nn.MLP(1, [1], generator=random.Random(0))
    mermaid = to_mermaid(viz.draw(model([scalar.Value(1.0, "x")])).graph)
    assert "w₁₁⁽¹⁾<br/>layers#46;0#46;neurons#46;0#46;w1<br/>value" in mermaid


def test_the_equation_on_the_cards_holds_as_the_ledgers_does() -> None:
    """A card said 3.001 for 3.0005, and 4 − 3.001 is not 0.9995."""
    difference = scalar.Value(4.0, "x") - scalar.Value(3.0005, "y")
    rows = [row.text for card in viz.draw(difference).graph.cards for row in card.rows if row.key == "value"]
    assert rows == ["4", "3.0005", "0.9995"]
    assert "= 4 − 3.0005 = 0.9995" in str(difference.chain_rule())
