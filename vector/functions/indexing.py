"""Functions that choose elements by their place, join arrays, and take them apart again."""

import itertools
import math
import operator
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.lib.array_utils import normalize_axis_index

from vector import rules
from vector.arrays import operand
from vector.functions.elementwise import where
from vector.functions.operand import Axis, cast, common_type, detached, named, whole
from vector.functions.shape import atleast_1d, atleast_2d, atleast_3d, moveaxis, ravel, reshape
from vector.trees import tree_leaves, tree_unflatten


def take(x: Any, indices: Any, axis: int | None = None, *, mode: str = "raise") -> Any:
    """The elements (along an axis: the slices) with the given indices; of the flat x without axis.

    Args:
        x: array of any shape.
        indices: whole numbers in any shape, which takes the axis's place; an index may come again.
        axis: None for the flat x.
        mode: what an index beyond the end does: "raise", "wrap" or "clip".

    Raises IndexError: there is an index, and no element to take; NumPy's "wrap" would never end.
    """
    x, places = operand(x), detached(whole(indices))
    endless = mode == "wrap" and places.size and not x.size
    if endless and (axis is None or not x.shape[normalize_axis_index(axis, x.ndim)]):
        raise IndexError(f"take: expected size >= 1 along axis {axis}, got shape {x.shape}")
    return rules.take(x, indices=places, axis=axis, mode=mode)


def take_along_axis(x: Any, indices: Any, axis: int | None = -1) -> Any:
    """For each place of `indices`, the element with that index along the axis, as `argsort` and `argmax` give them."""
    return rules.take_along_axis(operand(x), indices=detached(whole(indices)), axis=axis)


def compress(condition: Any, x: Any, axis: int | None = None) -> Any:
    """The slices along an axis for which the condition, a vector, holds; of the flat x without axis."""
    return rules.compress(operand(x), condition=detached(condition), axis=axis)


def extract(condition: Any, x: Any) -> Any:
    """The elements where the condition, of x's shape, holds, as a vector."""
    return compress(detached(condition).ravel(), ravel(x))


def delete(x: Any, obj: Any, axis: int | None = None) -> Any:
    """x without the given index, slice or indices along an axis; flat without one."""
    return rules.delete(operand(x), obj=obj if isinstance(obj, slice) else detached(whole(obj)), axis=axis)


def trim_zeros(filt: Any, trim: str = "fb", axis: Axis = None) -> Any:
    """Without the zeros at the front and at the back ("f", "b" or "fb") of each axis, or of the given ones.

    Raises ValueError: trim is none of these.
    """
    trim = trim.lower()
    if trim not in ("f", "b", "fb", "bf"):
        raise ValueError(f"trim_zeros: expected trim 'f', 'b' or 'fb', got {trim!r}")
    filt = operand(filt)
    places = np.argwhere(detached(filt))
    first, last = (places.min(0), places.max(0) + 1) if len(places) else (filt.shape, filt.shape)
    starts = [*first] if "f" in trim else [0] * filt.ndim
    stops = [*last] if "b" in trim else [*filt.shape]
    if not len(places) and trim == "b":
        stops = [0] * filt.ndim
    for i in {*range(filt.ndim)} - {*named(axis, filt.ndim)}:
        starts[i], stops[i] = 0, filt.shape[i]
    return rules.getitem(filt, index=tuple(slice(int(i), int(j)) for i, j in zip(starts, stops, strict=True)))


def choose(a: Any, choices: Sequence[Any], *, mode: str = "raise") -> Any:
    """For each place, the element there of the array choices[a]; all broadcast.

    Args:
        a: whole numbers below len(choices).
        choices: arrays.
        mode: what a number beyond the end does: "raise", "wrap" or "clip".
    """
    which: Any = detached(whole(a))
    dtype = common_type(*choices)
    alike = [cast(x, dtype) for x in choices]
    return _picked(lambda *positions: np.choose(which, positions, mode=mode), *alike)  # type: ignore[call-overload]


def select(condlist: Sequence[Any], choicelist: Sequence[Any], default: Any = 0) -> Any:
    """For each place, the element there of the first choice whose condition holds, else the default.

    Raises ValueError: not as many conditions as choices, or none.
    """
    if not 0 < len(condlist) == len(choicelist):
        raise ValueError(f"select: expected as many conditions as choices, got {len(condlist)} and {len(choicelist)}")
    dtype = common_type(default, *choicelist)
    out = default
    for condition, choice in zip(reversed(condlist), reversed(choicelist), strict=True):
        out = where(condition, choice, out)
    return cast(out, dtype)


def replaced(x: Any, index: Any, values: Any) -> Any:
    """A copy of x with x[index] = values, where both can be differentiated; x itself stays as it is.

    Args:
        x: array of any shape.
        index: anything that x[index] takes; of a place that comes again, the last value counts.
        values: broadcast to the shape of x[index], and brought to x's dtype.

    >>> import numpy as np
    >>> replaced(np.zeros((2, 3)), (0, slice(1, None)), [5.0, 6.0])
    array([[0., 5., 6.],
           [0., 0., 0.]])
    """

    def assign(old: Any, new: Any) -> Any:
        old[index] = new
        return old

    x = operand(x)
    index = tuple(map(_plain, index)) if isinstance(index, tuple) else _plain(index)
    return _picked(assign, x, cast(values, x.dtype))


def _plain(part: Any) -> Any:
    return part if isinstance(part, (slice, type(None), type(...))) else detached(whole(part))


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

    Raises ValueError: the size along the axis is no multiple of the number of parts.
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
    slices = (slice(start, start + len(part)) for start, part in zip(starts, places, strict=True))
    return [rules.getitem(x, index=(*before, here)) for here in slices]
