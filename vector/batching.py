"""Many arrays of one shape as one, for NumPy code that is written for one of them: what `vmap` and `jacobian` run on.

A `Batch` keeps its arrays stacked along a hidden first axis, and NumPy's functions go through all of them at once where
they can (functions of each element, products, sums, what moves numbers), else one by one. The rules of the engine are
NumPy code, so they take batches as they are.
"""

from __future__ import annotations

import functools
import itertools
import math
import operator
import string
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, cast

import numpy as np
from numpy.lib.array_utils import normalize_axis_index

from vector.arrays import operand
from vector.modes import DiffersError
from vector.op import Op, linear
from vector.trees import tree_leaves, tree_map

_numbers = itertools.count(1)


def at_once(run: Callable[[], Any]) -> Any:
    """What run() gives; None where it asks a batch for one answer, and the answers differ."""
    try:
        return run()
    except (DiffersError, ValueError) as error:  # NumPy makes the second of the first, where a number is written
        if isinstance(error, DiffersError) or isinstance(error.__cause__, DiffersError):
            return None
        raise


class Level:
    """What one call of `vmap`, or one sweep of `jacobian`, does at once: `size` things that never meet.

    While it is open, what belongs to each of them stays apart. Later, a gradient that reaches something that they all
    share is summed over them.
    """

    __slots__ = ("number", "open", "size")

    def __init__(self, size: int) -> None:
        self.number = next(_numbers)
        self.size = size
        self.open = True


@contextmanager
def opened(size: int) -> Iterator[Level]:
    """A level for a block of code."""
    level = Level(size)
    try:
        yield level
    finally:
        level.open = False


class Batch(np.lib.mixins.NDArrayOperatorsMixin):
    """Arrays of one shape, stacked along the first axis of `array`; shape, dtype and methods are those of each.

    A number asked of it, by `if` or `float`, is what all of them say.

    Raises:
        DiffersError: they do not say the same.
    """

    __slots__ = ("array", "level")

    def __init__(self, array: Any, level: Level) -> None:
        self.array = array
        self.level = level

    @property
    def shape(self) -> tuple[int, ...]:
        """Of each."""
        return self.array.shape[1:]

    @property
    def ndim(self) -> int:
        """Of each."""
        return self.array.ndim - 1

    @property
    def size(self) -> int:
        """Of each."""
        return self.array.size // self.level.size

    @property
    def dtype(self) -> Any:
        """Of each; an object of its own, by which `vector.sweep` notices a batch where it looks for other dtypes."""
        return np.dtype(self.array.dtype, copy=True)

    @property
    def T(self) -> Any:  # noqa: N802  # NumPy's name
        """Each transposed."""
        return np.transpose(self)

    def reshape(self, *shape: Any) -> Any:
        """Each in another shape."""
        return np.reshape(self, shape[0] if len(shape) == 1 else shape)

    def transpose(self, *axes: Any) -> Any:
        """Each with its axes in another order."""
        return np.transpose(self, (axes[0] if len(axes) == 1 else axes) or None)

    def astype(self, dtype: Any, **more: Any) -> Batch:
        """Each in another dtype."""
        return Batch(self.array.astype(dtype, **more), self.level)

    def view(self, dtype: Any) -> Batch:
        """Each's memory read as another dtype of the same size."""
        return Batch(self.array.view(dtype), self.level)

    def __getattr__(self, name: str) -> Any:
        if name[0] == "_" or not hasattr(np.ndarray, name):
            raise AttributeError(f"a batch of arrays has no {name!r}")
        if not callable(function := getattr(np, name, None)):
            raise DiffersError(f"one answer to {name} is asked of a batch")
        return functools.partial(function, self)

    def __getitem__(self, index: Any) -> Any:
        return _called(operator.getitem, (self, index), {})

    def __setitem__(self, index: Any, value: Any) -> None:
        _called(operator.setitem, (self, index, value), {})

    def __len__(self) -> int:
        return self.shape[0]

    def __iter__(self) -> Iterator[Any]:
        return (self[i] for i in range(len(self)))

    def __array_ufunc__(self, ufunc: np.ufunc, method: str, *inputs: Any, **kwargs: Any) -> Any:
        for x in inputs:
            if type(x) is not Batch and type(x) is not np.ndarray and hasattr(x, "_apply"):
                return NotImplemented  # a Tensor's graph must know of it
        return _called(ufunc if method == "__call__" else getattr(ufunc, method), inputs, kwargs)

    def __array_function__(self, function: Callable[..., Any], types: Any, args: Any, kwargs: Any) -> Any:
        return NotImplemented if any(hasattr(x, "_apply") for x in types) else _called(function, args, kwargs)

    def _said(self) -> Any:
        """What all say."""
        said = self.array.reshape(-1)
        if self.size != 1 or not (said == said[0]).all():
            raise DiffersError("the arrays of a batch do not hold the same number")
        return said[0]

    def __bool__(self) -> bool:
        return bool(self._said())

    def __float__(self) -> float:
        return float(self._said())

    def __int__(self) -> int:
        return int(self._said())

    def __index__(self) -> int:
        if self.ndim:
            raise DiffersError("one index is asked of a batch of arrays")
        return int(self._said())

    def item(self) -> Any:
        """The number that all of them are."""
        return self._said().item()

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> Any:
        raise DiffersError("one plain array is asked of a batch")


