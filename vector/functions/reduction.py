"""Functions that fold axes away.

`axis` is an axis, several, or None for all; `keepdims` leaves them with size 1; `where` is a mask of the elements
that count, and `initial` a number that counts with them.
"""

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from vector import rules
from vector.arrays import operand
from vector.functions.operand import Axis, cast, common_type, detached, extremes, floating, named
from vector.op import Op


def sum(
    x: Any, axis: Axis = None, *, dtype: Any = None, keepdims: bool = False, initial: Any = None, where: Any = None
) -> Any:
    """Sum; the gradient is g, repeated."""
    if dtype is None and where is None and initial is None:  # as nearly always
        return rules.sum(x, axis=axis, keepdims=keepdims)
    out = cast(rules.sum(_filled(cast(x, dtype), where, 0), axis=axis, keepdims=keepdims), dtype)
    return out if initial is None else rules.add(out, _like(out, initial))


def prod(
    x: Any, axis: Axis = None, *, dtype: Any = None, keepdims: bool = False, initial: Any = None, where: Any = None
) -> Any:
    """Product; each factor's gradient is g times the product of the others, also where factors are 0."""
    out = cast(rules.prod(_filled(cast(x, dtype), where, 1), axis=axis, keepdims=keepdims), dtype)
    return out if initial is None else rules.multiply(out, _like(out, initial))


def mean(x: Any, axis: Axis = None, *, dtype: Any = None, keepdims: bool = False, where: Any = None) -> Any:
    """Mean; the gradient is g / n, repeated."""
    x = x if dtype is None else cast(_in(x, dtype, "mean, nanmean"), dtype)
    if where is None:
        return rules.mean(x, axis=axis, keepdims=keepdims)
    x = floating(x)
    wide = _wide(_filled(x, where, 0))
    return cast(sum(wide, axis, keepdims=keepdims) / _count(wide, axis, keepdims, where), x.dtype)


def average(x: Any, axis: Axis = None, weights: Any = None, returned: bool = False, *, keepdims: bool = False) -> Any:
    """Σ w·x / Σ w, and with `returned` Σ w; weights have x's shape, or lie along the given axes."""
    x = operand(x)
    if weights is None:
        out = mean(x, axis, keepdims=keepdims)
        return (out, np.full(out.shape, x.size / (out.size or 1), out.dtype)) if returned else out
    weights = operand(weights)
    dtype = np.result_type(x.dtype, weights.dtype, *(() if x.dtype.kind == "f" else (np.float64,)))
    if np.shape(weights) != x.shape:
        axes = named(axis, x.ndim)
        if axis is None or np.shape(weights) != tuple(x.shape[i] for i in axes):
            raise ValueError(f"average: expected weights of x's shape {x.shape}, or axis'; got {np.shape(weights)}")
        weights = rules.transpose(weights, axes=tuple(np.argsort(axes).tolist()))
        weights = rules.reshape(weights, shape=tuple(n if i in axes else 1 for i, n in enumerate(x.shape)))
    x, weights = cast(x, dtype), cast(weights, dtype)
    total = sum(rules.broadcast_to(weights, shape=x.shape), axis, keepdims=keepdims)
    out = sum(x * weights, axis, keepdims=keepdims) / total
    return (out, total) if returned else out


_mean = mean


def var(x: Any, axis: Axis = None, *, dtype: Any = None, ddof: float = 0, keepdims: bool = False, where: Any = None,
        mean: Any = None, correction: float | None = None) -> Any:  # fmt: skip
    """Σ(xᵢ − mean)² / (n − ddof); PyTorch's default is ddof = 1, NumPy's and ours 0.

    `correction` is another name of ddof, and `mean` a mean that is known, with its axes kept.
    """
    x, mean = floating(x if dtype is None else _in(x, dtype, "var, nanvar")), None if mean is None else operand(mean)
    dtype = dtype or (x.dtype if mean is None else common_type(x, mean))
    ddof = ddof if correction is None else correction
    if where is None and mean is None:
        return cast(rules.var(_wide(x), axis=axis, ddof=ddof, keepdims=keepdims), dtype)
    where = True if where is None else where
    wide = _wide(_filled(x, where, 0))
    off = _filled(wide - (_mean(wide, axis, keepdims=True, where=where) if mean is None else mean), where, 0)
    freedom = np.maximum(_count(wide, axis, keepdims, where) - ddof, 0)
    return cast(sum(rules.square(off), axis, keepdims=keepdims) / freedom, dtype)


