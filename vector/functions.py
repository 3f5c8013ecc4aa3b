"""The functions of the public surface that take parameters; the others are rows of the rule table themselves.

Each has NumPy's name, arguments and meaning, works on arrays and Tensors alike, and is what `np.f(tensor)` and
`tensor.f()` call.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from vector import rules

Axis = int | tuple[int, ...] | None


def sum(x: Any, axis: Axis = None, keepdims: bool = False) -> Any:
    """Sum over the given axes, all by default; the gradient is g, repeated."""
    return rules.total(x, axis=axis, keepdims=keepdims)


def mean(x: Any, axis: Axis = None, keepdims: bool = False) -> Any:
    """Mean over the given axes, all by default; the gradient is g / n, repeated."""
    return rules.mean(x, axis=axis, keepdims=keepdims)


def max(x: Any, axis: Axis = None, keepdims: bool = False) -> Any:
    """Largest element over the given axes; elements that tie share the gradient equally."""
    return rules.amax(x, axis=axis, keepdims=keepdims)


def min(x: Any, axis: Axis = None, keepdims: bool = False) -> Any:
    """Smallest element over the given axes; elements that tie share the gradient equally."""
    return rules.amin(x, axis=axis, keepdims=keepdims)


def reshape(x: Any, shape: int | Sequence[int]) -> Any:
    """The same numbers in another shape, in C order."""
    return rules.reshape(x, shape=shape)


def ravel(x: Any) -> Any:
    """The same numbers as one axis, in C order."""
    return rules.reshape(x, shape=(-1,))


def squeeze(x: Any, axis: Axis = None) -> Any:
    """Without the axes of size 1 (or without the ones named)."""
    return rules.reshape(x, shape=np.squeeze(np.broadcast_to(0, x.shape), axis).shape)


def expand_dims(x: Any, axis: int | tuple[int, ...]) -> Any:
    """With new axes of size 1 at the given places of the result."""
    return rules.reshape(x, shape=np.expand_dims(np.broadcast_to(0, x.shape), axis).shape)


def transpose(x: Any, axes: Sequence[int] | None = None) -> Any:
    """Axes in the given order, reversed by default."""
    return rules.transpose(x, axes=axes if axes is None else tuple(axes))


def swapaxes(x: Any, axis1: int, axis2: int) -> Any:
    """Two axes exchanged."""
    axes = list(range(len(x.shape)))
    axes[axis1], axes[axis2] = axes[axis2], axes[axis1]
    return rules.transpose(x, axes=tuple(axes))


def broadcast_to(x: Any, shape: int | Sequence[int]) -> Any:
    """Repeated to the given shape, as NumPy broadcasts."""
    return rules.broadcast_to(x, shape=shape)


def concatenate(arrays: Sequence[Any], axis: int = 0) -> Any:
    """Joined along an existing axis."""
    return rules.concatenate(*arrays, axis=axis)


def stack(arrays: Sequence[Any], axis: int = 0) -> Any:
    """Joined along a new axis."""
    return rules.stack(*arrays, axis=axis)


def where(condition: Any, x: Any, y: Any) -> Any:
    """x where the condition holds, else y; the branch not taken gets gradient 0."""
    return rules.where(condition, x, y)


def softmax(x: Any, axis: int = -1) -> Any:
    """exp(xᵢ) / Σⱼ exp(xⱼ) along an axis, finite for any x."""
    return rules.softmax(x, axis=axis)


def log_softmax(x: Any, axis: int = -1) -> Any:
    """ln softmax(x), without computing the softmax: exact where it would round to 0."""
    return rules.log_softmax(x, axis=axis)


def logsumexp(x: Any, axis: int = -1, keepdims: bool = False) -> Any:
    """ln Σⱼ exp(xⱼ) along an axis, finite for any x; its derivative is softmax."""
    return rules.logsumexp(x, axis=axis, keepdims=keepdims)