def _called(function: Callable[..., Any], args: Sequence[Any], kwargs: Mapping[str, Any]) -> Any:
    """A function of NumPy of all arrays of a batch."""
    level = None
    for x in args if type(function) is np.ufunc else tree_leaves([args, kwargs]):
        if type(x) is Batch and (level is None or x.level.number > level.number):
            level = x.level
    level = cast("Level", level)
    rule = _RULES.get(function) or (_elementwise if type(function) is np.ufunc and not function.signature else None)
    if rule and (out := rule(level, function, *args, **kwargs)) is not _NO_WAY:
        return out
    each = [function(*_one(args, level, i), **_one(kwargs, level, i)) for i in range(level.size)]
    if isinstance(each[0], (tuple, list)) and all(hasattr(x, "dtype") for x in each[0]):
        return tuple(Batch(np.stack(parts), level) for parts in zip(*each, strict=True))
    if hasattr(each[0], "dtype"):
        if any(x.shape != each[0].shape for x in each):
            raise DiffersError("the arrays of a batch give results of different shapes")
        return Batch(np.stack(each), level)
    if any(x != each[0] for x in each):
        raise DiffersError("the arrays of a batch give different results")
    return each[0]


def _one(tree: Any, level: Level, i: int) -> Any:
    """The arguments for one array of the batch; a view of it, so that a function may write there."""
    return tree_map(lambda x: x.array[i, ...] if _is_at(level, x) else x, tree)


def _is_at(level: Level, x: Any) -> bool:
    return type(x) is Batch and x.level is level


_NO_WAY = object()
"""What a way for all at once answers where it does not know one."""


def _ndim(x: Any) -> int:
    return x.ndim if hasattr(x, "ndim") else np.ndim(x)


def _aligned(x: Any, ndim: int, level: Level) -> Any:
    """A batch's array with axes of size 1 behind the first, so that it broadcasts as its arrays do; others as is."""
    if not _is_at(level, x):
        return x
    array = x.array
    return array if (n := array.ndim - 1) >= ndim else array.reshape(array.shape[:1] + (1,) * (ndim - n) + x.shape)


def _spread(x: Any, level: Level) -> Any:
    """The array of a batch; what all share is repeated for each."""
    if _is_at(level, x):
        return x.array
    x = operand(x)
    return np.broadcast_to(x, (level.size, *x.shape))


def _result(out: Any, level: Level) -> Any:
    return tuple(Batch(x, level) for x in out) if isinstance(out, tuple) else Batch(out, level)


def _elementwise(level: Level, function: Any, *args: Any, out: Any = None, **kwargs: Any) -> Any:
    if any(isinstance(x, Batch) for x in kwargs.values()):
        return _NO_WAY
    ndim = max(map(_ndim, args))
    given = [_aligned(x, ndim, level) for x in args]
    if out is None:
        return _result(function(*given, **kwargs), level)
    (target,) = out if isinstance(out, tuple) else (out,)
    if not _is_at(level, target):
        raise DiffersError("the results of a batch do not fit into one array")
    function(*given, out=target.array, **kwargs)
    return target


def _matmul(level: Level, function: Any, x: Any, y: Any, **kwargs: Any) -> Any:
    if kwargs:
        return _NO_WAY
    if not _is_at(level, y) and _ndim(y) <= 2:  # the rows of all are rows of one matrix
        array = x.array
        rows = np.matmul(array.reshape((math.prod(array.shape[:-1]), array.shape[-1])), y)
        return Batch(rows.reshape(array.shape[:-1] + rows.shape[1:]), level)
    if not _is_at(level, x) and _ndim(x) == 2 and y.ndim == 1:
        return _matmul(level, function, y, x.T)
    left, right = _ndim(x) == 1, _ndim(y) == 1
    x, y = x[None] if left else x, y[:, None] if right else y
    ndim = max(_ndim(x), _ndim(y))
    # A sum of one product is the product, for which BLAS would be called once for each of the batch.
    product = np.multiply if x.shape[-1] == y.shape[-2] == 1 else np.matmul
    out = product(_aligned(x, ndim, level), _aligned(y, ndim, level))
    out = out[..., 0] if right else out
    return Batch((out[..., 0] if right else out[..., 0, :]) if left else out, level)


