"""Distorted images, and images read off between their pixels."""

import sys
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import ndimage

from demos.distortion import Distortion, bilinear
from demos.distortion.distortion import _elastic

STRONG = {"rotation": 30.0, "scaling": 0.3, "shear": 0.3, "translation": 2.0, "alpha": 20.0, "sigma": 3.0}


def images(n: int, height: int, width: int, dtype: Any = np.float32, seed: int = 0) -> Any:
    return np.random.default_rng(seed).random((n, height, width)).astype(dtype)


def grid(n: int, height: int, width: int, dy: float = 0.0, dx: float = 0.0) -> Any:
    """The positions of all pixels, moved."""
    y, x = (np.tile(axis.reshape(-1), (n, 1)) for axis in np.mgrid[:height, :width].astype(float))
    return y + dy, x + dx


@given(st.integers(1, 3), st.integers(1, 6), st.integers(1, 6), st.integers(0, 99))
@settings(max_examples=50)
def test_bilinear_is_scipys(n: int, height: int, width: int, seed: int) -> None:
    generator = np.random.default_rng(seed)
    x = images(n, height, width, np.float64, seed)
    y_at, x_at = generator.uniform(-3, 9, (2, n, 20))
    wanted = [
        ndimage.map_coordinates(image, at, order=1, mode="grid-constant")
        for image, at in zip(x, zip(y_at, x_at, strict=True), strict=True)
    ]
    assert bilinear(x, y_at, x_at, native=False) == pytest.approx(np.array(wanted), abs=1e-12)


@given(st.integers(0, 99), st.sampled_from([np.float32, np.float64]))
@settings(max_examples=30, deadline=None)
def test_machine_code_gives_the_same_bits(seed: int, dtype: Any) -> None:
    generator = np.random.default_rng(seed)
    x = images(3, 5, 7, dtype, seed)
    y_at, x_at = generator.uniform(-3, 9, (2, 3, 40)).astype(dtype)
    ours, theirs = (bilinear(x, y_at, x_at, native=native) for native in (True, False))
    assert np.array_equal(ours, theirs)
    assert ours.dtype == theirs.dtype == dtype


def test_without_numba(monkeypatch: pytest.MonkeyPatch) -> None:
    module = sys.modules["demos.distortion.bilinear"]
    monkeypatch.setattr(module, "_compiled", module._compiled.__wrapped__)
    monkeypatch.setitem(sys.modules, "numba", None)
    x = images(1, 4, 4)
    assert np.array_equal(bilinear(x, *grid(1, 4, 4)).reshape(x.shape), x)
    with pytest.raises(ImportError, match=r'native=True needs numba: pip install "twingrad\[compile\]"'):
        bilinear(x, *grid(1, 4, 4), native=True)


@given(st.integers(-5, 5), st.integers(-5, 5))
@settings(max_examples=30, deadline=None)
def test_a_translation_by_whole_pixels_is_a_shift(dy: int, dx: int) -> None:
    x = images(2, 5, 4)
    wanted = np.zeros_like(x)
    h, w = max(5 - abs(dy), 0), max(4 - abs(dx), 0)
    wanted[:, max(-dy, 0) :][:, :h, max(-dx, 0) :][:, :, :w] = x[:, max(dy, 0) :][:, :h, max(dx, 0) :][:, :, :w]
    assert np.array_equal(bilinear(x, *grid(2, 5, 4, dy, dx)).reshape(x.shape), wanted)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_no_strength_is_no_change(dtype: Any) -> None:
    x = images(40, 7, 10, dtype)
    out = Distortion((7, 10))(x, np.random.default_rng(0))
    assert np.array_equal(out, x)
    assert out.dtype == dtype


@given(st.integers(0, 99))
@settings(max_examples=20)
def test_rotation_keeps_distances_and_scaling_the_centre(seed: int) -> None:
    turns = Distortion((9, 9), rotation=40.0)._maps(5, np.random.default_rng(seed)).astype(np.float64)
    matrices = turns[:, :, :2].transpose(1, 0, 2)
    assert matrices @ matrices.transpose(0, 2, 1) == pytest.approx(np.tile(np.eye(2), (5, 1, 1)), abs=1e-6)
    maps = Distortion((9, 9), scaling=0.2, shear=0.3)._maps(5, np.random.default_rng(seed))
    assert np.array_equal(maps[:, :, 2], np.full((2, 5), 4.0))  # what is at the centre stays there
    assert np.abs(maps[0, :, 0] - 1).max() <= 0.2
    assert np.abs(np.linalg.det(maps[:, :, :2].transpose(1, 0, 2)) - 1).max() <= 1.2**2 - 1 + 1e-6


