"""Running sums, products and extrema, differences, and integrals along an axis."""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.lib.array_utils import normalize_axis_index

from vector import rules
from vector.arrays import operand
from vector.functions.operand import cast, detached, floating, named
from vector.functions.shape import atleast_1d
from vector.rules.cumulative import part
from vector.rules.order import along


def cumsum(x: Any, axis: int | None = None, dtype: Any = None) -> Any:
    """x₀, x₀ + x₁, …; over all elements, as one axis, by default."""
    return cast(rules.cumsum(_line(cast(x, dtype), axis), axis=axis or 0), dtype)


def cumprod(x: Any, axis: int | None = None, dtype: Any = None) -> Any:
    """x₀, x₀·x₁, …; over all elements, as one axis, by default. Its gradient is right where factors are 0."""
    return cast(rules.cumprod(_line(cast(x, dtype), axis), axis=axis or 0), dtype)


def cumulative_sum(x: Any, *, axis: int | None = None, dtype: Any = None, include_initial: bool = False) -> Any:
    """cumsum, with `include_initial` starting from 0; more than one axis asks for `axis`."""
    return cast(_cumulative(cumsum, cast(x, dtype), axis, 0 if include_initial else None), dtype)


def cumulative_prod(x: Any, *, axis: int | None = None, dtype: Any = None, include_initial: bool = False) -> Any:
    """cumprod, with `include_initial` starting from 1; more than one axis asks for `axis`."""
    return cast(_cumulative(cumprod, cast(x, dtype), axis, 1 if include_initial else None), dtype)


def _cumulative(running: Callable[..., Any], x: Any, axis: int | None, first: float | None) -> Any:
    x = atleast_1d(x)
    axes = named(axis, x.ndim)
    if len(axes) != 1:
        raise ValueError(f"{running.__name__}: expected one axis= of an array of shape {x.shape}, got {axis}")
    (axis,) = axes
    out = running(x, axis)
    return out if first is None else rules.concatenate(*_layers(x, cast(first, x.dtype), axis), out, axis=axis)


def nancumsum(x: Any, axis: int | None = None, dtype: Any = None) -> Any:
    """cumsum that counts NaN as 0."""
    return cumsum(rules.where(np.isnan(operand(x)), 0, x), axis, dtype)


def nancumprod(x: Any, axis: int | None = None, dtype: Any = None) -> Any:
    """cumprod that counts NaN as 1."""
    return cumprod(rules.where(np.isnan(operand(x)), 1, x), axis, dtype)


def cummax(x: Any, axis: int = 0) -> Any:
    """The largest element so far; of elements that tie the last one gets the gradient, as in PyTorch."""
    return _records(x, np.maximum, axis)


def cummin(x: Any, axis: int = 0) -> Any:
    """The smallest element so far; of elements that tie the last one gets the gradient, as in PyTorch."""
    return _records(x, np.minimum, axis)


def _records(x: Any, ufunc: np.ufunc, axis: int) -> Any:
    x, plain = operand(x), detached(x)
    record = (plain == ufunc.accumulate(plain, axis=axis)) | np.isnan(plain)
    places = np.arange(plain.shape[axis]).reshape(_lying(plain, axis))
    return along(x, np.maximum.accumulate(np.where(record, places, 0), axis=axis), axis)


def diff(x: Any, n: int = 1, axis: int = -1, *, prepend: Any = None, append: Any = None) -> Any:
    """xᵢ₊₁ − xᵢ, n times; `prepend` and `append` come first and last before that."""
    if n < 0:
        raise ValueError(f"diff: expected n >= 0, got {n}")
    if n == 0:
        return x
    x = operand(x)
    axis = normalize_axis_index(axis, x.ndim)
    if prepend is not None or append is not None:
        x = rules.concatenate(*_layers(x, prepend, axis), x, *_layers(x, append, axis), axis=axis)
    for _ in range(n):
        wide = cast(x, np.int8) if x.dtype.kind == "b" else x  # of booleans: where they change
        x = cast(part(wide, axis, 1, None) - part(wide, axis, None, -1), x.dtype)
    return x


def _layers(x: Any, end: Any, axis: int) -> list[Any]:
    """What stands beside x along an axis: nothing for None, of a number a layer, an array as it is."""
    if end is None:
        return []
    end = operand(end)
    layer = tuple(1 if i == axis % x.ndim else n for i, n in enumerate(x.shape))
    return [end if np.ndim(end) else rules.broadcast_to(end, shape=layer)]


