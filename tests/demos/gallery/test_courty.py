"""C1 to C8: the numbers and statements of Courty's lecture."""

import functools
from typing import Any

import numpy as np
import pytest

import viz
from demos.gallery.catalogue import CATALOGUE
from demos.gallery.courty import course
from demos.gallery.example import Result
from tests.demos.gallery.common import judgements, require_agreement, require_pytorch


@functools.cache
def result(id: str) -> Result:
    return course.examples[id].function()


def test_the_examples_are_those_of_the_catalogue() -> None:
    assert {id: example.title for id, example in course.examples.items()} == CATALOGUE["C"].titles
    assert {id: example.engines for id, example in course.examples.items()} == {
        "C1": ("scalar",),
        "C2": ("scalar", "vector"),
        "C3": ("scalar", "vector"),
        "C4": ("vector",),
        "C5": ("scalar",),
        "C6": ("scalar",),
        "C7": ("vector",),
        "C8": ("scalar", "vector"),
    }


@pytest.mark.parametrize("id", sorted(course.examples))
def test_engines_closed_forms_and_pytorch_agree(id: str) -> None:
    require_agreement(result(id), pytorch=id != "C1")  # units that have no derivative


@pytest.mark.parametrize(
    ("id", "derivative"),
    [
        ("C2", "∂L/∂(w₁, w₂, b) of a mistake"),
        ("C3", "(∂z/∂w, ∂z/∂b)"),
        ("C3", "∂ŷ/∂w"),
        ("C4", "∂(log-odds)/∂x at five points = w"),
        ("C5", "∂(3x⁴) at x = 0.7"),
        ("C5", "∂(exp(x²/3)) at x = 0.7"),
        ("C5", "∂(x·eˣ) at x = 0.7"),
        ("C5", "∂(x²/y) at x = 0.7, y = -1.3"),
        ("C5", "∂(eˣ/(eˣ + eʸ + eᶻ)) at x = 0.7, y = -1.3, z = 0.4"),
        ("C5", "∂(4eˣ + 3(1 + x)³) at x = 0.7"),
        ("C6", "f′(2)"),
        ("C7", "∂cost/∂(w, b) at the start"),
        ("C8", "dL/dW₁, all paths"),
        ("C8", "dL/dW₂"),
    ],
)
def test_derivatives_are_compared_with_pytorch(id: str, derivative: str) -> None:
    require_pytorch(judgements(result(id))[derivative])


@pytest.mark.parametrize("id", ["C1", "C2", "C4", "C6", "C7"])
def test_plots(id: str) -> None:
    assert result(id).plots
    assert all(plot().axes for plot in result(id).plots.values())


def test_c1_gates_and_xor_from_five_units() -> None:
    numbers = result("C1").numbers
    assert numbers["(a, b)"] == [(0, 0), (0, 1), (1, 0), (1, 1)]
    assert numbers["or, a + b − 0.5 > 0"] == [0, 1, 1, 1]
    assert numbers["and, a + b − 1.5 > 0"] == [0, 0, 0, 1]
    assert numbers["not a, −a + 0.5 > 0"] == [1, 1, 0, 0]
    assert numbers["xor"] == [0, 1, 1, 0]
    assert numbers["units in xor"] == 5


def test_c2_the_perceptron_separates_two_clouds_and_says_that_it_cannot_separate_xor() -> None:
    numbers = result("C2").numbers
    assert numbers["two clouds: mistakes in the last epoch"] == 0
    assert numbers["two clouds: the perceptron says"] == "separated after 3 epochs"
    assert numbers["xor: mistakes in the last epoch"] > 0
    assert "not separable by a line" in numbers["xor: the perceptron says"]


def test_c2_rule_and_gradient_descent_take_the_same_steps() -> None:
    for name in ("two clouds", "xor"):
        assert judgements(result("C2"))[f"{name}: rule and descent"].difference == 0


def test_c3_inputs_and_outputs_are_white_parameters_red_and_operations_blue() -> None:
    numbers, by_numbers, by_vectors = result("C3").numbers, *result("C3").graphs.values()
    assert numbers["ŷ = sign(Σ wᵢxᵢ + b), white"] == "x₁, x₂, x₃, ŷ"
    assert numbers["ŷ = sign(Σ wᵢxᵢ + b), red"] == "w₁, w₂, w₃, b"
    assert numbers["ŷ = sign(Σ wᵢxᵢ + b), blue"] == "×, ×, ×, sum, +"
    assert numbers["ŷ = sign(wᵀx + b), white"] == "x, ŷ"
    assert numbers["ŷ = sign(wᵀx + b), red"] == "w, b"
    assert numbers["ŷ = sign(wᵀx + b), blue"] == "transpose, ·, +"
    for node in (by_numbers, by_vectors):
        fills = {card.role: hue(card.style.fill) for card in viz.draw(node).graph.cards}
        assert fills == {"input": "white", "parameter": "red", "operation": "blue", "output": "white"}


