"""Sorting by value, and the quantiles that come of it. The gradient of an element goes where the element came from."""

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from vector import rules
from vector.arrays import operand
from vector.functions.operand import Axis, cast, common_type, detached, floating, named


def sort(x: Any, axis: int | None = -1, *, kind: str | None = None, stable: bool | None = None) -> Any:
    """In increasing order along an axis (None: of all elements); always stable, whatever kind is asked for."""
    x = operand(x)
    return rules.sort(x, axis=axis) if axis is not None else rules.sort(rules.reshape(x, shape=(-1,)), axis=0)


def partition(x: Any, kth: int | Sequence[int], axis: int | None = -1) -> Any:
    """The kth smallest element in its place along an axis, smaller ones before it, larger ones after it."""
    x = operand(x)
    if axis is None:
        x, axis = rules.reshape(x, shape=(-1,)), 0
    return rules.partition(x, kth=kth, axis=axis)


def median(x: Any, axis: Axis = None, *, keepdims: bool = False) -> Any:
    """The middle element, or the mean of the two middle ones; NaN of nothing."""
    return (quantile if operand(x).size else nanquantile)(x, 0.5, axis, keepdims=keepdims)


def quantile(x: Any, q: Any, axis: Axis = None, *, keepdims: bool = False) -> Any:
    """The number below which a part q of the elements lies, interpolated linearly; NaN if an element is.

    Args:
        x: array or Tensor.
        q: parts in [0, 1], plain numbers; their axes come first in the result.
        axis, keepdims: as for `sum`.

    Raises:
        ValueError: a part outside [0, 1], or no element.
    """
    x = floating(x)
    rows = _rows(x, axis)
    out = _interpolated(rows, q, rows.shape[-1])
    out = rules.where(np.isnan(detached(rows)).any(axis=-1), math.nan, out)
    return _folded(out, x, q, axis, keepdims)


def percentile(x: Any, q: Any, axis: Axis = None, *, keepdims: bool = False) -> Any:
    """`quantile` with parts of a hundred."""
    return quantile(x, _parts(q), axis, keepdims=keepdims)


def nanmedian(x: Any, axis: Axis = None, *, keepdims: bool = False) -> Any:
    """`median` of the elements that are not NaN."""
    return nanquantile(x, 0.5, axis, keepdims=keepdims)


def nanquantile(x: Any, q: Any, axis: Axis = None, *, keepdims: bool = False) -> Any:
    """`quantile` of the elements that are not NaN; NaN if none is left."""
    x = floating(x)
    rows = _rows(x, axis)
    if not rows.shape[-1]:
        rows = np.full((*rows.shape[:-1], 1), math.nan, rows.dtype)
    return _folded(_interpolated(rows, q, (~np.isnan(rows)).sum(axis=-1)), x, q, axis, keepdims)


def nanpercentile(x: Any, q: Any, axis: Axis = None, *, keepdims: bool = False) -> Any:
    """`percentile` of the elements that are not NaN."""
    return nanquantile(x, _parts(q), axis, keepdims=keepdims)


def _parts(q: Any) -> Any:
    """Parts of a hundred as parts of 1; a bare number stays one, which is weak among dtypes."""
    return q / 100 if isinstance(q, (int, float)) else detached(q) / 100


def _rows(x: Any, axis: Axis) -> Any:
    """The axes that are folded away as one, the last."""
    folded = named(axis, x.ndim)
    kept = [i for i in range(x.ndim) if i not in folded]
    moved = rules.transpose(x, axes=(*kept, *folded))
    return rules.reshape(moved, shape=(*(x.shape[i] for i in kept), math.prod(x.shape[i] for i in folded)))


def _interpolated(rows: Any, q: Any, count: Any) -> Any:
    """Between the two elements beside place q·(count − 1) of each sorted row; q's axes first."""
    dtype = common_type(rows, q)
    q = np.asarray(q, float)
    if not np.all((q >= 0) & (q <= 1)) or rows.shape[-1] == 0:
        raise ValueError(f"quantile: expected 0 <= q <= 1 (percentile: 100), got {q} of {rows.shape[-1]} elements")
    ordered = rules.sort(rows, axis=-1)
    lead = rows.shape[:-1]
    place = np.broadcast_to(q.reshape(q.shape + (1,) * len(lead)) * np.maximum(count - 1, 0), q.shape + lead)
    grid = np.ogrid[tuple(slice(n) for n in lead)]
    below, above = (ordered[(*grid, edge(place).astype(int))] for edge in (np.floor, np.ceil))
    on = (place % 1).astype(dtype)
    with np.errstate(invalid="ignore"):
        out = below + cast(above - below, dtype) * on
    far = np.isinf(below) | np.isinf(above)  # there is a sum, where the difference of infinities is none
    return rules.where(far, cast(below + rules.where(on > 0, above, 0), dtype), out)


def _folded(out: Any, x: Any, q: Any, axis: Axis, keepdims: bool) -> Any:
    """The result with its folded axes, if they are to be kept."""
    folded = named(axis, x.ndim)
    shape = tuple(1 if i in folded else n for i, n in enumerate(x.shape))
    return rules.reshape(out, shape=np.shape(q) + shape) if keepdims else out