def std(x: Any, axis: Axis = None, *, dtype: Any = None, ddof: float = 0, keepdims: bool = False, where: Any = None,
        mean: Any = None, correction: float | None = None) -> Any:  # fmt: skip
    """√var; the gradient is 0 where all elements are equal, as in PyTorch."""
    x = floating(x if dtype is None else _in(x, dtype, "std, nanstd"))
    ddof = ddof if correction is None else correction
    if where is None and mean is None:
        return cast(rules.std(_wide(x), axis=axis, ddof=ddof, keepdims=keepdims), dtype or x.dtype)
    squared = var(x, axis, ddof=ddof, keepdims=keepdims, where=where, mean=mean)
    flat = squared == 0
    return cast(rules.where(flat, 0, rules.sqrt(rules.where(flat, 1, squared))), dtype or squared.dtype)


def max(x: Any, axis: Axis = None, *, keepdims: bool = False, initial: Any = None, where: Any = None) -> Any:
    """Largest element; elements that tie share the gradient equally."""
    if initial is None and where is None:  # as nearly always
        return rules.max(x, axis=axis, keepdims=keepdims)
    return _extremum(x, rules.max, rules.maximum, 0, axis, keepdims, initial, where)


def min(x: Any, axis: Axis = None, *, keepdims: bool = False, initial: Any = None, where: Any = None) -> Any:
    """Smallest element; elements that tie share the gradient equally."""
    if initial is None and where is None:  # as nearly always
        return rules.min(x, axis=axis, keepdims=keepdims)
    return _extremum(x, rules.min, rules.minimum, 1, axis, keepdims, initial, where)


def _extremum(x: Any, of_all: Op, of_two: Op, end: int, axis: Axis, keepdims: bool, initial: Any, where: Any) -> Any:
    """The dtype's least (end 0) or greatest number (1) stands in the places that do not count."""
    if initial is not None and not operand(x).size:
        return cast(sum(x, axis, keepdims=keepdims, initial=initial), operand(x).dtype)
    masked = where is not None and where is not True
    if masked and initial is None:
        raise ValueError("expected initial= beside where=, the extremum of no elements; pass initial=-np.inf or np.inf")
    if masked:
        x = _filled(x, where, extremes(operand(x).dtype)[end])
    out = of_all(x, axis=axis, keepdims=keepdims)
    return out if initial is None else of_two(out, _like(out, initial))


def ptp(x: Any, axis: Axis = None, *, keepdims: bool = False) -> Any:
    """Largest element minus smallest."""
    return max(x, axis, keepdims=keepdims) - min(x, axis, keepdims=keepdims)


def nansum(
    x: Any, axis: Axis = None, *, dtype: Any = None, keepdims: bool = False, initial: Any = None, where: Any = True
) -> Any:
    """Sum of the elements that are not NaN."""
    return sum(x, axis, dtype=dtype, keepdims=keepdims, initial=initial, where=_there(x, where))


def nanprod(
    x: Any, axis: Axis = None, *, dtype: Any = None, keepdims: bool = False, initial: Any = None, where: Any = True
) -> Any:
    """Product of the elements that are not NaN."""
    return prod(x, axis, dtype=dtype, keepdims=keepdims, initial=initial, where=_there(x, where))


def nanmean(x: Any, axis: Axis = None, *, dtype: Any = None, keepdims: bool = False, where: Any = True) -> Any:
    """Mean of the elements that are not NaN."""
    return mean(x, axis, dtype=dtype, keepdims=keepdims, where=_there(x, where))


