"""Functions that join arrays, and that take them apart again."""

import itertools
import math
import operator
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from vector import rules
from vector.arrays import operand
from vector.functions.operand import cast, detached, whole
from vector.functions.shape import atleast_1d, atleast_2d, atleast_3d, moveaxis, ravel, reshape
from vector.trees import tree_leaves, tree_unflatten


def concatenate(arrays: Sequence[Any], axis: int | None = 0, *, dtype: Any = None, casting: Any = "same_kind") -> Any:
    """Joined along an existing axis; flat without one; in the dtype if one is given, to which `casting` must lead."""
    arrays = _alike(arrays, dtype, casting)
    if axis is None:
        return rules.concatenate(*map(ravel, arrays), axis=0)
    return rules.concatenate(*map(operand, arrays), axis=axis)


def stack(arrays: Sequence[Any], axis: int = 0, *, dtype: Any = None, casting: Any = "same_kind") -> Any:
    """Joined along a new axis."""
    return rules.stack(*map(operand, _alike(arrays, dtype, casting)), axis=axis)


def hstack(arrays: Sequence[Any], *, dtype: Any = None, casting: Any = "same_kind") -> Any:
    """Joined side by side: vectors along axis 0, others along axis 1."""
    parts = [atleast_1d(x) for x in _alike(arrays, dtype, casting)]
    return concatenate(parts, 0 if parts[0].ndim == 1 else 1)


def vstack(arrays: Sequence[Any], *, dtype: Any = None, casting: Any = "same_kind") -> Any:
    """Joined one below the other along axis 0; a vector is a row."""
    return concatenate([atleast_2d(x) for x in _alike(arrays, dtype, casting)], 0)


def _alike(arrays: Sequence[Any], dtype: Any, casting: Any) -> Sequence[Any]:
    """The arrays in the dtype that is asked for; NumPy refuses one to which `casting` does not lead."""
    if dtype is None:
        return arrays
    return [cast(x, np.empty(0, operand(x).dtype).astype(dtype, casting=casting).dtype) for x in arrays]


def dstack(arrays: Sequence[Any]) -> Any:
    """Joined one behind the other along axis 2."""
    return concatenate([atleast_3d(x) for x in arrays], 2)


def column_stack(arrays: Sequence[Any]) -> Any:
    """Joined side by side along axis 1; a vector is a column."""
    return concatenate([x if x.ndim > 1 else reshape(x, (-1, 1)) for x in map(operand, arrays)], 1)


def append(x: Any, values: Any, axis: int | None = None) -> Any:
    """The values after x, along an axis; both flat without one."""
    return concatenate([x, values], axis)


def block(arrays: Any) -> Any:
    """One array from nested lists of blocks: the innermost lists are joined along the last axis, and so on outwards."""
    return _picked(lambda *blocks: np.block(tree_unflatten(arrays, iter(blocks))), *tree_leaves(arrays))


def insert(x: Any, obj: Any, values: Any, axis: int | None = None) -> Any:
    """x with the values put in before the given index, slice or indices, along an axis; flat without one."""
    x, obj = operand(x), obj if isinstance(obj, slice) else detached(whole(obj))
    return _picked(lambda old, new: np.insert(old, obj, new, axis), x, cast(values, x.dtype))


def _picked(function: Callable[..., Any], *arrays: Any) -> Any:
    """What a NumPy function gives that only picks numbers from several arrays.

    Which? It is applied to the numbers' positions in all the arrays laid end to end, and its answer is looked up.
    """
    parts = [operand(x) for x in arrays]
    ends = itertools.accumulate(math.prod(x.shape) for x in parts)
    positions = [np.arange(end - math.prod(x.shape), end).reshape(x.shape) for x, end in zip(parts, ends, strict=True)]
    return rules.getitem(concatenate(parts, None), index=function(*positions))


def array_split(x: Any, indices_or_sections: Any, axis: int = 0) -> list[Any]:
    """Parts of x along an axis: as many as asked for, of almost equal size, or cut before the given indices."""
    return _parts(np.array_split, x, indices_or_sections, axis)


def split(x: Any, indices_or_sections: Any, axis: int = 0) -> list[Any]:
    """Parts of x along an axis: as many as asked for, of equal size, or cut before the given indices.

    Raises:
        ValueError: the size along the axis is no multiple of the number of parts.
    """
    return _parts(np.split, x, indices_or_sections, axis)


def hsplit(x: Any, indices_or_sections: Any) -> list[Any]:
    """Parts of x side by side: along axis 1, of a vector along axis 0."""
    return split(x, indices_or_sections, 0 if operand(x).ndim == 1 else 1)


def vsplit(x: Any, indices_or_sections: Any) -> list[Any]:
    """Parts of x one below the other, along axis 0."""
    return split(x, indices_or_sections, 0)


def dsplit(x: Any, indices_or_sections: Any) -> list[Any]:
    """Parts of x one behind the other, along axis 2."""
    return split(x, indices_or_sections, 2)


def unstack(x: Any, *, axis: int = 0) -> tuple[Any, ...]:
    """The layers of x along an axis."""
    x = moveaxis(x, axis, 0)
    return tuple(x[i] for i in range(x.shape[0]))


def _parts(cut: Callable[..., list[Any]], x: Any, indices_or_sections: Any, axis: int) -> list[Any]:
    x = operand(x)
    before = (slice(None),) * operator.index(axis % len(x.shape))
    places = cut(np.arange(x.shape[axis]), detached(whole(indices_or_sections)))
    starts = [int(part[0]) if len(part) else 0 for part in places]
    return [
        rules.getitem(x, index=(*before, slice(start, start + len(part))))
        for start, part in zip(starts, places, strict=True)
    ]
