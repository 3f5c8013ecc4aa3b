"""The proximal step of an L1 penalty."""

import numpy as np
import pytest

from demos.proximal import soft_threshold_
from vector import Tensor, optim, tensor


def test_soft_threshold() -> None:
    x = Tensor(np.array([3.0, -3.0, 1.0, -1.0, 0.5, 0.0], np.float32))
    memory = x.data
    soft_threshold_([x], 1.0)
    assert x.data is memory
    np.testing.assert_array_equal(x.data, np.array([2, -2, 0, 0, 0, 0], np.float32))


def test_proximal_steps_find_the_lasso() -> None:
    # With orthonormal columns the minimiser of ½‖Xw − y‖² + λ‖w‖₁ is Xᵀy, soft-thresholded by λ.
    rng = np.random.default_rng(0)
    X, y = np.linalg.qr(rng.normal(size=(20, 6)))[0], rng.normal(size=20)
    w = tensor(rng.normal(size=6), requires_grad=True)
    sgd, penalty = optim.SGD([w], lr=0.5), 0.3
    for _ in range(60):
        sgd.zero_grad()
        ((X @ w - y) ** 2 / 2).sum().backward()
        sgd.step()
        soft_threshold_([w], sgd.lr * penalty)
    c = X.T @ y
    expected = np.sign(c) * np.maximum(np.abs(c) - penalty, 0)
    np.testing.assert_allclose(w.data, expected, atol=1e-12)
    np.testing.assert_array_equal(w.data == 0, expected == 0)
    assert 0 < (w.data == 0).sum() < 6


def test_a_negative_threshold_is_refused() -> None:
    with pytest.raises(ValueError, match="soft_threshold_: expected threshold >= 0, got -1"):
        soft_threshold_([], -1)
