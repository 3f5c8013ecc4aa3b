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
from typing import Any, cast

import numpy as np
from numpy.lib.array_utils import normalize_axis_index
from numpy.lib.stride_tricks import sliding_window_view

from vector.arrays import operand
from vector.modes import DiffersError
from vector.op import Op, linear
from vector.rules import numerics
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

    def close(self) -> None:
        """Let its things meet."""
        self.open = False


def _answer(kind: Callable[[Any], Any]) -> Any:
    return lambda self: kind(self.item())


class Batch(np.lib.mixins.NDArrayOperatorsMixin):
    """Arrays of one shape, stacked along the first axis of `array`; shape, dtype and methods are those of each.

    A number asked of it, by `if` or `float`, is what all of them say. `diagonal` is what stands on the diagonal where
    they are the rows of such a matrix, as the unit vectors are, and what a function of each element makes of them.

    Raises DiffersError: they do not say the same.
    """

    __slots__ = ("array", "diagonal", "level")

    def __init__(self, array: Any, level: Level, diagonal: Any = None) -> None:
        self.array = array
        self.level = level
        self.diagonal = diagonal

    @property
    def shape(self) -> tuple[int, ...]:
        """Of each."""
        return self.array.shape[1:]

    @property
    def ndim(self) -> int:
        """Of each."""
        return self.array.ndim - 1

    @property
    def dtype(self) -> Any:
        """Of each; an object of its own, by which `vector.sweep` notices a batch where it looks for other dtypes."""
        return np.dtype(self.array.dtype, copy=True)

    def __getattr__(self, name: str) -> Any:
        if name in ("T", "size"):
            return np.transpose(self) if name == "T" else math.prod(self.shape)
        if name[0] == "_" or not hasattr(np.ndarray, name):
            raise AttributeError(f"a batch of arrays has no {name!r}")
        if name == "flags":
            return self.array.flags
        if name in ("astype", "view"):  # the methods that have no function
            return lambda *args, **named: Batch(getattr(self.array, name)(*args, **named), self.level)
        if not callable(function := getattr(np, name, None)):
            raise DiffersError(f"one answer to {name} is asked of a batch")
        if name in ("reshape", "transpose"):  # which take several numbers for a tuple
            return lambda *sizes: function(self, *(sizes if len(sizes) < 2 else (sizes,)))
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

    def item(self) -> Any:
        """The number that all of them are."""
        said = self.array.reshape(-1)
        if said.size != self.level.size or not (said == said[0]).all():
            raise DiffersError("the arrays of a batch do not hold the same number")
        return said[0].item()

    __bool__, __float__, __int__ = map(_answer, (bool, float, int))

    def __index__(self) -> int:
        if self.ndim:
            raise DiffersError("one index is asked of a batch of arrays")
        return int(self.item())

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> Any:
        raise DiffersError("one plain array is asked of a batch")


def _called(function: Callable[..., Any], args: Sequence[Any], kwargs: Mapping[str, Any]) -> Any:
    """A function of NumPy of all arrays of a batch, of the inner one where there are several."""
    found: Level | None = None
    for x in args if type(function) is np.ufunc else tree_leaves([args, kwargs]):
        if type(x) is Batch and (found is None or x.level.number > found.number):
            found = x.level
    level = cast("Level", found)
    way = _WAYS.get(function) or (
        _elementwise if type(function) is np.ufunc and not function.signature else _one_by_one
    )
    out = way(level, function, *args, **kwargs)
    if out is _NO_WAY:
        out = _one_by_one(level, function, *args, **kwargs)
    if _is_at(level, out):
        return out
    if isinstance(out, tuple) and all(hasattr(x, "dtype") for x in out):
        return tuple(Batch(x, level) for x in out)
    return Batch(out, level) if hasattr(out, "dtype") else out


_NO_WAY = object()
"""What a way for all at once answers where it does not know one. The others give stacked arrays, or a batch."""


