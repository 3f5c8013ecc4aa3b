"""From nodes to plain data: what is drawn, before any drawing."""

import dataclasses
import math
from typing import Any

import numpy as np
import pytest

import viz
from demos.mermaid import to_mermaid
from tests.viz.stub import (
    Stub,
    chain,
    constant,
    doublings,
    neuron,
    operation,
    parameter,
    square,
    two_outputs,
    with_gradient,
)
from viz.graph import Graph, Row


def graph(outputs: Any, **options: Any) -> Graph:
    return viz.draw(outputs, **options).graph


def roles(outputs: Any) -> list[str]:
    return [card.role for card in graph(outputs).cards]


def ends(outputs: Any) -> list[tuple[str, str, int]]:
    return [(edge.tail, edge.head, edge.argument) for edge in graph(outputs).edges]


# ---------------------------------------------------------------- nodes and edges


def test_neuron() -> None:
    #   w ──┐
    #       × ──┐
    #   x ──┘   + ── tanh
    #       b ──┘
    assert roles(neuron()) == ["parameter", "input", "operation", "parameter", "operation", "output"]
    assert ends(neuron()) == [("n1", "n3", 1), ("n2", "n3", 2), ("n3", "n5", 1), ("n4", "n5", 2), ("n5", "n6", 1)]


def test_square_has_two_edges() -> None:
    #   x ══ ×
    assert ends(square()) == [("n1", "n2", 1), ("n1", "n2", 2)]


def test_hundred_doublings_are_as_many_nodes_as_were_made() -> None:
    #   x ══ + ══ + ══ … ══ +
    drawn = graph(doublings(100))
    assert (len(drawn.cards), len(drawn.edges)) == (101, 200)


def test_equal_values_are_different_nodes() -> None:
    #   1 ──┐
    #       +        two inputs with the same value, compared by value
    #   1 ──┘
    assert ends(operation("+", Stub(1.0), Stub(1.0))) == [("n1", "n3", 1), ("n2", "n3", 2)]


def test_an_output_inside_another_output_is_one_node() -> None:
    #   x ── exp ── log      both exp and log are asked for
    assert roles(two_outputs()) == ["input", "output", "output"]
    assert graph(two_outputs()).outputs == ("n2", "n3")


def test_a_leaf_that_is_drawn_keeps_its_role() -> None:
    assert roles(parameter(1.0)) == ["parameter"]


@pytest.mark.slow
def test_a_chain_of_100_000_needs_no_recursion() -> None:
    drawing = viz.draw(chain(100_000))
    assert len(drawing.graph.cards) == 100_001
    assert drawing.source.count(" -> ") == 100_000
    assert to_mermaid(drawing.graph).count(" --> ") == 100_000
    text = drawing.text()
    assert text.count("tanh") == 100_000 + text.count("(shown below)") - text.count("\n\n")


def test_operands_come_before_results() -> None:
    position = {card.id: index for index, card in enumerate(graph(neuron()).cards)}
    assert all(position[edge.tail] < position[edge.head] for edge in graph(neuron()).edges)


# ---------------------------------------------------------------- what is written on them


def rows(node: Stub, **options: Any) -> tuple[Row, ...]:
    return graph(node, **options).cards[-1].rows


def test_value_and_gradient() -> None:
    assert rows(with_gradient(Stub(24.70408, "g"), -0.5)) == (Row("value", "24.7"), Row("grad", "−0.5"))
    assert rows(Stub(24.70408), precision=6)[0] == Row("value", "24.7041")
    assert rows(Stub(1.0), gradients=False) == (Row("value", "1"),)
    assert rows(Stub(1.0), values=False, gradients=False) == ()


def test_gradient_before_a_backward_pass() -> None:
    assert rows(Stub(1.0))[1] == Row("grad", "not computed")
    assert rows(Stub(1.0))[1].missing


def test_a_constant_is_its_number() -> None:
    assert rows(constant(0.5), values=False) == (Row("", "0.5"),)


@pytest.mark.parametrize(
    ("value", "text"),
    [(math.nan, "NaN"), (-math.inf, "−∞"), (-0.0, "0"), (1e300, "1e+300"), (10**30, "1" + "0" * 30), (True, "1")],
)
def test_special_numbers(value: Any, text: str) -> None:
    assert rows(Stub(value))[0] == Row("value", text)


