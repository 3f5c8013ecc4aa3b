"""Toy problems lie where their formulas say, and the seed alone decides their randomness."""

from collections.abc import Callable

import numpy as np
import pytest
from sklearn.datasets import make_moons

from vector.data import moons, spirals, xor
from vector.data.toys import Points


def rng(seed: int = 0) -> np.random.Generator:
    return np.random.default_rng(seed)


RANDOM_TOYS = [
    pytest.param(lambda noise, generator: moons(40, noise, generator), id="moons"),
    pytest.param(lambda noise, generator: spirals(40, 1.5, noise, 3, generator), id="spirals"),
]
Toy = Callable[[float, np.random.Generator], Points]


def sorted_rows(points: np.ndarray, labels: np.ndarray) -> np.ndarray:
    rows = np.column_stack([points, labels])
    return rows[np.lexsort(rows.round(9).T)]  # rounded: symmetric points differ in the last bit


def test_xor() -> None:
    points, labels = xor()
    assert points.dtype == np.float64
    assert labels.dtype == np.int64
    assert {(*point, label) for point, label in zip(points.tolist(), labels.tolist(), strict=True)} == {
        (0, 0, 0),
        (0, 1, 1),
        (1, 0, 1),
        (1, 1, 0),
    }


@pytest.mark.parametrize("n", [2, 3, 40, 41])
def test_moons_are_scikit_learns(n: int) -> None:
    expected = make_moons(n, shuffle=False, random_state=0)
    np.testing.assert_allclose(sorted_rows(*moons(n, 0, rng())), sorted_rows(*expected), atol=1e-15)


@pytest.mark.parametrize("turns", [0.5, 2.0])
@pytest.mark.parametrize("classes", [1, 2, 3])
def test_spirals_lie_on_their_arms(turns: float, classes: int) -> None:
    points, labels = spirals(60, turns, 0, classes, rng())
    assert np.bincount(labels).tolist() == [60 // classes] * classes
    for arm in range(classes):
        z = points[labels == arm] @ [1, 1j]
        radius = np.sort(np.abs(z))
        np.testing.assert_allclose(radius, np.linspace(0, 1, 60 // classes + 1)[1:], rtol=1e-12)
        np.testing.assert_allclose(z, np.abs(z) * np.exp(2j * np.pi * (turns * np.abs(z) + arm / classes)), atol=1e-12)


def test_spirals_share_an_uneven_number_of_points() -> None:
    assert np.bincount(spirals(8, 1, 0, 3, rng())[1]).tolist() == [3, 3, 2]


@pytest.mark.parametrize("toy", RANDOM_TOYS)
def test_the_seed_decides_points_and_order(toy: Toy) -> None:
    points, labels = toy(0.1, rng(1))
    again, labels_again = toy(0.1, rng(1))
    np.testing.assert_array_equal(points, again)
    np.testing.assert_array_equal(labels, labels_again)
    assert not np.array_equal(points, toy(0.1, rng(2))[0])
    assert not np.array_equal(labels, toy(0.1, rng(2))[1])
    assert points.dtype == np.float64
    assert labels.dtype == np.int64


@pytest.mark.parametrize("toy", RANDOM_TOYS)
def test_noise_is_normal_with_the_given_deviation(toy: Toy) -> None:
    # The same seed gives the same order, so the difference is the noise alone; 80 draws, 4 standard errors.
    noise = toy(0.1, rng(3))[0] - toy(0, rng(3))[0]
    assert noise.std() == pytest.approx(0.1, rel=4 / np.sqrt(2 * noise.size))
    assert noise.mean() == pytest.approx(0, abs=0.4 / np.sqrt(noise.size))


@pytest.mark.parametrize("toy", RANDOM_TOYS)
def test_wrong_noise_and_generator(toy: Toy) -> None:
    with pytest.raises(ValueError, match=r"expected noise >= 0, got -0\.1"):
        toy(-0.1, rng())
    with pytest.raises(TypeError, match=r"expected a generator, such as np.random.default_rng\(0\), got 7"):
        toy(0.1, 7)  # type: ignore[arg-type]


def test_wrong_numbers_of_points() -> None:
    with pytest.raises(ValueError, match="moons: expected n >= 2, got 1"):
        moons(1, 0, rng())
    with pytest.raises(ValueError, match="spirals: expected n >= classes >= 1, got n = 2 and classes = 3"):
        spirals(2, 1, 0, 3, rng())
    with pytest.raises(ValueError, match="got n = 2 and classes = 0"):
        spirals(2, 1, 0, 0, rng())
