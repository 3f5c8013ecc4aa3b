"""Functions that choose elements by their place."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.lib.array_utils import normalize_axis_index

from vector import rules
from vector.arrays import operand
from vector.functions.elementwise import where
from vector.functions.joining import _picked
from vector.functions.operand import Axis, cast, common_type, detached, named, whole
from vector.functions.shape import ravel


def take(x: Any, indices: Any, axis: int | None = None, *, mode: str = "raise") -> Any:
    """The elements (along an axis: the slices) with the given indices; of the flat x without axis.

    Args:
        x: array of any shape.
        indices: whole numbers in any shape, which takes the axis's place; an index may come again.
        axis: None for the flat x.
        mode: what an index beyond the end does: "raise", "wrap" or "clip".

    Raises:
        IndexError: there is an index, and no element to take; NumPy's "wrap" would never end.
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

    Raises:
        ValueError: trim is none of these.
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

    Raises:
        ValueError: not as many conditions as choices, or none.
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
