"""Functions that give the same numbers in another shape or order."""

import math
from collections.abc import Sequence
from typing import Any, SupportsIndex

import numpy as np

from vector import rules
from vector.arrays import array_of, check_real, operand
from vector.functions.operand import Axis, cast, detached, whole


def reshape(x: Any, shape: int | Sequence[int], order: str = "C", *, copy: bool | None = None) -> Any:
    """The same numbers in another shape: read, and written, with the last axis fastest, or with order "F" the first.

    Order "A" is "F" for an array that lies so in memory; `copy` is without effect here, where nothing is written into.
    """
    x = operand(x)
    if order == "C" or (order == "A" and not np.isfortran(array_of(x))):
        return rules.reshape(x, shape=shape)
    if order not in ("F", "A"):
        raise ValueError(f"reshape: expected order 'C', 'F' or 'A', got {order!r}")
    sizes = (shape,) if isinstance(shape, SupportsIndex) else tuple(shape)
    return transpose(rules.reshape(transpose(x), shape=sizes[::-1]))


def ravel(x: Any, order: str = "C") -> Any:
    """The same numbers as one axis, in the order that `reshape` knows, or with "K" in that of the memory."""
    if order == "K":
        x = operand(x)
        return ravel(transpose(x, np.argsort(-np.abs(array_of(x).strides), kind="stable").tolist()))
    return reshape(x, (-1,), order)


def squeeze(x: Any, axis: Axis = None) -> Any:
    """Without the axes of size 1 (or without the ones named)."""
    return reshape(x, np.squeeze(_shell(x), axis).shape)


def expand_dims(x: Any, axis: int | tuple[int, ...]) -> Any:
    """With new axes of size 1 at the given places of the result."""
    return reshape(x, np.expand_dims(_shell(x), axis).shape)


def atleast_1d(*arrays: Any) -> Any:
    """Each with at least one axis; a tuple when there are several."""
    return _each(np.atleast_1d, arrays)


def atleast_2d(*arrays: Any) -> Any:
    """Each with at least two axes, new ones in front; a tuple when there are several."""
    return _each(np.atleast_2d, arrays)


def atleast_3d(*arrays: Any) -> Any:
    """Each with at least three axes, (n,) as (1, n, 1) and (m, n) as (m, n, 1); a tuple when there are several."""
    return _each(np.atleast_3d, arrays)


def _each(function: Any, arrays: tuple[Any, ...]) -> Any:
    shaped = tuple(reshape(x, function(_shell(x)).shape) for x in arrays)
    return shaped[0] if len(shaped) == 1 else shaped


def _shell(x: Any) -> Any:
    """An array of x's shape without memory of its own, to ask NumPy what a function does to that shape."""
    return np.broadcast_to(0, operand(x).shape)


def transpose(x: Any, axes: Sequence[int] | None = None) -> Any:
    """Axes in the given order, reversed by default."""
    return rules.transpose(operand(x), axes=axes if axes is None else tuple(axes))


def swapaxes(x: Any, axis1: int, axis2: int) -> Any:
    """Two axes exchanged."""
    return _turned(np.swapaxes, x, axis1, axis2)


def moveaxis(x: Any, source: int | Sequence[int], destination: int | Sequence[int]) -> Any:
    """The source axes at the given places, the others in their order.

    Raises ValueError: not as many sources as destinations.
    """
    if np.size(source) != np.size(destination):
        raise ValueError(f"moveaxis: expected as many sources as destinations, got {source} and {destination}")
    return _turned(np.moveaxis, x, source, destination)


def rollaxis(x: Any, axis: int, start: int = 0) -> Any:
    """One axis moved back until it stands before the axis `start`."""
    return _turned(np.rollaxis, x, axis, start)


def matrix_transpose(x: Any) -> Any:
    """The last two axes exchanged."""
    return swapaxes(x, -1, -2)


def _turned(function: Any, x: Any, *args: Any) -> Any:
    """x with its axes in the order in which a function of NumPy puts those of an array whose sizes number them."""
    x = operand(x)
    return rules.transpose(x, axes=function(np.empty(tuple(range(x.ndim))), *args).shape)


def flip(x: Any, axis: Axis = None) -> Any:
    """The elements in reverse order along the given axes, all by default."""
    return rules.flip(operand(x), axis=axis)


def fliplr(x: Any) -> Any:
    """Left and right exchanged: reversed along axis 1."""
    return flip(x, 1)


def flipud(x: Any) -> Any:
    """Up and down exchanged: reversed along axis 0."""
    return flip(x, 0)


def roll(x: Any, shift: int | Sequence[int], axis: Axis = None) -> Any:
    """The elements moved on by `shift` places; those pushed out at the end come in at the start."""
    return rules.roll(operand(x), shift=shift, axis=axis)


def rot90(x: Any, k: int = 1, axes: tuple[int, int] = (0, 1)) -> Any:
    """Turned k times by 90° in the plane of two axes, from the first towards the second."""
    return rules.rot90(operand(x), k=k, axes=axes)


def broadcast_to(x: Any, shape: int | Sequence[int]) -> Any:
    """Repeated to the given shape, as NumPy broadcasts."""
    return rules.broadcast_to(operand(x), shape=shape)


def broadcast_arrays(*arrays: Any) -> tuple[Any, ...]:
    """Each repeated to the shape that all have in common."""
    parts = [operand(x) for x in arrays]
    shape = np.broadcast_shapes(*(x.shape for x in parts))
    return tuple(broadcast_to(x, shape) for x in parts)


