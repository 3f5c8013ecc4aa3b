"""Losses of a batch, at ordinary logits and at ±1000, against PyTorch."""

from typing import Any

import numpy as np
import pytest
import torch
from torch.nn import functional

from tests.checks import grad
from vector import Tensor, nn, tensor

LOGITS = {
    "ordinary": np.random.default_rng(0).normal(size=(4, 3)),
    "ties": np.zeros((4, 3)),
    "±1000": np.array([[1000.0, 0.0, -1000.0], [-1000.0, 1000.0, 0.0], [1000.0, 999.0, 1000.0], [-1e3, -1e3, -1e3]]),
    "far apart": np.array([[0.0, 1e6, -1e6], [1e300, 0.0, 1.0], [-1e300, 0.0, 1.0], [40.0, 0.0, -40.0]]),
}


@pytest.mark.parametrize("targets", [(0, 1, 2, 0), (2, 2, 2, 2)], ids=str)
@pytest.mark.parametrize("name", LOGITS)
def test_cross_entropy(name: str, targets: tuple[int, ...]) -> None:
    ours, theirs = Tensor(LOGITS[name], requires_grad=True), torch.tensor(LOGITS[name], requires_grad=True)
    loss, expected = nn.cross_entropy(ours, targets), functional.cross_entropy(theirs, torch.tensor(targets))
    loss.backward()
    expected.backward()
    np.testing.assert_allclose(loss.item(), expected.item(), rtol=1e-12)
    np.testing.assert_allclose(grad(ours), theirs.grad.numpy(), rtol=1e-12, atol=1e-15)


def test_cross_entropy_is_one_operation() -> None:
    logits = tensor([[1.0, 2.0]], requires_grad=True)
    loss = nn.cross_entropy(logits, np.array([1], np.uint8))
    assert loss.shape == ()
    assert [*map(id, loss.parents)] == [id(logits)]


@pytest.mark.parametrize(
    ("shape", "targets", "message"),
    [
        (
            (3,),
            [0],
            r"expected logits \(batch, classes\) and targets \(batch,\) with batch >= 1, got \(3,\) and \(1,\)",
        ),
        ((2, 3), [0], r"got \(2, 3\) and \(1,\)"),
        ((2, 3), [[0], [1]], r"got \(2, 3\) and \(2, 1\)"),
        ((0, 3), [], r"got \(0, 3\) and \(0,\)"),
        ((2, 3), [0, 3], r"expected 0 <= target < 3 \(classes\), got 3"),
        ((2, 3), [-1, 0], r"expected 0 <= target < 3 \(classes\), got -1"),
    ],
)
def test_cross_entropy_names_what_does_not_fit(shape: tuple[int, ...], targets: Any, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        nn.cross_entropy(Tensor(np.zeros(shape)), np.array(targets, int))


def test_cross_entropy_wants_integers() -> None:
    with pytest.raises(TypeError, match="expected integer class indices as targets, got dtype float64"):
        nn.cross_entropy(Tensor(np.zeros((1, 2))), [0.0])


def test_mse_loss() -> None:
    rng = np.random.default_rng(0)
    y, t = rng.normal(size=(4, 3)), rng.normal(size=(4, 3))
    for target in (t, Tensor(t)):
        ours, theirs = Tensor(y, requires_grad=True), torch.tensor(y, requires_grad=True)
        loss, expected = nn.mse_loss(ours, target), functional.mse_loss(theirs, torch.tensor(t))
        loss.backward()
        expected.backward()
        np.testing.assert_allclose(loss.item(), expected.item(), rtol=1e-12)
        np.testing.assert_allclose(grad(ours), theirs.grad.numpy(), rtol=1e-12)


@pytest.mark.parametrize("target", [np.zeros(4), np.zeros((4, 1)), 0.0], ids=["row", "column", "number"])
def test_mse_loss_refuses_to_broadcast(target: Any) -> None:
    with pytest.raises(ValueError, match=r"mse_loss: expected target\.shape == \(4, 3\), got"):
        nn.mse_loss(Tensor(np.zeros((4, 3))), target)


@pytest.mark.parametrize("scale", [1.0, 1000.0])
def test_hinge(scale: float) -> None:
    s, t = scale * np.array([-1.0, 0.5, 1.0, 2.0]), np.array([1.0, 1.0, -1.0, -1.0])
    ours, theirs = Tensor(s, requires_grad=True), torch.tensor(s, requires_grad=True)
    loss, expected = nn.hinge(ours, t), torch.relu(1 - torch.tensor(t) * theirs).mean()
    loss.backward()
    expected.backward()
    np.testing.assert_allclose(loss.item(), expected.item(), rtol=1e-12)
    np.testing.assert_allclose(grad(ours), theirs.grad.numpy(), rtol=1e-12)


def test_the_kink_of_hinge() -> None:
    s = tensor([1.0], requires_grad=True)
    nn.hinge(s, np.array([1.0])).backward()
    np.testing.assert_array_equal(s.grad, [0.0])
