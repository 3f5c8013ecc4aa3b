"""Both engines answer the Protocol."""

from pathlib import Path

import pytest

import scalar
import vector
import viz
from viz.drawing import FORMATS
from viz.graph import Message, Row
from viz.node import Node


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
        Message("1", "-1", "-1"),
        Message("1", "1", "1"),
    ]


def test_vector_graph() -> None:
    x = vector.tensor([1.0, 2.0], requires_grad=True, label="x")
    y = (x * 3).sum()
    y.backward()
    cards = viz.draw(y).graph.cards
    assert [card.role for card in cards] == ["input", "constant", "operation", "output"]
    assert cards[0].rows == (Row("shape", "(2,) float64"), Row("value", "[1, 2]"), Row("grad", "[3, 3]"))


@pytest.mark.parametrize("suffix", FORMATS)
def test_both_engines_side_by_side_in_every_format(suffix: str, tmp_path: Path) -> None:
    outputs: list[Node] = [scalar.Value(2.0) ** 3, vector.tensor([[1.0, 2.0]]) @ vector.tensor([[1.0], [2.0]])]
    assert viz.draw(outputs).save(tmp_path / f"both.{suffix}").stat().st_size > 0
