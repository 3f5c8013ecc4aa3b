"""O1 to O5: the numbers and statements of Kokkinos's lecture."""

import functools
import math

import numpy as np
import pytest

from demos.gallery.catalogue import CATALOGUE
from demos.gallery.example import Result
from demos.gallery.kokkinos import course
from tests.demos.gallery.common import judgements, require_agreement, require_pytorch


@functools.cache
def result(id: str) -> Result:
    return course.examples[id].function()


def test_the_examples_are_those_of_the_catalogue() -> None:
    assert {id: example.title for id, example in sorted(course.examples.items())} == CATALOGUE["O"].titles
    assert {id: example.engines for id, example in course.examples.items()} == {
        "O1": ("scalar",),
        "O2": ("scalar",),
        "O3": ("scalar",),
        "O4": ("scalar", "vector"),
        "O5": ("vector",),
    }


@pytest.mark.parametrize("id", sorted(course.examples))
def test_engines_closed_forms_and_pytorch_agree(id: str) -> None:
    require_agreement(result(id))


@pytest.mark.parametrize(
    ("id", "derivative"),
    [
        ("O1", "dy/dx"),
        ("O2", "(∂bump/∂x, ∂bump/∂y) at (0.45, 0.3)"),
        ("O3", "dz/dt = 10t⁴ − 8t"),
        *(
            ("O4", f"dL/d{name}, {engine} engine")
            for name in ("b", "W", "z", "a", "U", "x")
            for engine in ("vector", "scalar")
        ),
        ("O5", "network: gradient at the starts"),
    ],
)
def test_derivatives_are_compared_with_pytorch(id: str, derivative: str) -> None:
    require_pytorch(judgements(result(id))[derivative])


@pytest.mark.parametrize("id", ["O1", "O2", "O5"])
def test_plots(id: str) -> None:
    assert result(id).plots
    assert all(plot().axes for plot in result(id).plots.values())


def test_o1_the_derivative_is_the_product_of_the_bricks() -> None:
    bricks = result("O1").notes["The bricks' derivatives"].splitlines()
    formulas = [brick.split(" = ")[1] for brick in bricks]
    assert formulas == ["1/c", "−sin(w)", "w", "3·u²", "cos(x)"]
    product = math.prod(float(brick.split(" = ")[2].replace("−", "-")) for brick in bricks)
    assert product == pytest.approx(result("O1").numbers["dy/dx"], rel=1e-5)


def test_o2_a_ridge_a_bump_and_closer_sums_with_more_bumps() -> None:
    numbers = result("O2").numbers
    top, edge, outside = numbers["ridge, r = 0.5 and k = 10, at x = 0, 0.5 and 1"]
    assert top > 0.98
    assert edge == pytest.approx(0.5, abs=1e-3)
    assert outside < 0.01
    top, on_one_ridge, off_both = numbers["bump at (0, 0), (1, 0) and (1, 1)"]
    assert top > 0.99
    assert on_one_ridge < 0.01
    assert off_both < 1e-9
    sixteen, sixty_four, many = (
        numbers[f"mean distance of {count} bumps from the function"] for count in (16, 64, 256)
    )
    assert many < 0.65 * sixty_four < 0.65**2 * sixteen


def test_o3_the_sum_of_both_ways() -> None:
    numbers = result("O3").numbers
    assert numbers["over x"] + numbers["over y"] == numbers["dz/dt"] == 10 * 1.5**4 - 8 * 1.5


def test_o4_both_engines_give_the_same_loss() -> None:
    numbers = result("O4").numbers
    assert numbers["L"] == pytest.approx(float(numbers["L, vector engine"]), abs=1e-15)
    assert sum(numbers["ŷ"]) == pytest.approx(1.0, abs=1e-15)


def test_o4_softmax_and_loss_give_the_prediction_less_the_target() -> None:
    numbers = result("O4").numbers
    np.testing.assert_allclose(numbers["dL/db = ŷ − y"], numbers["ŷ"] - np.array([0.0, 1.0, 0.0]), atol=1e-15)


def test_o5_one_minimum_of_a_convex_cost_and_several_of_a_network() -> None:
    numbers = result("O5").numbers
    assert np.ptp(numbers["logistic regression: costs at the six ends"]) < 1e-12
    assert np.max(numbers["logistic regression: distances of the ends from each other"]) < 1e-9
    assert np.ptp(numbers["network: costs at the six ends"]) > 0.1
    distances = numbers["network: distances of the ends from each other"]
    assert distances[~np.eye(len(distances), dtype=bool)].min() > 1
    for name in ("logistic regression", "network"):
        assert numbers[f"{name}: smallest eigenvalue of the Hessians"] > 0
