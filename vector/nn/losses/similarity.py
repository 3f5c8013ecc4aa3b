"""How far vectors point in the same direction."""

from typing import Any

import numpy as np

from vector import functions, modes, rules
from vector.functions.operand import cast, floating
from vector.nn.losses.checks import check_signs, reduced, target_array
from vector.tensor import Tensor


def cosine_similarity(x: Any, y: Any, axis: int = 1, eps: float = 1e-8) -> Tensor:
    """⟨x, y⟩ / (‖x‖·‖y‖) along an axis: 1 for the same direction, −1 for opposite ones.

    Args:
        x, y: vectors along the axis, of shapes that broadcast.
        eps: norms below it count as eps, so that a zero vector has similarity 0.

    >>> from vector import tensor
    >>> cosine_similarity(tensor([[3.0, 4.0]]), tensor([[4.0, 3.0]])).item()
    0.96
    """
    x, y = floating(x), floating(y)
    if x.dtype == np.float16:  # squares leave its range
        wide = np.dtype(np.float32)
        return cast(cosine_similarity(cast(x, wide), cast(y, wide), axis, eps), x.dtype)
    return functions.sum(_unit(x, axis, eps) * _unit(y, axis, eps), axis)


def cosine_embedding_loss(x: Any, y: Any, targets: Any, *, margin: float = 0.0, reduction: str = "mean") -> Tensor:
    """Mean of 1 − cos(x, y) where the target is 1, and of max(0, cos(x, y) − margin) where it is −1.

    Args:
        x, y: (batch, features).
        targets: (batch,) of 1 and −1: alike or not.
        margin: how alike others may be.

    Raises:
        ValueError: shapes do not fit, or a target is neither 1 nor −1.
    """
    x, y, signs = floating(x), floating(y), target_array(targets)
    if len(x.shape) != 2 or x.shape != y.shape or signs.shape != x.shape[:1]:
        raise ValueError(
            "cosine_embedding_loss: expected x and y (batch, features) and targets (batch,), got "
            f"{x.shape}, {y.shape} and {signs.shape}"
        )
    modes.current_hooks().on_check(check_signs, ("cosine_embedding_loss", signs))
    cosine = cosine_similarity(x, y)
    each = functions.where(signs == 1, 1 - cosine, rules.relu(cosine - margin))
    return reduced("cosine_embedding_loss", each, reduction)


def _unit(x: Any, axis: int, eps: float) -> Any:
    norm = rules.sqrt(functions.sum(x * x, axis, keepdims=True))
    return x / rules.maximum(norm, eps)
