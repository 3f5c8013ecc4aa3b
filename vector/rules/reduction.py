"""Functions that fold axes away."""

import math
import operator
from typing import Any

import numpy as np

from vector.op import Op, linear
from vector.rules.cumulative import part


def _spread(g: Any, shape: tuple[int, ...], axis: Any, keepdims: bool) -> Any:
    """Give g the axes back that a reduction folded away, with size 1."""
    if keepdims or axis is None:  # a number needs no axes to be broadcast along all
        return g
    named = (axis if isinstance(axis, tuple) else (axis,)) if shape else ()  # of a number it stays
    axes = {operator.index(a) % len(shape) for a in named}
    return np.reshape(g, tuple(1 if i in axes else n for i, n in enumerate(shape)))


def _share(g: Any, out: Any, x: Any, *, axis: Any = None, keepdims: bool = False) -> Any:
    """An extremum's gradient goes to the elements that attain it, in equal parts, as in PyTorch's amax."""
    attained = x == _spread(out, x.shape, axis, keepdims)
    count = np.sum(attained, axis=axis, keepdims=True, dtype=np.result_type(x.dtype, np.float32))
    return _spread(g, x.shape, axis, keepdims) * (attained / count)


def _sum_transpose(g: Any, out: Any, x: Any, *, axis: Any = None, keepdims: bool = False) -> Any:
    return np.broadcast_to(_spread(g, x.shape, axis, keepdims), x.shape)


def _mean_transpose(g: Any, out: Any, x: Any, *, axis: Any = None, keepdims: bool = False) -> Any:
    return _sum_transpose(_divided(g, x.size / (out.size or 1)), out, x, axis=axis, keepdims=keepdims)


def _divided(x: Any, count: float) -> Any:
    """x / count, also for counts that are infinite in float16, whose reciprocals are not 0."""
    return x / count if count < 65504 else x * (1 / count)


def _prod_vjp(g: Any, out: Any, x: Any, *, axis: Any = None, keepdims: bool = False) -> Any:
    """x̄ᵢ = ḡ times the product of the other factors, by which a 0 divides nothing."""
    axes = range(x.ndim) if axis is None else axis if isinstance(axis, tuple) else (axis,)
    return _spread(g, x.shape, axis, keepdims) * _others(x, sorted(operator.index(i) % x.ndim for i in axes if x.ndim))


def _others(x: Any, axes: list[int]) -> Any:
    """For each element, the product of the others."""
    if len(axes) < 2:
        return _rest(x, axes[0]) if axes else np.ones_like(x)
    last = (*range(-len(axes), 0),)
    moved = np.moveaxis(x, axes, last)
    flat = np.reshape(moved, (*moved.shape[: x.ndim - len(axes)], math.prod(x.shape[i] for i in axes)))
    return np.moveaxis(np.reshape(_rest(flat, -1), moved.shape), last, axes)


def _rest(x: Any, axis: int) -> Any:
    """For each element along an axis, the product of the others: of its partner, and of what the pair lacks."""
    n = x.shape[axis]
    if n < 2:
        return np.ones_like(x)
    x = np.concatenate([x, np.ones_like(part(x, axis, 1))], axis=axis) if n % 2 else x
    low, high = part(x, axis, x.shape[axis] // 2), part(x, axis, x.shape[axis] // 2, None)
    lacking = _rest(low * high, axis)
    both = np.concatenate([lacking * high, lacking * low], axis=axis)
    return part(both, axis, n) if n % 2 else both


def _deviations(x: Any, axis: Any, freedom: float) -> Any:
    """(x − mean) / (n − ddof)."""
    return _divided(x - np.mean(x, axis=axis, keepdims=True), freedom)


def _freedom(out: Any, x: Any, ddof: float) -> float:
    """n − ddof, and no less than NumPy divides by."""
    freedom = x.size / (out.size or 1) - ddof
    return freedom if freedom > 0 else math.nan


def _var_vjp(g: Any, out: Any, x: Any, *, axis: Any = None, ddof: float = 0, keepdims: bool = False) -> Any:
    return _spread(g, x.shape, axis, keepdims) * 2 * _deviations(x, axis, _freedom(out, x, ddof))


def _plain_var(x: Any, *, axis: Any = None, ddof: float = 0, keepdims: bool = False) -> Any:
    off = x - np.mean(x, axis=axis, keepdims=True)
    squares = np.sum(np.square(off), axis=axis, keepdims=keepdims)
    return squares / _freedom(squares, x, ddof)


def _equal(x: Any, axis: Any) -> Any:
    """Where all elements are equal; asked of them, because rounding may leave their std above 0."""
    return np.max(x, axis=axis, keepdims=True) == np.min(x, axis=axis, keepdims=True)


def _std_vjp(g: Any, out: Any, x: Any, *, axis: Any = None, ddof: float = 0, keepdims: bool = False) -> Any:
    """x̄ᵢ = ḡ·(xᵢ − mean) / ((n − ddof)·std), and 0 where all are equal."""
    g, out = (_spread(y, x.shape, axis, keepdims) for y in (g, out))
    if x.size == 0:
        return g * x
    equal = _equal(x, axis)
    return np.where(equal, 0, g) / np.where(equal, 1, out) * _deviations(x, axis, _freedom(g, x, ddof))


def _attained(out: Any, x: Any, *, axis: Any = None, keepdims: bool = False) -> Any:
    """The elements that share an extremum with others."""
    attained = x == _spread(out, x.shape, axis, keepdims)
    return [(attained & (np.sum(attained, axis=axis, keepdims=True) > 1), (0, 1))]


def _all_equal(out: Any, x: Any, *, axis: Any = None, ddof: float = 0, keepdims: bool = False) -> Any:
    return [(np.broadcast_to(_equal(x, axis), x.shape), (-1, 1))] if x.size else [None]


# fmt: off
sum   = linear("sum",  np.add.reduce, _sum_transpose, meaning="Σ x. Hands the whole gradient to each summand.")
mean  = linear("mean", np.mean, _mean_transpose, meaning="Σ x / n. Hands 1/n of the gradient to each element.")
max   = Op("max",      np.max,  [_share], kinks=_attained, meaning="max x. Routes the gradient to it; ties share.")
min   = Op("min",      np.min,  [_share], kinks=_attained, meaning="min x. Routes the gradient to it; ties share.")
prod  = Op("prod",     np.prod, [_prod_vjp], meaning="the product. Swaps: each x gets the gradient times the others.")
var   = Op("var",      np.var,  [_var_vjp], plain=_plain_var, meaning="Σ (x − mean)² / (n − ddof). Spreads x out.")
std   = Op("std",      np.std,  [_std_vjp], kinks=_all_equal, plain=lambda x, **more: np.sqrt(_plain_var(x, **more)),
           meaning="√(Σ (x − mean)² / (n − ddof)). Spreads x out.")
# fmt: on
