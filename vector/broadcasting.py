"""Undoing NumPy's broadcasting, in the one place where it is undone."""

from __future__ import annotations

from typing import Any


def unbroadcast(g: Any, shape: tuple[int, ...]) -> Any:
    """Sum g over the axes along which an operand of this shape was repeated; the transpose of broadcasting.

    Args:
        g: gradient of the broadcast result, an array or a Tensor.
        shape: the operand's own shape.

    >>> import numpy as np
    >>> unbroadcast(np.ones((4, 3)), (3,))
    array([4., 4., 4.])
    >>> unbroadcast(np.ones((4, 3)), (4, 1))
    array([[3.],
           [3.],
           [3.],
           [3.]])
    """
    added = len(g.shape) - len(shape)
    if added:
        g = g.sum(axis=tuple(range(added)))
        if g.shape == shape:
            return g
    stretched = tuple(i for i, n in enumerate(shape) if n == 1 and g.shape[i] != 1)
    return g.sum(axis=stretched, keepdims=True) if stretched else g