@pytest.mark.parametrize(
    ("array", "shape", "text"),
    [
        (np.array([[1, 2], [3, 4]]), "(2, 2) int64", "[[1, 2], [3, 4]]"),
        (np.array(2.5), "() float64", "2.5"),
        (np.zeros((0, 3), np.float32), "(0, 3) float32", "[]"),
        (np.arange(7.0), "(7,) float64", "0 … 6, mean 3"),
        (np.array([math.inf, -math.inf] * 4), "(8,) float64", "−∞ … ∞, mean NaN"),
        (np.array([100_000] * 7), "(7,) int64", "100000 … 100000, mean 100000"),
        (np.array([True, False] * 4), "(8,) bool", "0 … 1, mean 0.5"),
        (np.array([1j, 1 - 1j] * 4), "(8,) complex128", "mean 0.5+0j"),
    ],
)
def test_arrays(array: Any, shape: str, text: str) -> None:
    drawn = rows(Stub(array))
    assert [(row.key, row.text) for row in drawn] == [("shape", shape), ("value", text), ("grad", "not computed")]


def test_a_constant_array_says_its_shape() -> None:
    assert rows(constant(np.array([1.0, 2.0]))) == (Row("shape", "(2,) float64"), Row("value", "[1, 2]"))


def test_gradient_that_is_not_required() -> None:
    x = Stub(1.0)
    x.requires_grad = False
    assert rows(x)[1] == Row("grad", "not required")
    assert rows(x)[1].missing


def test_gradient_that_a_backward_pass_did_not_keep() -> None:
    #   x ── exp ── log      only x and log have one
    x = with_gradient(Stub(1.0, "x"), 1.0)
    cards = graph(with_gradient(operation("log", operation("exp", x)), 1.0)).cards
    assert [card.rows[1].text for card in cards] == ["1", "none kept", "1"]
    assert cards[1].rows[1].missing


def test_leaf_that_a_backward_pass_did_not_reach() -> None:
    cards = graph([Stub(1.0), with_gradient(Stub(2.0), 3.0)]).cards
    assert [card.rows[1].text for card in cards] == ["not computed", "3"]


def test_a_numpy_float_is_a_number() -> None:
    assert rows(Stub(np.float64(2.5)))[0] == Row("value", "2.5")


def test_unprintable_characters_are_replaced() -> None:
    assert graph(Stub(1.0, "a\tb\x00\x1b[31m\ud800\uffff\r\nc")).cards[0].name == "a b��[31m��\nc"


@pytest.mark.parametrize("op", ["−", "÷", "**", "@", "concatenate"])
def test_order_of_operands_is_shown_where_it_matters(op: str) -> None:
    node = operation(op, Stub(1.0), Stub(2.0))
    assert graph(node).cards[-1].pins == 2
    assert all(edge.pinned for edge in graph(node).edges)


@pytest.mark.parametrize("op", ["+", "×", "max", "min"])
def test_order_of_operands_is_not_shown_where_it_does_not(op: str) -> None:
    assert graph(operation(op, Stub(1.0), Stub(2.0))).cards[-1].pins == 0


def test_legend_names_the_roles_that_occur() -> None:
    assert [role for role, _ in graph(neuron()).legend.roles] == ["input", "parameter", "operation", "output"]


def test_roles_differ_in_shape_and_not_in_colour_alone() -> None:
    everything = graph([neuron(), constant(1)])
    shapes = [style.shape for _, style in everything.legend.roles]
    assert len(set(shapes)) == len(shapes) == 5


def test_plain_data_is_immutable() -> None:
    with pytest.raises(dataclasses.FrozenInstanceError):
        graph(neuron()).title = "changed"  # type: ignore[misc]  # that it is refused is what is tested


# ---------------------------------------------------------------- mistakes


def test_not_a_node() -> None:
    with pytest.raises(TypeError, match=r"expected nodes of a compute graph; got float, without op, parents, data"):
        viz.draw(1.0)  # type: ignore[arg-type]  # the mistake


def test_nothing_to_draw() -> None:
    with pytest.raises(ValueError, match="expected at least one output to draw; got an empty list"):
        viz.draw([])


def test_unknown_role() -> None:
    with pytest.raises(ValueError, match=r"expected a node's role: input, parameter, .*; got 'weight'"):
        viz.draw(Stub(1.0, role="weight"))


@pytest.mark.parametrize(
    ("option", "message"),
    [
        ({"direction": "up"}, r"expected direction in \('LR', 'TB'\); got 'up'"),
        ({"palette": "neon"}, r"expected palette in \('light', 'dark', 'print'\); got 'neon'"),
        ({"precision": 0}, "expected precision >= 1 significant digit; got 0"),
    ],
)
def test_unknown_option(option: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        viz.draw(Stub(1.0), **option)
