"""Functions that fold axes away.

`axis` is an axis, several, or None for all; `keepdims` leaves them with size 1; `where` is a mask of the elements
that count, and `initial` a number that counts with them.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from vector import rules
from vector.functions.operand import Axis, cast, extremes, floating, operand
from vector.op import Op

__all__ = [
    "average", "max", "mean", "min", "nanmax", "nanmean", "nanmin", "nanprod", "nanstd", "nansum", "nanvar",
    "prod", "ptp", "std", "sum", "var",
]  # fmt: skip


def sum(x: Any, axis: Axis = None, *, keepdims: bool = False, initial: Any = None, where: Any = None) -> Any:
    """Sum; the gradient is g, repeated."""
    out = rules.total(_filled(x, where, 0), axis=axis, keepdims=keepdims)
    return out if initial is None else rules.add(out, _like(out, initial))


def prod(x: Any, axis: Axis = None, *, keepdims: bool = False, initial: Any = None, where: Any = None) -> Any:
    """Product; each factor's gradient is g times the product of the others, also where factors are 0."""
    out = rules.prod(_filled(x, where, 1), axis=axis, keepdims=keepdims)
    return out if initial is None else rules.multiply(out, _like(out, initial))


def mean(x: Any, axis: Axis = None, *, keepdims: bool = False, where: Any = None) -> Any:
    """Mean; the gradient is g / n, repeated."""
    if where is None:
        return rules.mean(x, axis=axis, keepdims=keepdims)
    x = floating(x)
    wide = _wide(x)
    return cast(sum(wide, axis, keepdims=keepdims, where=where) / _count(wide, axis, keepdims, where), x.dtype)


def average(x: Any, axis: Axis = None, weights: Any = None, *, keepdims: bool = False) -> Any:
    """Σ w·x / Σ w; weights of one dimension lie along `axis`, others have x's shape."""
    x = operand(x)
    if weights is None:
        return mean(x, axis, keepdims=keepdims)
    weights = operand(weights)
    dtype = np.result_type(x.dtype, weights.dtype, *(() if x.dtype.kind == "f" else (np.float64,)))
    if np.shape(weights) != x.shape:
        if not hasattr(axis, "__index__") or np.shape(weights) != (x.shape[axis],):
            raise ValueError(
                f"average: expected weights of x's shape {x.shape}, or 1-D along axis; {np.shape(weights)}"
            )
        weights = rules.reshape(weights, shape=tuple(-1 if i == axis % x.ndim else 1 for i in range(x.ndim)))
    x, weights = cast(x, dtype), cast(weights, dtype)
    spread = rules.broadcast_to(weights, shape=x.shape)
    return sum(x * weights, axis, keepdims=keepdims) / sum(spread, axis, keepdims=keepdims)


def var(x: Any, axis: Axis = None, *, ddof: float = 0, keepdims: bool = False, where: Any = None) -> Any:
    """Σ(xᵢ − mean)² / (n − ddof); PyTorch's default is ddof = 1, NumPy's and ours 0."""
    x = floating(x)
    if where is None:
        return cast(rules.var(_wide(x), axis=axis, ddof=ddof, keepdims=keepdims), x.dtype)
    wide = _wide(x)
    off = _filled(wide - mean(wide, axis, keepdims=True, where=where), where, 0)
    freedom = np.maximum(_count(wide, axis, keepdims, where) - ddof, 0)
    return cast(sum(rules.square(off), axis, keepdims=keepdims) / freedom, x.dtype)


def std(x: Any, axis: Axis = None, *, ddof: float = 0, keepdims: bool = False, where: Any = None) -> Any:
    """√var; the gradient is 0 where all elements are equal, as in PyTorch."""
    x = floating(x)
    if where is None:
        return cast(rules.std(_wide(x), axis=axis, ddof=ddof, keepdims=keepdims), x.dtype)
    squared = var(x, axis, ddof=ddof, keepdims=keepdims, where=where)
    flat = squared == 0
    return rules.where(flat, 0, rules.sqrt(rules.where(flat, 1, squared)))


