"""Products that a step only copies to other memory."""

from typing import Any

import numpy as np
import pytest

import vector
from vector.modes import current_hooks


def test_products_that_are_only_copied_are_computed_where_the_copy_goes() -> None:
    generator = np.random.default_rng(0)
    flat, other = np.zeros(12), np.zeros(12)

    def step(x: Any, y: Any) -> Any:
        read = current_hooks().on_read
        np.copyto(read(flat), (x.T @ y).reshape(-1))
        product = x.T @ (y * 2)
        np.copyto(read(other), product.reshape(-1))
        return product.sum()

    x, y = generator.random((5, 3)), generator.random((5, 4))
    fast = vector.compile(step, native=True)
    for _ in range(4):
        flat[:] = other[:] = 0
        total = fast(x, y)
        np.testing.assert_allclose(flat, (x.T @ y).reshape(-1), rtol=1e-12)
        np.testing.assert_allclose(other, 2 * flat, rtol=1e-12)
        assert total == pytest.approx(other.sum())
    assert fast.explain().count("product_into(") == 1