def _one_by_one(level: Level, function: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
    def of(i: int) -> Any:
        # A view of each array, of a number too, so that a function may write there.
        own_args, own_kwargs = tree_map(lambda x: x.array[i, ...] if _is_at(level, x) else x, [args, kwargs])
        return function(*own_args, **own_kwargs)

    each = [of(i) for i in range(level.size)]
    if each[0] is None and not _is_at(level, args[0]):  # it wrote there, for one after the other
        raise DiffersError("the numbers of a batch do not fit into one array")
    if isinstance(each[0], (tuple, list)) and any(hasattr(x, "dtype") for x in each[0]):
        return tuple(map(_stacked, zip(*each, strict=True)))
    return _stacked(each)


def _stacked(each: Sequence[Any]) -> Any:
    """Arrays of one shape as one, or the other answer that all of them give."""
    arrays = hasattr(each[0], "dtype")
    if any(x.shape != each[0].shape if arrays else x != each[0] for x in each):
        raise DiffersError("the arrays of a batch give results of different shapes")
    return np.stack(each) if arrays else each[0]


def _is_at(level: Level, x: Any) -> bool:
    return type(x) is Batch and x.level is level


def _ndim(x: Any) -> int:
    return x.ndim if hasattr(x, "ndim") else np.ndim(x)


def _sizes(shape: Any) -> tuple[int, ...]:
    return tuple(shape) if isinstance(shape, (tuple, list)) else (shape,)


def _behind(axes: Any, ndim: int) -> list[int]:
    """Where the axes of each lie behind that of the batch."""
    return [normalize_axis_index(operator.index(axis), ndim) + 1 for axis in _sizes(axes)]


def _aligned(x: Any, ndim: int, level: Level) -> Any:
    """A batch's array with axes of size 1 behind the first, so that it broadcasts as its arrays do; others as is."""
    if not _is_at(level, x):
        return x
    array, missing = x.array, ndim - x.ndim
    return array if missing <= 0 else array.reshape(array.shape[:1] + (1,) * missing + x.shape)


def _spread(x: Any, level: Level) -> Any:
    """The array of a batch; what all share is repeated for each."""
    if _is_at(level, x):
        return x.array
    x = operand(x)
    return np.broadcast_to(x, (level.size, *x.shape))


def _elementwise(level: Level, function: Any, *args: Any, out: Any = None, **kwargs: Any) -> Any:
    if any(isinstance(x, Batch) for x in kwargs.values()) or (function is np.where and len(args) < 3):  # indices
        return _NO_WAY
    ndim = max(map(_ndim, args))
    if function is np.multiply and not kwargs and out is None and (product := diagonal_product(*args)) is not None:
        return product
    given = [_aligned(x, ndim, level) for x in args]
    if out is None:
        return function(*given, **kwargs)
    target = out[0] if isinstance(out, tuple) else out
    if not _is_at(level, target):
        raise DiffersError("the results of a batch do not fit into one array")
    target.diagonal = None
    return function(*given, out=target.array, **kwargs)


def diagonal_product(x: Any, y: Any, times: Callable[[Any, Any], Any] = operator.mul) -> Any:
    """times(x, y) of the rows x of a diagonal matrix and a y that they share; None of anything else."""
    if type(x) is not Batch or x.diagonal is None or np.shape(y) not in ((), x.shape) or _is_at(x.level, y):
        return None
    diagonal = np.broadcast_to(times(x.diagonal, y), x.shape)
    return Batch(np.where(np.eye(x.level.size, dtype=bool), diagonal, 0), x.level, diagonal)


def _matmul(level: Level, function: Any, x: Any, y: Any) -> Any:
    if not _is_at(level, y) and _ndim(y) <= 2:  # the rows of all are rows of one matrix
        if x.diagonal is not None and _ndim(y) == 2:
            return np.expand_dims(x.diagonal, 1) * y
        *lead, n = x.array.shape
        rows = np.matmul(x.array.reshape((math.prod(lead), n)), y)
        return rows.reshape((*lead, *rows.shape[1:]))
    if not _is_at(level, x) and _ndim(x) == 2 and (y.ndim == 1 or y.shape[1:] == (1,)):
        if y.diagonal is not None:
            return np.expand_dims(y.diagonal, 1) * np.transpose(x)
        return np.matmul(y.array.reshape(y.array.shape[:2]), x.T).reshape((-1, len(x), *y.shape[1:]))
    left, right = _ndim(x) == 1, _ndim(y) == 1
    x, y = x[None] if left else x, y[:, None] if right else y
    ndim = max(_ndim(x), _ndim(y))
    # A sum of one product is the product, for which BLAS would be called once for each of the batch.
    product = np.multiply if x.shape[-1] == y.shape[-2] == 1 else np.matmul
    out = product(_aligned(x, ndim, level), _aligned(y, ndim, level))
    out = out[..., 0] if right else out
    return (out[..., 0] if right else out[..., 0, :]) if left else out


def _along(position: int, default: Any = None, *, folds: bool = False) -> Callable[..., Any]:
    """The way of a function along an axis, the argument at this position; None is all of them for one that `folds`."""

    def way(level: Level, function: Any, x: Any, *args: Any, **kwargs: Any) -> Any:
        axis = kwargs.pop("axis", default)
        if len(args) >= position:
            axis, args = args[position - 1], (*args[: position - 1], *args[position:])
        if axis is None and (folds or _ndim(x) == 1):
            axis = tuple(range(_ndim(x))) if folds else 0
        alone = _is_at(level, x) and not any(isinstance(y, Batch) for y in (*args, *kwargs.values()))
        if axis is None or not alone or not x.ndim:
            return _NO_WAY
        axes = _behind(axis, x.ndim)
        return function(x.array, *args, axis=tuple(axes) if isinstance(axis, tuple) else axes[0], **kwargs)

    return way


def _moving(level: Level, function: Any, x: Any, *axes: Any) -> Any:
    places = [_behind(axis, x.ndim) for axis in axes]
    return function(x.array, *(place if len(place) > 1 else place[0] for place in places))


def _joining(level: Level, function: Any, arrays: Sequence[Any], axis: Any = 0) -> Any:
    ndim = _ndim(arrays[0]) + (function is np.stack)
    return _NO_WAY if axis is None else function([_spread(x, level) for x in arrays], axis=_behind(axis, ndim)[0])


def _like(level: Level, function: Any, x: Any, *args: Any, shape: Any = None, **kwargs: Any) -> Any:
    if not _is_at(level, x) or any(isinstance(y, Batch) for y in (*args, *kwargs.values())):
        return _NO_WAY
    kwargs |= {} if shape is None else {"shape": (level.size, *_sizes(shape))}
    return function(x.array, *args, **kwargs)


def _einsum(level: Level, function: Any, subscripts: str, *operands: Any, **kwargs: Any) -> Any:
    names, arrow, result = subscripts.partition("->")
    if not arrow or "." in subscripts:
        return _NO_WAY
    batch = next(letter for letter in string.ascii_letters if letter not in subscripts)
    marked = [batch * _is_at(level, x) + name for name, x in zip(names.split(","), operands, strict=True)]
    return np.einsum(f"{','.join(marked)}->{batch}{result}", *(_aligned(x, 0, level) for x in operands), **kwargs)


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


def _setitem(level: Level, function: Any, x: Any, index: Any, value: Any) -> Any:
    """x[index] = value, or what `np.add.at` and its like do."""
    if not _is_at(level, x):
        raise DiffersError("the numbers of a batch do not fit into one array")
    at = _index(level, index)
    if at is None:
        return _NO_WAY
    ndim, x.diagonal = x.array[at].ndim - 1 if _is_at(level, value) else 0, None
    return function(x.array, at, _aligned(value, ndim, level))


_FOLDING = (np.sum, np.mean, np.max, np.min, np.prod, np.any, np.all, np.var, np.std, np.flip)
_UFUNCS = (np.add, np.multiply, np.maximum, np.minimum, np.logical_and, np.logical_or)
_WAYS: dict[Any, Callable[..., Any]] = {
    **dict.fromkeys(_FOLDING, _along(1, folds=True)),
    **dict.fromkeys((np.cumsum, np.cumprod, np.argmax, np.argmin), _along(1)),
    **dict.fromkeys((np.sort, np.argsort), _along(1, -1)),
    **dict.fromkeys((np.repeat, np.roll, sliding_window_view), _along(2)),
    **{ufunc.reduce: _along(1, 0, folds=True) for ufunc in _UFUNCS},
    **{ufunc.accumulate: _along(1, 0) for ufunc in _UFUNCS},
    **{ufunc.at: _setitem for ufunc in _UFUNCS},
    **dict.fromkeys((np.where, np.clip, *numerics.FUNCTIONS), _elementwise),
    **dict.fromkeys((np.copy, np.zeros_like, np.ones_like, np.full_like, np.empty_like), _like),
    **dict.fromkeys((np.concatenate, np.stack), _joining),
    **dict.fromkeys((np.swapaxes, np.moveaxis), _moving),
    np.copyto: lambda level, _, x, value, casting="unsafe", where=True: (
        _setitem(level, operator.setitem, x, Ellipsis, value) if where is True else _NO_WAY
    ),
    np.matmul: _matmul,
    np.einsum: _einsum,
    np.reshape: lambda level, _, x, shape: x.array.reshape((level.size, *_sizes(shape))) if x.size else _NO_WAY,
    np.ravel: lambda level, _, x, order="C": x.array.reshape((level.size, x.size)) if order in "CK" else _NO_WAY,
    np.transpose: lambda level, _, x, axes=None: x.array.transpose(
        (0, *(range(x.ndim, 0, -1) if axes is None else _behind(axes, x.ndim)))
    ),
    np.expand_dims: lambda level, _, x, axis: np.expand_dims(x.array, tuple(_behind(axis, x.ndim + len(_sizes(axis))))),
    np.broadcast_to: lambda level, _, x, shape: np.broadcast_to(
        _aligned(x, len(_sizes(shape)), level), (level.size, *_sizes(shape))
    ),
    operator.getitem: lambda level, _, x, at: _NO_WAY if (at := _index(level, at)) is None else _spread(x, level)[at],
    operator.setitem: _setitem,
}


def _together(x: Any, *, level: Level) -> Any:
    if type(x) is Batch and x.level.number > level.number:  # of an outer batch, each is a batch of inner ones
        return Batch(_together(np.moveaxis(x.array, 1, 0), level=level), x.level)
    return Batch(x, level)


def _apart(x: Any, *, level: Level) -> Any:
    if type(x) is Batch and x.level.number > level.number:
        return Batch(np.moveaxis(_apart(x.array, level=level), 1, 0), x.level)
    return _spread(x, level)


together: Op
# fmt: off
apart    = linear("apart", _apart, lambda g, out, x, *, level: together(g, level=level),
           meaning="The arrays of a batch, stacked; of what all share, as many copies.")
together = linear("together", _together, lambda g, out, x, *, level: apart(g, level=level),
           meaning="The arrays along the first axis as a batch.")
# fmt: on


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