def max(x: Any, axis: Axis = None, *, keepdims: bool = False, initial: Any = None, where: Any = None) -> Any:
    """Largest element; elements that tie share the gradient equally."""
    out = rules.amax(_bounded(x, where, initial, 0), axis=axis, keepdims=keepdims)
    return out if initial is None else rules.maximum(out, _like(out, initial))


def min(x: Any, axis: Axis = None, *, keepdims: bool = False, initial: Any = None, where: Any = None) -> Any:
    """Smallest element; elements that tie share the gradient equally."""
    out = rules.amin(_bounded(x, where, initial, 1), axis=axis, keepdims=keepdims)
    return out if initial is None else rules.minimum(out, _like(out, initial))


def ptp(x: Any, axis: Axis = None, *, keepdims: bool = False) -> Any:
    """Largest element minus smallest."""
    return max(x, axis, keepdims=keepdims) - min(x, axis, keepdims=keepdims)


# ---------------------------------------------------------------- without NaNs


def nansum(x: Any, axis: Axis = None, *, keepdims: bool = False) -> Any:
    """Sum of the elements that are not NaN."""
    return sum(x, axis, keepdims=keepdims, where=~np.isnan(operand(x)))


def nanprod(x: Any, axis: Axis = None, *, keepdims: bool = False) -> Any:
    """Product of the elements that are not NaN."""
    return prod(x, axis, keepdims=keepdims, where=~np.isnan(operand(x)))


def nanmean(x: Any, axis: Axis = None, *, keepdims: bool = False) -> Any:
    """Mean of the elements that are not NaN."""
    return mean(x, axis, keepdims=keepdims, where=~np.isnan(operand(x)))


def nanvar(x: Any, axis: Axis = None, *, ddof: float = 0, keepdims: bool = False) -> Any:
    """Variance of the elements that are not NaN."""
    return var(x, axis, ddof=ddof, keepdims=keepdims, where=~np.isnan(operand(x)))


def nanstd(x: Any, axis: Axis = None, *, ddof: float = 0, keepdims: bool = False) -> Any:
    """Standard deviation of the elements that are not NaN."""
    return std(x, axis, ddof=ddof, keepdims=keepdims, where=~np.isnan(operand(x)))


def nanmax(x: Any, axis: Axis = None, *, keepdims: bool = False) -> Any:
    """Largest of the elements that are not NaN; NaN if none is left."""
    return _or_nan(rules.amax, 0, operand(x), axis, keepdims)


def nanmin(x: Any, axis: Axis = None, *, keepdims: bool = False) -> Any:
    """Smallest of the elements that are not NaN; NaN if none is left."""
    return _or_nan(rules.amin, 1, operand(x), axis, keepdims)


def _or_nan(extremum: Op, end: int, x: Any, axis: Axis, keepdims: bool) -> Any:
    absent = np.isnan(x)
    out = extremum(_filled(x, ~absent, extremes(x.dtype)[end]), axis=axis, keepdims=keepdims)
    missing = np.all(absent, axis=axis, keepdims=keepdims)
    return rules.where(missing, math.nan, out) if np.any(missing) else out


def _filled(x: Any, where: Any, filler: float) -> Any:
    """x with a number in the places that do not count."""
    return x if where is None else rules.where(where, x, filler)


def _bounded(x: Any, where: Any, initial: Any, end: int) -> Any:
    """x with the dtype's least (end 0) or greatest number (1) in the places that do not count."""
    if where is not None and initial is None:
        raise ValueError("expected initial= beside where=, the extremum of no elements; pass initial=-np.inf or np.inf")
    return x if where is None else _filled(x, where, extremes(operand(x).dtype)[end])


def _like(out: Any, initial: Any) -> Any:
    """The first number of a reduction, in the dtype of its result, as NumPy takes it; a Tensor in its own."""
    return initial if hasattr(initial, "_apply") else cast(initial, out.dtype)


def _wide(x: Any) -> Any:
    """x in a dtype in which sums and counts stay finite, as NumPy's mean does it."""
    return cast(x, np.dtype(np.float32)) if x.dtype == np.float16 else x


def _count(x: Any, axis: Axis, keepdims: bool, where: Any) -> Any:
    """How many elements count, in x's dtype."""
    return np.sum(np.broadcast_to(where, x.shape), axis=axis, keepdims=keepdims).astype(x.dtype)