def _along(position: int, default: Any = None, *, folds: bool = False) -> Callable[..., Any]:
    """The way of a function along an axis, the argument at this position; one that `folds` takes several axes."""

    def way(level: Level, function: Any, x: Any, *args: Any, **kwargs: Any) -> Any:
        axis = kwargs.pop("axis", default)
        if len(args) >= position:
            axis, args = args[position - 1], (*args[: position - 1], *args[position:])
        if not _is_at(level, x) or any(isinstance(y, Batch) for y in (*args, *kwargs.values())) or not x.ndim:
            return _NO_WAY
        if axis is None and (folds or x.ndim == 1):
            axis = tuple(range(x.ndim)) if folds else 0
        if axis is None or kwargs.get("out") is not None:
            return _NO_WAY
        axes = tuple(_behind(axis, x.ndim)) if isinstance(axis, tuple) else _behind((axis,), x.ndim)[0]
        return Batch(function(x.array, *args, axis=axes, **kwargs), level)

    return way


def _behind(axes: Sequence[Any], ndim: int) -> list[int]:
    """Where the axes of each lie behind that of the batch."""
    return [normalize_axis_index(operator.index(axis), ndim) + 1 for axis in axes]


def _reshape(level: Level, function: Any, x: Any, shape: Any, **kwargs: Any) -> Any:
    if kwargs or not x.size:
        return _NO_WAY
    return Batch(x.array.reshape((level.size, *np.atleast_1d(np.asarray(shape, int)).tolist())), level)


def _ravel(level: Level, function: Any, x: Any, order: str = "C") -> Any:
    return Batch(x.array.reshape((level.size, -1 if x.size else 0)), level) if order in "CK" else _NO_WAY


def _transpose(level: Level, function: Any, x: Any, axes: Any = None) -> Any:
    order = range(x.ndim, 0, -1) if axes is None else _behind(axes, x.ndim)
    return Batch(x.array.transpose((0, *order)), level)


def _moving(level: Level, function: Any, x: Any, *axes: Any) -> Any:
    places = [_behind(np.atleast_1d(axis).tolist(), x.ndim) for axis in axes]
    return Batch(function(x.array, *(place if len(place) > 1 else place[0] for place in places)), level)


def _expand_dims(level: Level, function: Any, x: Any, axis: Any) -> Any:
    axes = axis if isinstance(axis, tuple) else (axis,)
    return Batch(np.expand_dims(x.array, tuple(_behind(axes, x.ndim + len(axes)))), level)


def _broadcast_to(level: Level, function: Any, x: Any, shape: Any) -> Any:
    shape = (shape,) if isinstance(shape, int) else tuple(shape)
    return Batch(np.broadcast_to(_aligned(x, len(shape), level), (level.size, *shape)), level)


def _joining(level: Level, function: Any, arrays: Sequence[Any], axis: Any = 0) -> Any:
    if axis is None:
        return _NO_WAY
    ndim = _ndim(arrays[0]) + (function is np.stack)
    return Batch(function([_spread(x, level) for x in arrays], axis=_behind((axis,), ndim)[0]), level)


def _like(level: Level, function: Any, x: Any, *args: Any, shape: Any = None, **kwargs: Any) -> Any:
    if shape is not None:
        kwargs["shape"] = (level.size, *np.atleast_1d(np.asarray(shape, int)).tolist())
    return Batch(function(x.array, *args, **kwargs), level)


def _triangle(level: Level, function: Any, x: Any, k: int = 0) -> Any:
    return Batch(function(x.array, k), level) if x.ndim > 1 else _NO_WAY


def _einsum(level: Level, function: Any, subscripts: Any, *operands: Any, **kwargs: Any) -> Any:
    names = [] if not isinstance(subscripts, str) or "." in subscripts else subscripts.replace(" ", "").split("->")
    if len(names) != 2:
        return _NO_WAY
    batch = next(letter for letter in string.ascii_letters if letter not in subscripts)
    marked = [batch + name if _is_at(level, x) else name for name, x in zip(names[0].split(","), operands, strict=True)]
    arrays = [_aligned(x, 0, level) for x in operands]
    return Batch(np.einsum(f"{','.join(marked)}->{batch}{names[1]}", *arrays, **kwargs), level)


