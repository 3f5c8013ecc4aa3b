"""Losses of a batch, averaged."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from vector import functions, rules
from vector.tensor import Tensor


def cross_entropy(logits: Tensor | npt.ArrayLike, targets: npt.ArrayLike) -> Tensor:
    """Mean of −ln softmax(z)ₜ, from logits, in one stable operation; its gradient is (softmax(z) − one-hot(t)) / batch.

    Args:
        logits: (batch, classes), before any softmax.
        targets: (batch,) class indices.

    Raises:
        TypeError: targets are not integers.
        ValueError: shapes do not fit, the batch is empty, or a target is no class.

    >>> from vector import tensor
    >>> cross_entropy(tensor([[1000.0, 0.0]]), [1]).item()
    1000.0
    """
    targets = np.asarray(targets)
    logits = logits if isinstance(logits, Tensor) else Tensor(logits)
    if logits.ndim != 2 or targets.shape != logits.shape[:1] or not targets.size:
        raise ValueError(
            f"cross_entropy: expected logits (batch, classes) and targets (batch,) with batch >= 1, "
            f"got {logits.shape} and {targets.shape}"
        )
    if targets.dtype.kind not in "iu":
        raise TypeError(f"cross_entropy: expected integer class indices as targets, got dtype {targets.dtype}")
    classes = logits.shape[1]
    if targets.min() < 0 or targets.max() >= classes:
        wrong = targets[(targets < 0) | (targets >= classes)][0]
        raise ValueError(f"cross_entropy: expected 0 <= target < {classes} (classes), got {wrong}")
    return rules.softmax_cross_entropy(logits, targets=targets)


def mse_loss(prediction: Tensor, target: Any) -> Tensor:
    """Mean of (y − t)² over all elements; gradient 2 (y − t) / n.

    Raises:
        ValueError: the shapes differ; broadcasting here is nearly always a mistake.
    """
    if prediction.shape != np.shape(getattr(target, "data", target)):
        raise ValueError(f"mse_loss: expected target.shape == {prediction.shape}, got {np.shape(target)}")
    return functions.mean((prediction - target) ** 2)


def hinge(scores: Tensor, targets: Any) -> Tensor:
    """Mean of max(0, 1 − t·s) for targets of −1 or 1; derivative 0 at the kink."""
    return functions.mean(rules.relu(1 - targets * scores))
