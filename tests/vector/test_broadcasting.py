"""Un-broadcasting is the transpose of broadcasting."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, mutually_broadcastable_shapes

from vector import Tensor
from vector.sweep import unbroadcast


@given(mutually_broadcastable_shapes(num_shapes=2, min_side=0, max_side=3, max_dims=4), st.integers(0, 99))
def test_inner_products_agree(shapes: Any, seed: int) -> None:
    """⟨broadcast(x), g⟩ = ⟨x, unbroadcast(g)⟩ for all x and g is what transpose means."""
    generator = np.random.default_rng(seed)
    x, g = generator.normal(size=shapes.input_shapes[0]), generator.normal(size=shapes.result_shape)
    back = unbroadcast(g, x.shape)
    assert back.shape == x.shape
    assert np.sum(np.broadcast_to(x, g.shape) * g) == pytest.approx(np.sum(x * back), abs=1e-12)


@given(array_shapes(min_dims=0, max_dims=4, min_side=0, max_side=3))
def test_nothing_happens_where_shapes_are_equal(shape: tuple[int, ...]) -> None:
    g = np.ones(shape)
    assert unbroadcast(g, shape) is g


@pytest.mark.parametrize("shape", [(3,), (2, 1), (1, 1), (), (1, 2, 3)])
def test_every_operand_gets_a_gradient_of_its_own_shape(shape: tuple[int, ...]) -> None:
    x, y = Tensor(np.ones(shape), requires_grad=True), Tensor(np.ones((2, 3)), requires_grad=True)
    (x * y).sum().backward()
    assert x.grad is not None
    assert y.grad is not None
    assert (x.grad.shape, y.grad.shape) == (shape, (2, 3))
    assert x.grad.sum() == 6


def test_shapes_that_do_not_broadcast() -> None:
    with pytest.raises(ValueError, match="could not be broadcast together"):
        Tensor(np.ones(3), requires_grad=True) + np.ones(2)
