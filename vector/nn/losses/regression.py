"""How far predictions are from numbers; `reduction` is "mean", "sum" or "none", the loss of each."""

from typing import Any

from vector import rules
from vector.nn.losses.checks import reduced, same_shape
from vector.tensor import Tensor


def mse_loss(prediction: Any, target: Any, *, reduction: str = "mean") -> Tensor:
    """Mean of (y − t)² over all elements; gradient 2 (y − t) / n.

    Raises:
        ValueError: the shapes differ, for all losses of this file; broadcasting here is nearly always a mistake.
    """
    prediction, target = same_shape("mse_loss", prediction, target)
    return reduced("mse_loss", (prediction - target) ** 2, reduction)


def l1_loss(prediction: Any, target: Any, *, reduction: str = "mean") -> Tensor:
    """Mean of |y − t| over all elements; gradient sign(y − t) / n, 0 at the kink."""
    prediction, target = same_shape("l1_loss", prediction, target)
    return reduced("l1_loss", rules.absolute(prediction - target), reduction)


def huber_loss(prediction: Any, target: Any, *, reduction: str = "mean", delta: float = 1.0) -> Tensor:
    """Mean of ½d² where d = |y − t| ≤ δ, else of δ·(d − ½δ): squares near the target, distances far from it.

    Huber, 1964.

    Args:
        delta: δ.

    Raises:
        ValueError: the shapes differ, or δ is not above 0.

    >>> from vector import tensor
    >>> huber_loss(tensor([0.5, 3.0]), tensor([0.0, 0.0])).item()  # (0.125 + 2.5) / 2
    1.3125
    """
    prediction, target = same_shape("huber_loss", prediction, target)
    if not delta > 0:
        raise ValueError(f"huber_loss: expected delta > 0, got {delta}")
    distance = rules.absolute(prediction - target)
    near = rules.minimum(distance, delta)
    return reduced("huber_loss", near * (distance - 0.5 * near), reduction)


def smooth_l1_loss(prediction: Any, target: Any, *, reduction: str = "mean", beta: float = 1.0) -> Tensor:
    """The Huber loss with δ = β, divided by β: its gradient far from the target is ±1/n (Girshick, ICCV 2015).

    Args:
        beta: β; 0 makes it `l1_loss`.

    Raises:
        ValueError: the shapes differ, or β is below 0.
    """
    prediction, target = same_shape("smooth_l1_loss", prediction, target)
    if not beta >= 0:
        raise ValueError(f"smooth_l1_loss: expected beta >= 0, got {beta}")
    if not beta:
        return l1_loss(prediction, target, reduction=reduction)
    return huber_loss(prediction, target, reduction=reduction, delta=beta) / beta
