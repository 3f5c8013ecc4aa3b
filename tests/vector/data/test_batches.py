"""Minibatches: every sample once per pass, paired with its own target, in an order that the seed decides."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from vector.data import batches


def rng(seed: int = 0) -> np.random.Generator:
    return np.random.default_rng(seed)


X = np.arange(20, dtype=np.float32).reshape(10, 2)
Y = np.arange(10)


@given(st.integers(1, 30), st.integers(1, 40), st.booleans(), st.none() | st.integers(0, 99))
def test_a_pass_pairs_every_sample_once(n: int, batch_size: int, drop_last: bool, seed: int | None) -> None:
    y = np.arange(n)
    loader = batches(np.column_stack([y, -y]), y, batch_size, None if seed is None else rng(seed), drop_last)
    sizes, seen = [], []
    for xb, yb in loader:
        np.testing.assert_array_equal(xb, np.column_stack([yb, -yb]))
        sizes.append(len(yb))
        seen.extend(yb.tolist())
    assert len(sizes) == len(loader)
    rest = [] if drop_last or n % batch_size == 0 else [n % batch_size]
    assert sizes == [batch_size] * (n // batch_size) + rest
    assert len(set(seen)) == len(seen) == sum(sizes)
    if seed is None:
        assert seen == list(range(sum(sizes)))


def test_every_pass_has_a_fresh_order_and_the_seed_decides_it() -> None:
    loader, twin = batches(X, Y, 3, rng(5)), batches(X, Y, 3, rng(5))
    first, second = ([yb.tolist() for _, yb in loader] for _ in range(2))
    assert first != second
    assert [[yb.tolist() for _, yb in twin] for _ in range(2)] == [first, second]


def test_two_passes_at_once_do_not_disturb_each_other() -> None:
    loader = batches(X, Y, 5, rng())
    pairs = list(zip(loader, loader, strict=True))
    for one in zip(*pairs, strict=True):
        assert sorted(np.concatenate([yb for _, yb in one]).tolist()) == Y.tolist()


@pytest.mark.parametrize("generator", [None, rng()])
def test_batches_are_new_arrays_of_the_same_types(generator: np.random.Generator | None) -> None:
    x = X.copy()
    kept = list(batches(x, Y, 10, generator)) + list(batches(x, Y, 5, generator))
    for xb, yb in kept:
        assert (xb.dtype, yb.dtype) == (x.dtype, Y.dtype)
        assert not np.shares_memory(xb, x)
        xb[:] = -1  # must reach neither the data nor another batch
    np.testing.assert_array_equal(x, X)


def test_images_of_any_rank() -> None:
    ((xb, yb),) = batches(np.zeros((4, 3, 28, 28)), np.zeros((4, 10)), 4)
    assert (xb.shape, yb.shape) == ((4, 3, 28, 28), (4, 10))


@pytest.mark.parametrize(
    ("x", "y", "batch_size", "message"),
    [
        (X, Y[:4], 2, r"expected len\(x\) == len\(y\), got 10 and 4"),
        (X, Y, 0, "expected batch_size >= 1, got 0"),
        (X[:0], Y[:0], 2, r"expected len\(x\) >= 1, got no samples"),
        (X, 3, 2, r"expected x.ndim >= 1 and y.ndim >= 1, got shapes \(10, 2\) and \(\)"),
    ],
)
def test_wrong_arguments_fail_at_once(x: Any, y: Any, batch_size: int, message: str) -> None:
    with pytest.raises(ValueError, match=f"batches: {message}"):
        batches(x, y, batch_size)


def test_a_seed_is_not_a_generator() -> None:
    with pytest.raises(TypeError, match=r"batches: expected a generator, such as np.random.default_rng\(0\), got 42"):
        batches(X, Y, 2, 42)  # type: ignore[arg-type]
