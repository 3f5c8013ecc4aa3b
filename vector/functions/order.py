"""Sorting by value, and the quantiles that come of it. The gradient of an element goes where the element came from."""

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from vector import rules
from vector.arrays import operand
from vector.functions.operand import Axis, cast, detached, named


def sort(x: Any, axis: int | None = -1, *, kind: str | None = None, stable: bool | None = None) -> Any:
    """In increasing order along an axis (None: of all elements); always stable, whatever kind is asked for."""
    x = operand(x) if axis is not None else rules.reshape(operand(x), shape=(-1,))
    return rules.sort(x, axis=0 if axis is None else axis)


def partition(x: Any, kth: int | Sequence[int], axis: int | None = -1) -> Any:
    """The kth smallest element in its place along an axis, smaller ones before it, larger ones after it."""
    x = operand(x) if axis is not None else rules.reshape(operand(x), shape=(-1,))
    return rules.partition(x, kth=kth, axis=0 if axis is None else axis)


def median(x: Any, axis: Axis = None, *, keepdims: bool = False) -> Any:
    """The middle element, or the mean of the two middle ones; NaN of nothing."""
    return _quantile(x, 0.5, axis, "median", keepdims)


def quantile(x: Any, q: Any, axis: Axis = None, *, method: str = "linear", keepdims: bool = False) -> Any:
    """The number below which a part q of the elements lies; NaN if an element is.

    Args:
        x: array or Tensor.
        q: parts in [0, 1], plain numbers; their axes come first in the result.
        axis, keepdims: as for `sum`.
        method: NumPy's name for where that number lies in the sorted elements and between them (Hyndman & Fan, "Sample
            quantiles in statistical packages", 1996).

    Raises ValueError: a part outside [0, 1], another method, or no element.
    """
    return _quantile(x, q, axis, method, keepdims)


def percentile(x: Any, q: Any, axis: Axis = None, *, method: str = "linear", keepdims: bool = False) -> Any:
    """`quantile` with parts of a hundred."""
    return _quantile(x, _parts(q), axis, method, keepdims)


def nanmedian(x: Any, axis: Axis = None, *, keepdims: bool = False) -> Any:
    """`median` of the elements that are not NaN."""
    return _quantile(x, 0.5, axis, "median", keepdims, skip=True)


def nanquantile(x: Any, q: Any, axis: Axis = None, *, method: str = "linear", keepdims: bool = False) -> Any:
    """`quantile` of the elements that are not NaN; NaN if none is left."""
    return _quantile(x, q, axis, method, keepdims, skip=True)


def nanpercentile(x: Any, q: Any, axis: Axis = None, *, method: str = "linear", keepdims: bool = False) -> Any:
    """`percentile` of the elements that are not NaN."""
    return _quantile(x, _parts(q), axis, method, keepdims, skip=True)


def _parts(q: Any) -> Any:
    """Parts of a hundred as parts of 1; a bare number stays one, which is weak among dtypes."""
    return q / 100 if isinstance(q, (int, float)) else detached(q) / 100


_PLACES: Mapping[str, Callable[[Any, Any], Any]] = {
    **dict.fromkeys(("linear", "median"), lambda n, q: (n - 1) * q),
    "midpoint": lambda n, q: 0.5 * (np.floor((n - 1) * q) + np.ceil((n - 1) * q)),
    "lower": lambda n, q: np.floor((n - 1) * q).astype(np.intp),
    "higher": lambda n, q: np.ceil((n - 1) * q).astype(np.intp),
    "nearest": lambda n, q: np.rint((n - 1) * q).astype(np.intp),
    "inverted_cdf": lambda n, q: np.ceil(n * q - 1).astype(np.intp),
    "closest_observation": lambda n, q: (np.rint(n * q - 2) + 1).astype(np.intp),  # halves to odd places
    **dict.fromkeys(("averaged_inverted_cdf", "interpolated_inverted_cdf"), lambda n, q: n * q - 1),
    "hazen": lambda n, q: n * q + 0.5 - 1,
    "weibull": lambda n, q: n * q + q - 1,
    "median_unbiased": lambda n, q: n * q + (1 + q) / 3 - 1,
    "normal_unbiased": lambda n, q: n * q + (3 + 2 * q) / 8 - 1,
}
"""Where a part q of n sorted elements ends, counted from 0; a whole number takes the element there."""


def _quantile(x: Any, q: Any, axis: Axis, method: str, keepdims: bool, skip: bool = False) -> Any:
    """All the quantiles; with `skip`, of the elements that are not NaN."""
    x, parts = operand(x), detached(q)
    folded = named(axis, x.ndim)
    lead = tuple(n for i, n in enumerate(x.shape) if i not in folded)
    moved = rules.transpose(x, axes=(*(i for i in range(x.ndim) if i not in folded), *folded))
    rows = rules.reshape(moved, shape=(*lead, math.prod(x.shape[i] for i in folded)))
    empty = rows.shape[-1] == 0
    if method not in _PLACES or not np.all((parts >= 0) & (parts <= 1)) or (empty and not skip and method != "median"):
        raise ValueError(
            f"quantile: expected 0 <= q <= 1 (percentile: 100), an element and a method among {', '.join(_PLACES)}, "
            f"got {parts} of {rows.shape[-1]} elements, {method!r}"
        )
    if empty:  # NumPy's answer has no axes of q then
        rows, parts = np.full((*lead, 1), math.nan, np.result_type(rows.dtype, 1.0)), np.zeros(())
    missing = np.isnan(rows)
    count = np.sum(~missing, axis=-1) if skip else rows.shape[-1]
    place = _PLACES[method](count, np.multiply.outer(parts, np.ones(lead, parts.dtype)))
    ordered = rules.sort(rows, axis=-1)
    out = _at(ordered, place, count, method, type(q) in (int, float))
    if ordered.dtype.kind == "f" and not skip:
        out = rules.where(missing.any(axis=-1), math.nan, out)
    kept = tuple(1 if i in folded else n for i, n in enumerate(x.shape))
    return rules.reshape(out, shape=parts.shape + kept) if keepdims else out


def _at(ordered: Any, place: Any, count: Any, method: str, weak: bool) -> Any:
    """The element at each place of each row, or between the two beside it; a weak part leaves the dtype to them."""
    grid = np.ogrid[tuple(slice(n) for n in ordered.shape[:-1])]
    low, last = np.floor(place), np.maximum(count - 1, 0)
    below, above = (ordered[(*grid, np.clip(i, 0, last).astype(np.intp))] for i in (low, low + 1))
    if place.dtype.kind in "iu":
        return below
    on = place - low
    if method == "median":
        return rules.where(on == 0, below, rules.mean(rules.stack(below, above), axis=0))
    if method == "averaged_inverted_cdf":
        on = np.where(on == 0, 0.5, 1)
    dtype = np.result_type(ordered.dtype, 1.0 if weak else place.dtype)
    on = on.astype(dtype)
    with np.errstate(invalid="ignore"):
        rise = cast(above - below, dtype)
        return rules.where(on >= 0.5, above - rise * (1 - on), below + rise * on)  # as NumPy does it
