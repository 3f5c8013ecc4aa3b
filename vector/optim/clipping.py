"""Gradients that are clipped before the step."""

from collections.abc import Iterable
from typing import Any

import numpy as np

from vector import modes
from vector.arrays import array_of
from vector.tensor import Tensor, mark_changed


def clip_grad_norm_(parameters: Iterable[Tensor], max_norm: float, norm_type: float = 2.0) -> float:
    """Scale all gradients by min(1, max_norm / (‖g‖ + 10⁻⁶)), ‖g‖ the norm of all of them as one vector.

    Pascanu, Mikolov & Bengio, ICML 2013, algorithm 1, with PyTorch's 10⁻⁶.

    norm_type: p of the p-norm; `math.inf` for the largest size.

    Returns ‖g‖ before.

    Raises ValueError: max_norm below 0, or norm_type not above 0.

    >>> from vector import tensor
    >>> x = tensor([3.0, 4.0], requires_grad=True)
    >>> (x * x / 2).sum().backward()
    >>> clip_grad_norm_([x], max_norm=1.0)
    5.0
    >>> x.grad.round(3)
    array([0.6, 0.8])
    """
    if not max_norm >= 0 or not norm_type > 0:
        raise ValueError(f"clip_grad_norm_: expected max_norm >= 0 and norm_type > 0, got {max_norm=}, {norm_type=}")
    given = [p.grad for p in parameters if p.grad is not None]
    gradients = [*map(array_of, given)]
    norms = [np.linalg.norm(g.reshape(-1), norm_type) for g in gradients if g.size]
    if not norms:
        return 0.0
    total: Any = np.linalg.norm(np.stack(norms), norm_type)
    scale = np.minimum(1, max_norm / (total + 1e-6))
    for g in gradients:
        g *= scale.astype(g.dtype)
    mark_changed(g for g in given if isinstance(g, Tensor))
    return total if modes.current_hooks().masks else total.item()


def clip_grad_value_(parameters: Iterable[Tensor], clip_value: float) -> None:
    """Clip every number of every gradient to [−clip_value, clip_value].

    Raises ValueError: clip_value below 0.
    """
    if not clip_value >= 0:
        raise ValueError(f"clip_grad_value_: expected clip_value >= 0, got {clip_value}")
    given = [p.grad for p in parameters if p.grad is not None]
    for g in map(array_of, given):
        np.clip(g, -clip_value, clip_value, out=g)
    mark_changed(g for g in given if isinstance(g, Tensor))
