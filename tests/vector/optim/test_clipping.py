"""Gradients clipped."""

import math

import numpy as np
import pytest
import torch

from tests.checks import grad
from vector import Tensor, nn, optim, tensor

GRADIENTS = [np.array(3.0), np.array([-4.0, 0.5]), np.arange(6.0).reshape(2, 3) - 2]


def parameters() -> tuple[list[Tensor], list[torch.Tensor]]:
    ours = [Tensor(np.zeros_like(g), requires_grad=True) for g in GRADIENTS]
    theirs = [torch.zeros(g.shape, dtype=torch.float64, requires_grad=True) for g in GRADIENTS]
    for x, y, g in zip(ours, theirs, GRADIENTS, strict=True):
        x.grad, y.grad = g.copy(), torch.tensor(g)
    without = tensor([1.0], requires_grad=True)
    return [*ours, without], theirs


@pytest.mark.parametrize("norm_type", [2.0, 1.0, 3.0, math.inf])
@pytest.mark.parametrize("max_norm", [0.0, 0.5, 7.0, 100.0])
def test_norms_agree_with_pytorch(max_norm: float, norm_type: float) -> None:
    ours, theirs = parameters()
    total = optim.clip_grad_norm_(ours, max_norm, norm_type)
    expected = torch.nn.utils.clip_grad_norm_(theirs, max_norm, norm_type)
    assert total == pytest.approx(expected.item(), rel=1e-12)
    for x, y in zip(ours, theirs, strict=False):
        assert y.grad is not None
        np.testing.assert_allclose(grad(x), y.grad.numpy(), rtol=1e-12)


@pytest.mark.parametrize("clip_value", [0.0, 1.5, 100.0])
def test_values_agree_with_pytorch(clip_value: float) -> None:
    ours, theirs = parameters()
    optim.clip_grad_value_(ours, clip_value)
    torch.nn.utils.clip_grad_value_(theirs, clip_value)
    for x, y in zip(ours, theirs, strict=False):
        assert y.grad is not None
        np.testing.assert_array_equal(grad(x), y.grad.numpy())


def test_clipping_after_a_backward_pass_keeps_dtype() -> None:
    model = nn.MLP(2, [3, 1], generator=np.random.default_rng(0))
    (100 * model(np.ones((4, 2), np.float32)) ** 2).sum().backward()
    before = optim.clip_grad_norm_(model.parameters(), 1.0)
    assert before > 1
    assert optim.clip_grad_norm_(model.parameters(), 1.0) == pytest.approx(1, rel=1e-3)
    optim.clip_grad_value_(model.parameters(), 0.01)
    for p in model.parameters():
        assert p.grad is not None
        assert p.grad.dtype == np.float32
        assert np.abs(p.grad).max() <= np.float32(0.01)


def test_nothing_to_clip() -> None:
    assert optim.clip_grad_norm_([tensor([1.0], requires_grad=True)], 1.0) == 0
    empty = tensor(np.zeros(0), requires_grad=True)
    empty.grad = np.zeros(0)
    assert optim.clip_grad_norm_([empty], 1.0, math.inf) == 0


def test_errors() -> None:
    with pytest.raises(ValueError, match=r"clip_grad_norm_: expected max_norm >= 0 and norm_type > 0, got max_norm=-1"):
        optim.clip_grad_norm_([], -1)
    with pytest.raises(ValueError, match=r"norm_type > 0, got max_norm=1, norm_type=0"):
        optim.clip_grad_norm_([], 1, 0)
    with pytest.raises(ValueError, match="clip_grad_value_: expected clip_value >= 0, got -1"):
        optim.clip_grad_value_([], -1)
