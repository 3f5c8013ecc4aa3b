"""ThresholdUnit and Perceptron: the first neurons, and what they can and cannot learn."""

import itertools
import random

import pytest

from scalar import Value
from scalar.nn import Perceptron, ThresholdUnit

CORNERS = list(itertools.product((0, 1), repeat=2))
XOR = [a ^ b for a, b in CORNERS]


@pytest.mark.parametrize(
    ("weights", "bias", "table"),
    [
        ([1, 1], -1.5, [0, 0, 0, 1]),
        ([1, 1], -0.5, [0, 1, 1, 1]),
        ([-1, -1], 1.5, [1, 1, 1, 0]),
        ([-1, 0], 0.5, [1, 1, 0, 0]),
    ],
    ids=["and", "or", "nand", "not the first"],
)
def test_a_threshold_unit_computes_a_gate(weights: list[float], bias: float, table: list[int]) -> None:
    unit = ThresholdUnit(weights, bias)
    assert [unit(corner).data for corner in CORNERS] == table


def test_two_layers_of_them_compute_xor() -> None:
    either, both, out = ThresholdUnit([1, 1], -0.5), ThresholdUnit([1, 1], -1.5), ThresholdUnit([1, -1], -0.5)
    assert [out([either(corner), both(corner)]).data for corner in CORNERS] == XOR


def test_it_does_not_fire_on_the_threshold_itself() -> None:
    unit = ThresholdUnit([1], -1)
    assert [unit([x]).data for x in (1.0, 1.0 + 1e-12)] == [0.0, 1.0]


def test_its_derivative_is_zero_so_gradient_descent_cannot_train_it() -> None:
    unit = ThresholdUnit([1, 2], -1.5)
    unit([Value(1.0), Value(1.0)]).backward()
    assert [parameter.grad + 0.0 for parameter in unit.parameters()] == [0.0] * 3
    assert [parameter.role for parameter in unit.parameters()] == ["parameter"] * 3
    assert repr(unit) == "ThresholdUnit(2)"


def separable(seed: int, points: int = 40) -> tuple[list[tuple[float, float]], list[int]]:
    """Points on two sides of a random line, none closer to it than 0.1."""
    generator = random.Random(seed)
    u, v, offset = (generator.uniform(-1, 1) for _ in range(3))
    inputs: list[tuple[float, float]] = []
    while len(inputs) < points:
        x, y = generator.uniform(-3, 3), generator.uniform(-3, 3)
        if abs(u * x + v * y + offset) > 0.1 * (u * u + v * v) ** 0.5:
            inputs.append((x, y))
    return inputs, [int(u * x + v * y + offset > 0) for x, y in inputs]


@pytest.mark.parametrize("seed", range(5))
def test_it_separates_what_a_line_separates(seed: int) -> None:
    inputs, targets = separable(seed)
    unit = Perceptron(2)
    fit = unit.fit(inputs, targets)
    assert (fit.separated, fit.mistakes) == (True, 0)
    assert fit.statement == f"separated after {fit.epochs} epochs"
    assert [unit(x).data for x in inputs] == targets


def test_the_mistakes_stay_below_novikoffs_bound() -> None:
    """At most (R/γ)² mistakes, for inputs (1, x) no longer than R and a separating direction with margin γ."""
    inputs, targets = [(2.0, 1.0), (1.0, 2.0), (-1.0, -2.0), (-2.0, -1.0)], [1, 1, 0, 0]
    gamma, radius_squared = 3 / 2**0.5, 1 + 5.0  # along (0, 1, 1)/√2
    mistakes = 0
    unit = Perceptron(2)
    while not (fit := unit.fit(inputs, targets, max_epochs=1)).separated:
        mistakes += fit.mistakes
    assert 0 < mistakes <= radius_squared / gamma**2


def test_one_mistake_moves_the_weights_by_the_example() -> None:
    unit = Perceptron(2)
    unit.fit([(3.0, -2.0)], [1], max_epochs=1)
    assert [parameter.data for parameter in unit.parameters()] == [3.0, -2.0, 1.0]
    unit.fit([(1.0, 1.0)], [0], max_epochs=1)  # fires, 3 − 2 + 1 > 0, and should not
    assert [parameter.data for parameter in unit.parameters()] == [2.0, -3.0, 0.0]


def test_of_xor_it_says_that_the_weights_come_round_again() -> None:
    unit = Perceptron(2)
    fit = unit.fit(CORNERS, XOR)
    assert not fit.separated
    assert fit.mistakes > 0
    assert fit.epochs < 10
    assert fit.statement.startswith("not separable by a line: the weights after epoch ")
    assert fit.statement.endswith("so the rule goes round without end")
    weights = [parameter.data for parameter in unit.parameters()]
    earlier = int(fit.statement.split("those after epoch ")[1].split(",")[0])
    once = Perceptron(2)
    once.fit(CORNERS, XOR, max_epochs=earlier)
    assert [parameter.data for parameter in once.parameters()] == weights, "the statement is true"


def test_it_says_when_it_ran_out_of_epochs() -> None:
    fit = Perceptron(2).fit(CORNERS, XOR, max_epochs=1)
    assert (fit.separated, fit.epochs) == (False, 1)
    assert fit.statement == f"not separated after 1 epochs: {fit.mistakes} mistakes left"


def test_it_goes_on_from_the_weights_that_it_has() -> None:
    inputs, targets = separable(0)
    unit = Perceptron(2)
    assert unit.fit(inputs, targets).epochs > 1
    assert unit.fit(inputs, targets).epochs == 1


@pytest.mark.parametrize("targets", [[1, 0, 1], [1, 0, 1, 2], [1, -1, 1, -1]], ids=str)
def test_targets_that_are_not_one_of_zero_and_one_for_each_input(targets: list[int]) -> None:
    with pytest.raises(ValueError, match=r"fit: expected one target in \{0, 1\} per input, got \d targets"):
        Perceptron(2).fit(CORNERS, targets)