def hue(colour: str) -> str:
    red, green, blue = (int(colour[i : i + 2], 16) for i in (1, 3, 5))
    return "white" if red == green == blue == 255 else "red" if red > green and red > blue else "blue"


def test_c3_both_engines_give_the_same_numbers() -> None:
    numbers = result("C3").numbers
    assert numbers["ŷ"] == numbers["ŷ, vector engine"] == 1
    assert numbers["z"] == pytest.approx(numbers["z, vector engine"], abs=1e-15)


def test_c4_logistic_regression_finds_nearly_the_same_boundary() -> None:
    numbers = result("C4").numbers
    assert numbers["angle between the boundaries, in degrees"] < 2
    assert float(numbers["points that they classify differently"].removesuffix(" %")) < 2
    assert float(numbers["points classified right, discriminant analysis"].removesuffix(" %")) > 90


def test_c5_the_record_prints_the_derivatives() -> None:
    total = "(exp(x) + exp(y) + exp(z))"
    assert result("C5").numbers == {
        "∂(4eˣ + 3(1 + x)³)/∂x": "9·(x + 1)² + 4·exp(x)",
        "∂(3x⁴)/∂x": "12·x³",
        "∂(exp(x²/3))/∂x": "2·x·exp(x²/3)/3",
        "∂(x·eˣ)/∂x": "x·exp(x) + exp(x)",
        "∂(x²/y)/∂x": "2·x/y",
        "∂(x²/y)/∂y": "−x²/y²",
        "∂(eˣ/(eˣ + eʸ + eᶻ))/∂x": f"(1/{total} − exp(x)/{total}²)·exp(x)",
        "∂(eˣ/(eˣ + eʸ + eᶻ))/∂y": f"−exp(x)·exp(y)/{total}²",
        "∂(eˣ/(eˣ + eʸ + eᶻ))/∂z": f"−exp(x)·exp(z)/{total}²",
    }


def test_c5_goes_through_g1_and_g2() -> None:
    record = result("C5").notes["The record of 4eˣ + 3(1 + x)³"]
    assert "x̄  = ḡ₂ + ḡ₁·g₁" in record
    assert "·3·g₂²" in record


def test_c6_paths_end_in_the_local_minimum_in_the_global_one_and_nowhere() -> None:
    local, lowest, diverged = result("C6").numbers.values()
    np.testing.assert_allclose(local, [1.130901, -1.070230], atol=1e-6)
    np.testing.assert_allclose(lowest, [-1.300840, -3.513905], atol=1e-6)
    assert abs(diverged[0]) > 1e3
    assert diverged[1] > 1e12


def test_c7_a_stochastic_step_costs_the_same_for_any_number_of_points() -> None:
    numbers = result("C7").numbers
    assert numbers["N"] == (100, 1_000, 10_000)
    assert len(set(numbers["numbers computed in a stochastic step"])) == 1
    small, middle, large = numbers["numbers computed in a batch step"]
    assert large - middle == 10 * (middle - small)  # linear in N


def test_c7_stochastic_descent_comes_near_the_minimum_and_does_not_rest() -> None:
    numbers = result("C7").numbers
    distance = np.linalg.norm(np.subtract(numbers["stochastic descent ends at"], numbers["minimum (w, b)"]))
    assert 1e-3 < distance < 0.5


def test_c8_the_derivative_is_the_sum_over_all_paths() -> None:
    L: Any = result("C8").graphs["L, number by number"]
    weights = [step.variable for step in L.chain_rule() if step.variable.label.startswith("W")]
    assert len(weights) == 8
    for w in weights:
        assert sum(path.product for path in L.paths(w)) == pytest.approx(w.grad, abs=1e-15)
    first = next(w for w in weights if w.label == "W₁[1,1]")
    assert result("C8").numbers["paths"] == L.count_paths(first) == 5  # three through the network, two through the norm


def test_c8_both_engines_and_both_modes_agree() -> None:
    numbers = result("C8").numbers
    assert numbers["L"] == pytest.approx(numbers["L, vector engine"], abs=1e-15)
    for name in ("reverse mode", "forward mode", "vector engine, reverse", "vector engine, forward"):
        difference = judgements(result("C8"))[f"dL/dW₁, {name}"].difference
        assert difference is not None
        assert difference < 1e-14