def nanvar(x: Any, axis: Axis = None, *, dtype: Any = None, ddof: float = 0, keepdims: bool = False, where: Any = True,
           mean: Any = None, correction: float | None = None) -> Any:  # fmt: skip
    """Variance of the elements that are not NaN; NaN where they are no more than ddof."""
    return _of_enough(var, x, axis, where, ddof if correction is None else correction, keepdims, mean, dtype)


def nanstd(x: Any, axis: Axis = None, *, dtype: Any = None, ddof: float = 0, keepdims: bool = False, where: Any = True,
           mean: Any = None, correction: float | None = None) -> Any:  # fmt: skip
    """Standard deviation of the elements that are not NaN; NaN where they are no more than ddof."""
    return _of_enough(std, x, axis, where, ddof if correction is None else correction, keepdims, mean, dtype)


def _there(x: Any, where: Any) -> Any:
    """The elements that count and are not NaN."""
    return ~np.isnan(operand(x)) & detached(where)


def _of_enough(
    spread: Callable[..., Any], x: Any, axis: Axis, where: Any, ddof: float, keepdims: bool, mean: Any, dtype: Any
) -> Any:
    there = _there(x, where)
    few = np.sum(there, axis=axis, keepdims=keepdims) <= ddof
    x = floating(x)
    out = spread(x, axis, dtype=dtype or x.dtype, ddof=ddof, keepdims=keepdims, where=there, mean=mean)
    return rules.where(few, math.nan, out)


def nanmax(x: Any, axis: Axis = None, *, keepdims: bool = False, initial: Any = None, where: Any = True) -> Any:
    """Largest of the elements that are not NaN; NaN if none is left."""
    return _without_nan(max, operand(x), axis, keepdims, initial, where)


def nanmin(x: Any, axis: Axis = None, *, keepdims: bool = False, initial: Any = None, where: Any = True) -> Any:
    """Smallest of the elements that are not NaN; NaN if none is left."""
    return _without_nan(min, operand(x), axis, keepdims, initial, where)


def _without_nan(extremum: Any, x: Any, axis: Axis, keepdims: bool, initial: Any, where: Any) -> Any:
    if initial is not None or where is not True:
        return extremum(x, axis, keepdims=keepdims, initial=initial, where=_there(x, where))
    there = ~np.isnan(x)
    out = extremum(_filled(x, there, extremes(x.dtype)[extremum is min]), axis, keepdims=keepdims)
    return rules.where(np.any(there, axis=axis, keepdims=keepdims), out, math.nan) if x.dtype.kind == "f" else out


def _filled(x: Any, where: Any, filler: float) -> Any:
    """x with a number in the places that do not count."""
    return x if where is None else rules.where(where, x, filler)


def _in(x: Any, dtype: Any, name: str) -> Any:
    """The operand in a dtype that is as wide as the floating one in which a mean or a spread is asked for."""
    if np.dtype(dtype).kind != "f":
        raise TypeError(f"{name}: expected a floating dtype, got dtype {np.dtype(dtype)}; round the result instead")
    return cast(x, np.result_type(operand(x).dtype, dtype))


def _like(out: Any, initial: Any) -> Any:
    """The first number of a reduction, in the dtype of its result, as NumPy takes it; a Tensor in its own."""
    return initial if hasattr(initial, "_apply") else cast(initial, out.dtype)


def _wide(x: Any) -> Any:
    """x in a dtype in which sums and counts stay finite, as NumPy's mean does it."""
    return cast(x, np.dtype(np.float32)) if x.dtype == np.float16 else x


def _count(x: Any, axis: Axis, keepdims: bool, where: Any) -> Any:
    """How many elements count, in x's dtype."""
    return np.sum(np.broadcast_to(where, x.shape), axis=axis, keepdims=keepdims).astype(x.dtype)