def tile(x: Any, reps: int | Sequence[int]) -> Any:
    """x laid side by side, reps[i] times along axis i; gradients of the copies add up."""
    return rules.tile(operand(x), reps=detached(reps).tolist())


def resize(x: Any, new_shape: int | Sequence[int]) -> Any:
    """The flat x in another shape, repeated as often as it takes; gradients of the copies add up."""
    x = operand(x)
    size = math.prod((new_shape,) if isinstance(new_shape, SupportsIndex) else new_shape)
    if x.size == 0 or size == 0:
        return np.zeros(new_shape, x.dtype)
    return rules.reshape(rules.take(x, indices=np.arange(size) % x.size, axis=None, mode="raise"), shape=new_shape)


def sliding_window_view(x: Any, window_shape: int | Sequence[int], axis: Axis = None) -> Any:
    """Every window of this shape, or of these sizes along the named axes, as further axes; a copy, unlike NumPy's."""
    x = operand(x)
    places = np.arange(x.size).reshape(x.shape)
    windows = np.lib.stride_tricks.sliding_window_view(places, window_shape, axis)
    return rules.take(x, indices=np.array(windows), axis=None, mode="raise")


def repeat(x: Any, repeats: Any, axis: SupportsIndex | None = None) -> Any:
    """Each element (along an axis: each slice) several times in a row; of the flat x without axis."""
    return rules.repeat(operand(x), repeats=detached(whole(repeats)), axis=axis)


def pad(x: Any, pad_width: Any, mode: str = "constant", *, constant_values: Any = 0) -> Any:
    """x with a border around it, pad_width[i] = (before, after) elements wide along axis i.

    Args:
        x: array of any shape.
        pad_width: a number, one (before, after), or one for each axis.
        mode: "constant", or where the border comes from x itself: "edge", "reflect", "symmetric" or "wrap".
        constant_values: the border's numbers for the mode "constant", in pad_width's form; they get no gradient.

    Raises ValueError: another mode.
    """
    if mode not in ("constant", "edge", "reflect", "symmetric", "wrap"):
        raise ValueError(f"pad: expected mode constant, edge, reflect, symmetric or wrap, got {mode!r}; join the rest")
    x = operand(x)
    padded = rules.pad(x, width=pad_width, mode=mode)
    if mode == "constant" and np.any(constant_values):
        check_real(constant_values, "as constant_values")
        padded = padded + np.pad(np.zeros(x.shape, x.dtype), pad_width, constant_values=constant_values)
    return padded


def meshgrid(*arrays: Any, copy: bool = True, sparse: bool = False, indexing: str = "xy") -> tuple[Any, ...]:
    """The coordinates of a grid, one array for each axis, from the coordinates along the axes.

    Args:
        arrays: the coordinates along each axis, 1-d or numbers.
        copy: without effect here, where nothing is ever written into.
        sparse: leave each array with size 1 along the other axes.
        indexing: "xy" puts the first array along axis 1 and the second along axis 0, "ij" each along its own.

    Raises ValueError: another indexing.
    """
    if indexing not in ("xy", "ij"):
        raise ValueError(f"meshgrid: expected indexing 'xy' or 'ij', got {indexing!r}")
    places = list(range(len(arrays)))
    if indexing == "xy":
        places[:2] = places[:2][::-1]
    shapes = [tuple(-1 if axis == place else 1 for axis in range(len(arrays))) for place in places]
    grids = tuple(reshape(x, shape) for x, shape in zip(arrays, shapes, strict=True))
    return grids if sparse else broadcast_arrays(*grids)


def tril(x: Any, k: int = 0) -> Any:
    """The lower triangle, up to the k-th diagonal above the main one; 0 elsewhere."""
    return rules.tril(operand(x), k=k)


def triu(x: Any, k: int = 0) -> Any:
    """The upper triangle, from the k-th diagonal above the main one; 0 elsewhere."""
    return rules.triu(operand(x), k=k)


def diag(x: Any, k: int = 0) -> Any:
    """The k-th diagonal of a matrix; of a vector, the matrix with that diagonal."""
    return rules.diag(operand(x), k=k)


def diagflat(x: Any, k: int = 0) -> Any:
    """The matrix whose k-th diagonal holds the flat x."""
    return rules.diagflat(operand(x), k=k)


def diagonal(x: Any, offset: int = 0, axis1: int = 0, axis2: int = 1) -> Any:
    """The offset-th diagonal of the matrices in the plane of two axes, as the last axis."""
    return rules.diagonal(operand(x), offset=offset, axis1=axis1, axis2=axis2)


def trace(x: Any, offset: int = 0, axis1: int = 0, axis2: int = 1, dtype: Any = None) -> Any:
    """Sum of a diagonal."""
    return cast(rules.sum(diagonal(cast(x, dtype), offset, axis1, axis2), axis=-1), dtype)


def vander(x: Any, n: int | None = None, increasing: bool = False) -> Any:
    """The matrix with rows xᵢⁿ⁻¹ … xᵢ¹ xᵢ⁰, or in increasing order; square without n."""
    x = operand(x)
    powers = np.arange(x.shape[0] if n is None else n)
    return reshape(x, (-1, 1)) ** (powers if increasing else powers[::-1])