def ediff1d(x: Any, to_end: Any = None, to_begin: Any = None) -> Any:
    """The differences of all elements, as one axis, between what comes first and last.

    Raises TypeError: what comes first or last loses something in x's dtype, as 0.5 does among whole numbers.
    """
    x = operand(x)
    for end in (to_begin, to_end):
        if end is not None and not np.can_cast(operand(end).dtype, x.dtype, "same_kind"):
            raise TypeError(f"ediff1d: expected ends that can be {x.dtype}, like x, got {operand(end).dtype}")
    parts = (y for y in (to_begin, diff(_line(x, None)), to_end) if y is not None)
    joined = [_line(cast(y, x.dtype), None) for y in parts]
    return rules.concatenate(*joined) if len(joined) > 1 else joined[0]


def trapezoid(y: Any, x: Any = None, dx: float = 1.0, axis: int = -1) -> Any:
    """∫ y dx by the trapezoidal rule; x of one dimension lies along `axis`, others have y's shape."""
    y, width = operand(y), dx
    if x is not None:
        x = operand(x)
        width = diff(x, axis=-1 if x.ndim == 1 else axis)
        if x.ndim == 1:
            width = rules.reshape(width, shape=_lying(y, axis))
    return rules.sum(rules.multiply(width, part(y, axis, 1, None) + part(y, axis, None, -1)) / 2, axis=axis)


def gradient(f: Any, *varargs: Any, axis: int | Sequence[int] | None = None, edge_order: int = 1) -> Any:
    """How fast f changes along each axis: central differences, one-sided ones at the edges.

    Args:
        f: samples on a grid.
        varargs: for each axis, or for all, the distance of the samples or, as an array, their places; 1 by default.
        axis: along which; all by default.
        edge_order: 1 or 2, the order of accuracy at the edges.

    Returns one array of f's shape for one axis, a tuple of them for several.

    Raises ValueError: an axis has no more samples than edge_order, or varargs fit neither one nor every axis.
    """
    f = floating(f)
    axes = named(axis, f.ndim)
    spacings = varargs or (1.0,)
    if len(spacings) == 1:
        spacings = spacings * len(axes)
    if len(spacings) != len(axes):
        raise ValueError(f"gradient: expected 0, 1 or {len(axes)} spacings, one for each axis, got {len(varargs)}")
    slopes = [_slope(f, spacing, i, edge_order) for spacing, i in zip(spacings, axes, strict=True)]
    return slopes[0] if len(slopes) == 1 else tuple(slopes)


def _slope(f: Any, spacing: Any, axis: int, edge_order: int) -> Any:
    """Along one axis.

    Through each three neighbours goes a parabola. Its slope in the middle counts; for edge_order 2 also those at the
    edges.
    """
    n = f.shape[axis]
    if edge_order not in (1, 2) or n <= edge_order:
        raise ValueError(f"gradient: expected 1 <= edge_order <= 2 and more samples, got {edge_order} and {n} samples")
    places = floating(spacing)
    h = diff(places) if places.ndim else rules.broadcast_to(places, shape=(n - 1,))
    h = rules.reshape(cast(h, f.dtype), shape=_lying(f, axis))
    rise = diff(f, axis=axis) / h  # the slope of each interval
    before, after = part(h, axis, None, -1), part(h, axis, 1, None)
    bend = diff(rise, axis=axis) / (before + after)  # the parabola's second divided difference
    inner = part(rise, axis, None, -1) + before * bend
    if not places.ndim:  # what is the same without the number in the middle, which may be infinite
        inner = (part(f, axis, 2, None) - part(f, axis, None, -2)) / (before + after)
    first, last = part(rise, axis, 0, 1), part(rise, axis, n - 2, None)
    if edge_order == 2:
        first = first - part(h, axis, 0, 1) * part(bend, axis, 0, 1)
        last = last + part(h, axis, n - 2, None) * part(bend, axis, n - 3, None)
    return rules.concatenate(first, inner, last, axis=axis)


def _lying(x: Any, axis: int) -> tuple[int, ...]:
    """The shape of a line along this axis of x."""
    return tuple(-1 if i == axis % x.ndim else 1 for i in range(x.ndim))


def _line(x: Any, axis: int | None) -> Any:
    return rules.reshape(x, shape=(-1,)) if axis is None or x.ndim == 0 else x
