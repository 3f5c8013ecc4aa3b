"""What the chain rule says on the edges."""

import numpy as np
import pytest

import viz
from demos.mermaid import to_mermaid
from tests.viz.stub import MatrixProduct, Product, Sine, Stub, operation, square
from viz.graph import Edge, Message


def told(output: Stub, **options: bool) -> list[tuple[str, Message | None]]:
    return [(edge.formula, edge.message) for edge in viz.draw(output, **options).graph.edges]  # type: ignore[arg-type]


def test_messages_are_what_the_chain_rule_says() -> None:
    assert viz.draw(Product(Stub(2.0), Stub(-3.0)), messages=True).graph.edges == (
        Edge("n1", "n3", 1, False, Message("1", "−3", "−3")),
        Edge("n2", "n3", 2, False, Message("1", "2", "2")),
    )


def test_formula_beside_its_number() -> None:
    assert told(Sine(Stub(0.0)), formulas=True) == [("cos(v1) = 1", None)]
    assert told(Sine(Stub(0.0)), formulas=True, messages=True) == [("cos(v1) = 1", Message("1", "1", "1"))]
    assert told(Sine(Stub(0.0)), messages=True) == [("", Message("1", "1", "1"))]


def test_a_newline_in_a_name_breaks_no_line() -> None:
    node = Sine(Stub(0.0))
    node.formula = "cos(a\nb)"
    assert told(node, formulas=True) == [("cos(a b) = 1", None)]
    assert "∂ cos(a b) = 1" in viz.draw(node, formulas=True).text()


@pytest.mark.parametrize("formula", ["−1", "1.0", "2"])
def test_formula_that_is_a_number_is_told_once(formula: str) -> None:
    node = Sine(Stub(0.0))
    node.formula = formula
    assert told(node, formulas=True) == [("1", None)]
    assert told(node, formulas=True, messages=True) == [("", Message("1", "1", "1"))]


def test_ledger_without_formulas_gives_the_numbers() -> None:
    assert told(square(), formulas=True) == [("3", None)] * 2


def test_cards_carry_the_names_that_the_ledger_cites() -> None:
    named = viz.draw(Sine(Stub(0.0)), formulas=True).graph.cards
    assert [card.name for card in named] == ["v1", "v2"]
    assert [card.name for card in viz.draw(Sine(Stub(0.0)), messages=True).graph.cards] == ["v1", "v2"]


def test_messages_of_arrays() -> None:
    small = MatrixProduct(Stub(np.array([[1.0, 2.0]])), Stub(np.array([[3.0], [4.0]])))
    assert told(small, messages=True) == [
        ("", Message("[[1]]", "Jacobian", "[[3, 4]]")),
        ("", Message("[[1]]", "Jacobian", "[[1], [2]]")),
    ]
    large = MatrixProduct(Stub(np.full((2, 8), 3.0)), Stub(np.full((8, 2), 1.0)))
    assert told(large, messages=True)[0] == ("", Message("[[1, 1], [1, 1]]", "Jacobian", "norm 8"))


def test_formulas_and_messages_in_every_kind_of_text() -> None:
    drawing = viz.draw(Sine(Stub(0.0)), formulas=True, messages=True)
    assert drawing.text().splitlines()[1].endswith("  ∂ cos(v1) = 1  ← 1·1 = 1")
    assert '|"cos#40;v1#41; #61; 1<br/>1·1 = 1"|' in to_mermaid(drawing.graph)
    assert "<I>cos(v1) = 1</I> <BR/> 1·1 <BR/> = <FONT" in drawing.source
    assert drawing.graph.legend.formulas
    assert not viz.draw(Sine(Stub(0.0)), messages=True).graph.legend.formulas


@pytest.mark.parametrize("option", ["messages", "formulas"])
def test_output_without_a_ledger(option: str) -> None:
    with pytest.raises(TypeError, match=rf"{option}=True needs a node with chain_rule\(\), which Stub does not have"):
        told(operation("exp", Stub(1.0)), **{option: True})


@pytest.mark.parametrize("option", ["messages", "formulas"])
def test_ledger_of_two_outputs(option: str) -> None:
    with pytest.raises(ValueError, match=f"{option}=True draws the chain rule of one output; got 2 outputs"):
        viz.draw([square(), square()], **{option: True})  # type: ignore[arg-type]