def test_a_turned_image_is_scipys() -> None:
    x = images(1, 11, 11, np.float64)
    turn = Distortion((11, 11), rotation=30.0)
    matrix, centre = turn._maps(1, np.random.default_rng(4))[:, 0, :2], np.array([5.0, 5.0])
    wanted = ndimage.affine_transform(x[0], matrix, centre - matrix @ centre, order=1, mode="grid-constant")
    assert turn(x, np.random.default_rng(4))[0] == pytest.approx(wanted, abs=1e-5)


def test_the_elastic_field_is_smoothed_noise() -> None:
    """Its covariance is that of uniform noise, convolved with a Gaussian on a plane that has no edge, times α."""
    sigma, room = 2.5, 20
    fields = _elastic((9, 12), sigma).astype(np.float64)
    kernel = np.zeros((9 + 2 * room, 12 + 2 * room))
    kernel[room + 4, room + 6] = 1
    noise = ndimage.gaussian_filter(kernel, sigma, truncate=7.0)
    wanted = ndimage.gaussian_filter(noise, sigma, truncate=7.0)[room:-room, room:-room]  # with the pixel (4, 6)
    covariance = (fields.T @ fields)[4 * 12 + 6].reshape(9, 12)
    assert covariance == pytest.approx(wanted, abs=3e-3 * wanted.max())
    assert len(fields) < 9 * 12 / 3


def test_the_elastic_field_has_its_mean_and_deviation() -> None:
    bend = Distortion((28, 28), alpha=36.0, sigma=5.0)
    weights = bend._maps(2000, np.random.default_rng(0))[:, :, 3:].astype(np.float64)
    moves = weights @ _elastic((28, 28), 5.0)
    assert moves.std() == pytest.approx(36 / (3**0.5 * 2 * np.pi**0.5 * 5), rel=0.02)
    assert abs(moves.mean()) < 0.05
    assert np.abs(np.diff(moves.reshape(-1, 28, 28), axis=2)).std() < 0.25 * moves.std()  # smooth


def test_flat_images_and_parts_of_a_batch_are_the_same() -> None:
    x = images(50, 8, 6)
    distort = Distortion((8, 6), **STRONG)
    out = distort(x, np.random.default_rng(5))
    assert np.array_equal(distort(x.reshape(50, 48), np.random.default_rng(5)).reshape(x.shape), out)
    assert np.array_equal(distort(x, np.random.default_rng(5)), out)
    assert not np.array_equal(distort(x, np.random.default_rng(6)), out)
    assert out.min() >= 0
    assert out.max() <= 1


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"shape": (28,)}, r"expected shape \(height, width\), each at least 1, got \(28,\)"),
        ({"rotation": -1.0}, "expected rotation >= 0, got -1.0"),
        ({"alpha": np.nan}, "expected alpha >= 0, got nan"),
        ({"scaling": 1.0}, "expected 0 <= scaling < 1, got 1.0"),
        ({"sigma": 0.0}, "expected sigma > 0, got 0.0"),
    ],
)
def test_strengths_out_of_range(arguments: Any, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        Distortion(**{"shape": (8, 8), **arguments})


def test_images_that_do_not_fit() -> None:
    distort, generator = Distortion((8, 8)), np.random.default_rng(0)
    with pytest.raises(ValueError, match=r"expected images \(n, 8, 8\), flat or not, got \(2, 63\)"):
        distort(np.zeros((2, 63), np.float32), generator)
    with pytest.raises(TypeError, match="expected floating-point images, got uint8"):
        distort(np.zeros((2, 64), np.uint8), generator)
    with pytest.raises(TypeError, match="Distortion: expected a generator"):
        distort(np.zeros((2, 64), np.float32), 0)  # type: ignore[arg-type]
