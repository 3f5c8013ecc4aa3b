"""Functions of functions."""

import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.lib.array_utils import normalize_axis_index

from vector.arrays import operand
from vector.functions.elementwise import where
from vector.functions.indexing import replaced, stack
from vector.functions.operand import cast, detached
from vector.functions.shape import expand_dims, moveaxis, reshape

_Function = Callable[..., Any]


def apply_along_axis(func1d: _Function, axis: int, arr: Any, *args: Any) -> Any:
    """func1d(row, *args) of every row along an axis; the results' own axes take its place.

    Raises ValueError: there is no row, so what func1d would give is unknown.
    """
    arr = operand(arr)
    axis = normalize_axis_index(axis, arr.ndim)
    lead = arr.shape[:axis] + arr.shape[axis + 1 :]
    count = math.prod(lead)
    if count == 0:
        raise ValueError(f"apply_along_axis: expected at least one row, got shape {arr.shape}")
    rows = reshape(moveaxis(arr, axis, -1), (count, arr.shape[axis]))
    out = stack([func1d(rows[i], *args) for i in range(count)])
    own = range(out.ndim - 1)
    return moveaxis(reshape(out, lead + out.shape[1:]), [len(lead) + i for i in own], [axis + i for i in own])


def apply_over_axes(func: _Function, a: Any, axes: int | Sequence[int]) -> Any:
    """func(a, axis) for one axis after the other, each kept with size 1 where func folds it away."""
    out = operand(a)
    for axis in np.atleast_1d(axes).tolist():
        place = normalize_axis_index(axis, out.ndim)
        folded = func(out, place)
        out = folded if folded.ndim == out.ndim else expand_dims(folded, place)
    return out


def piecewise(x: Any, condlist: Any, funclist: Sequence[Any], *args: Any) -> Any:
    """For each place, the function there of the last condition that holds, applied to x where it holds.

    Args:
        x: array of any shape.
        condlist: conditions of x's shape, plain; or, of a vector or a number, only one.
        funclist: a function f(x[condition], *args) or a number for each; one more is for the places where none holds.
        args: passed on.

    Raises ValueError: conditions of another shape, or neither as many functions as conditions nor one more.
    """
    x = operand(x)
    if np.ndim(condlist) == x.ndim < 2:
        condlist = [condlist]
    conditions = [np.asarray(detached(condition), bool) for condition in condlist]
    if any(condition.shape != x.shape for condition in conditions):
        raise ValueError(f"piecewise: expected a list of conditions of x's shape {x.shape}; write [x < 0, x > 1]")
    if len(funclist) == len(conditions) + 1:
        conditions.append(~np.any(conditions, axis=0))
    if len(funclist) != len(conditions):
        raise ValueError(f"piecewise: expected {len(conditions)} functions, or one more, got {len(funclist)}")
    out: Any = np.zeros(x.shape, x.dtype)
    for condition, function in zip(conditions, funclist, strict=True):
        if not callable(function):
            out = where(condition, cast(function, out.dtype), out)
        elif math.prod(condition.shape) and condition.any():
            out = replaced(out, condition, function(x[condition], *args))
    return out
