"""Running sums, products and extrema along an axis."""

import operator
from typing import Any

import numpy as np

from vector.op import Op, linear


def part(x: Any, axis: int, *bounds: int | None) -> Any:
    """x[start:stop:step] along an axis."""
    return x[(slice(None),) * operator.index(axis % x.ndim) + (slice(*bounds),)]


def backwards(x: Any, axis: int) -> Any:
    """The elements in reverse order along an axis."""
    return part(x, axis, None, None, -1)


def _delayed(x: Any, axis: int, first: float) -> Any:
    """Each element one place later; the last one falls out, and `first` comes in."""
    kept = part(x, axis, None, -1)
    start = np.full(tuple(1 if i == axis % x.ndim else n for i, n in enumerate(x.shape)), first, x.dtype)
    return np.concatenate([start, kept], axis=axis)


def before(x: Any, axis: int) -> Any:
    """The product of the elements before each one along an axis; 1 for the first."""
    return np.cumprod(_delayed(x, axis, 1), axis=axis) if x.shape[axis] else x


def _recurrence(a: Any, b: Any, *, axis: int) -> Any:
    """The linear recurrence hᵢ = aᵢ·hᵢ₋₁ + bᵢ along an axis, from h₋₁ = 0."""
    if a.shape != b.shape:
        raise ValueError(f"recurrence: expected a and b of one shape, got {a.shape} and {b.shape}")
    a, b = np.moveaxis(a, axis, 0), np.moveaxis(b.astype(np.result_type(a.dtype, b.dtype)), axis, 0)
    rows = list(b[:1])
    for i in range(1, len(b)):
        rows.append(a[i] * rows[-1] + b[i])
    return np.moveaxis(np.stack(rows) if rows else b, 0, axis)


def _recurrence_back(g: Any, a: Any, axis: int) -> Any:
    """b̄ᵢ = ḡᵢ + aᵢ₊₁·b̄ᵢ₊₁: the same recurrence from the other end."""
    return backwards(recurrence(_delayed(backwards(a, axis), axis, 0), backwards(g, axis), axis=axis), axis)


def _cumprod_vjp(g: Any, out: Any, x: Any, *, axis: int) -> Any:
    """x̄ⱼ = Σₖ≥ⱼ ḡₖ·Πᵢ≤ₖ,ᵢ≠ⱼ xᵢ: what stands before j, times a recurrence over what follows; no 0 divides anything."""
    return before(x, axis) * _recurrence_back(g, x, axis) if x.shape[axis] else g


cumsum = linear(
    "cumsum", np.cumsum, lambda g, out, x, *, axis: backwards(np.cumsum(backwards(g, axis), axis=axis), axis)
)
cumprod = Op("cumprod", np.cumprod, [_cumprod_vjp])
recurrence = Op("recurrence", _recurrence, [
    lambda g, out, a, b, *, axis: _recurrence_back(g, a, axis) * _delayed(out, axis, 0),
    lambda g, out, a, b, *, axis: _recurrence_back(g, a, axis),
])  # fmt: skip