def _index(level: Level, index: Any) -> Any:
    """The index into the stacked arrays for one into each; None where there is none that puts the batch first."""
    parts = index if isinstance(index, tuple) else (index,)
    if any(_is_at(level, part) for part in parts):
        kinds = [np.dtype(getattr(part, "dtype", type(part))).kind for part in parts]
        if not all(kind in "iu" for kind in kinds):  # a mask, or slices between indices
            return None
        ndim = max(map(_ndim, parts))
        return np.arange(level.size).reshape((-1,) + (1,) * ndim), *(_aligned(part, ndim, level) for part in parts)
    if any(isinstance(part, (np.ndarray, list)) for part in parts):
        numbers = [i for i, part in enumerate(parts) if not isinstance(part, (slice, type(None), type(...)))]
        if numbers[-1] - numbers[0] >= len(numbers):  # NumPy would put what is between them behind
            return None
    return (slice(None), *parts)


def _getitem(level: Level, function: Any, x: Any, index: Any) -> Any:
    at = _index(level, index)
    return _NO_WAY if at is None else Batch(_spread(x, level)[at], level)


def _setitem(level: Level, function: Any, x: Any, index: Any, value: Any) -> Any:
    """x[index] = value, or what `np.add.at` and its like do."""
    if not _is_at(level, x):
        raise DiffersError("the numbers of a batch do not fit into one array")
    at = _index(level, index)
    if at is None:
        return _NO_WAY
    ndim = _ndim(x.array[at]) - 1 if _is_at(level, value) else 0
    return function(x.array, at, _aligned(value, ndim, level))


_FOLDING = (np.sum, np.mean, np.max, np.min, np.prod, np.any, np.all, np.var, np.std)
_UFUNCS = (np.add, np.multiply, np.maximum, np.minimum, np.logical_and, np.logical_or)
_RULES: dict[Any, Callable[..., Any]] = {
    **dict.fromkeys(_FOLDING, _along(1, folds=True)),
    **dict.fromkeys((np.cumsum, np.cumprod, np.argmax, np.argmin), _along(1)),
    **dict.fromkeys((np.sort, np.argsort), _along(1, -1)),
    **dict.fromkeys((np.flip, np.squeeze), _along(1, folds=True)),
    **dict.fromkeys((np.repeat, np.roll), _along(2)),
    **{ufunc.reduce: _along(1, 0, folds=True) for ufunc in _UFUNCS},
    **{ufunc.accumulate: _along(1, 0) for ufunc in _UFUNCS},
    **{ufunc.at: _setitem for ufunc in _UFUNCS},
    **dict.fromkeys((np.where, np.clip), _elementwise),
    **dict.fromkeys((np.copy, np.zeros_like, np.ones_like, np.full_like, np.empty_like), _like),
    **dict.fromkeys((np.concatenate, np.stack), _joining),
    **dict.fromkeys((np.swapaxes, np.moveaxis), _moving),
    **dict.fromkeys((np.tril, np.triu), _triangle),
    np.matmul: _matmul,
    np.einsum: _einsum,
    np.reshape: _reshape,
    np.ravel: _ravel,
    np.transpose: _transpose,
    np.expand_dims: _expand_dims,
    np.broadcast_to: _broadcast_to,
    operator.getitem: _getitem,
    operator.setitem: _setitem,
}  # fmt: skip


def _together(x: Any, *, level: Level) -> Any:
    if type(x) is Batch and x.level.number > level.number:  # of an outer batch, each is a batch of inner ones
        return Batch(_together(np.moveaxis(x.array, 1, 0), level=level), x.level)
    return Batch(x, level)


def _apart(x: Any, *, level: Level) -> Any:
    if type(x) is Batch and x.level.number > level.number:
        return Batch(np.moveaxis(_apart(x.array, level=level), 1, 0), x.level)
    return _spread(x, level)


together: Op
apart = linear(
    "apart", _apart, lambda g, out, x, *, level: together(g, level=level),
    meaning="The arrays of a batch, stacked; of what all share, as many copies.",
)  # fmt: skip
together = linear(
    "together", _together, lambda g, out, x, *, level: apart(g, level=level),
    meaning="The arrays along the first axis as a batch.",
)  # fmt: skip


def settled(message: Any, operand: Any) -> Any:
    """A gradient, summed over the batches that are closed, for an operand that all of a batch share."""
    own = _levels(operand)
    for level in _levels(getattr(message, "_array", message)):
        if not level.open and level not in own:
            message = apart(message, level=level).sum(axis=0)
    return message


def _levels(x: Any) -> list[Level]:
    levels = []
    while type(x) is Batch:
        levels.append(x.level)
        x = x.array
    return levels
