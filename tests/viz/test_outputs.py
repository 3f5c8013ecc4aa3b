"""What can be drawn: nodes, and functions with inputs."""

import operator
from typing import Any

import pytest

import viz
from tests.viz.models import Network, inputs
from tests.viz.stub import Stub, neuron, operation, two_outputs


def names(*args: Any, **options: Any) -> list[str]:
    return [card.name for card in viz.draw(*args, **options).graph.cards]


def product(x: Stub, y: Stub) -> Stub:
    return operation("×", x, y)


def total(*x: Stub) -> Stub:
    return operation("sum", *x)


def test_function_is_called_with_the_inputs() -> None:
    x, y = Stub(2.0, "x"), Stub(3.0, "y")
    assert viz.draw(product, inputs=(x, y)) == viz.draw(product(x, y))


def test_inputs_without_a_label_are_named_after_the_parameters() -> None:
    assert names(product, inputs=(Stub(2.0), Stub(3.0))) == ["x", "y", ""]
    assert names(product, inputs=(Stub(2.0, "mine"), Stub(3.0))) == ["mine", "y", ""]
    assert names(total, inputs=(Stub(2.0), Stub(3.0))) == ["", "", ""]


def test_function_of_no_input_and_of_several_outputs() -> None:
    assert viz.draw(neuron, inputs=()) == viz.draw(neuron())
    assert viz.draw(two_outputs, inputs=()) == viz.draw(two_outputs())


def test_model_is_a_function_too() -> None:
    network = Network(2, 1)
    assert names(network, inputs=(inputs(2),), model=network)[:2] == ["w1", "w2"]


def test_function_written_in_c() -> None:
    assert names(operator.itemgetter(0), inputs=([Stub(1.0)],)) == [""]


def test_function_without_inputs() -> None:
    with pytest.raises(TypeError, match=r"expected inputs to call product with; give draw\(product, inputs=\(x, y\)\)"):
        viz.draw(product)


def test_inputs_without_a_function() -> None:
    with pytest.raises(TypeError, match="expected a function to call with the inputs; got Stub"):
        viz.draw(neuron(), inputs=())


def test_function_that_gives_no_node() -> None:
    with pytest.raises(TypeError, match=r"expected nodes of a compute graph; got float, without op, parents, data"):
        viz.draw(lambda: 1.0, inputs=())  # type: ignore[arg-type, return-value]  # the mistake


@pytest.mark.parametrize(
    ("precision", "text"),
    [(".2f", "1234.57"), ("+.1e", "+1.2e+03"), (",.0f", "1,235"), (2, "1.2e+03"), (9, "1234.567")],
)
def test_number_formats(precision: int | str, text: str) -> None:
    assert viz.draw(Stub(1234.567), precision=precision).graph.cards[0].rows[0].text == text


def test_gradient_that_is_not_computed_has_no_format() -> None:
    assert viz.draw(Stub(1.0), precision=".2f").graph.cards[0].rows[1].text == "not computed"


@pytest.mark.parametrize("precision", ["d", "<9.2f", ".f", "", "x", '"<.2f'])
def test_unknown_number_format(precision: str) -> None:
    with pytest.raises(ValueError, match=r"expected precision as a format such as '.2f' or '\+.3e'; got"):
        viz.draw(Stub(1.0), precision=precision)
