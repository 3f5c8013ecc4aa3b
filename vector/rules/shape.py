"""Functions that move numbers without changing them; each is linear, and its transpose moves them back."""

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from vector.arrays import as_numpys
from vector.op import Each, Op, linear
from vector.rules.cumulative import part

_BASIC = (int, np.integer, slice, type(None), type(...))


def _scatter(g: Any, *, index: Any, shape: tuple[int, ...]) -> Any:
    """Zeros of this shape with g added at index: indexing's transpose, so that a place taken twice gets both."""
    out = np.zeros_like(g, shape=shape, order="C")
    if type(out) is np.ndarray and _is_basic(index):
        out[index] = g
    elif _is_basic(index):  # in two steps, of which a plan makes the first once, and the second a loop
        np.copyto(_view(out, index), g)
    else:
        _add_at(out, g, index=index)
    return out


def _is_basic(index: Any) -> bool:
    """Whether it is of numbers and slices, which take no place twice."""
    return all(isinstance(part, _BASIC) for part in (index if isinstance(index, tuple) else (index,)))


def _view(x: Any, index: Any) -> Any:
    """x[index], of one number too a view."""
    parts = index if isinstance(index, tuple) else (index,)
    return x[parts if Ellipsis in parts else (*parts, ...)]


def _add_at(total: Any, g: Any, *, index: Any) -> None:
    """total[index] += g, so that a place taken twice gets both."""
    if _is_basic(index):
        view = _view(total, index)
        np.add(view, g, out=view)
    elif _names_wide_rows(index, total, g):
        add_rows(total, index, g if g.flags.c_contiguous else g.copy())
    else:
        np.add.at(total, index, g)


_WIDE = 16
"""Numbers in a row from which on it is worth while to look which rows are the same."""


def _names_wide_rows(index: Any, out: Any, g: Any) -> bool:
    whole = getattr(getattr(index, "dtype", None), "kind", "") in ("i", "u")
    return whole and index.size > 0 and g.shape == index.shape + out.shape[1:] and math.prod(out.shape[1:]) >= _WIDE


@as_numpys
def add_rows(out: Any, index: Any, g: Any) -> None:
    """Add g to out at index, as `np.add.at`, which adds one number after the other; here many rows at once."""
    rows, messages = index.ravel() % len(out), g.reshape(index.size, *out.shape[1:])
    order = np.argsort(rows, kind="stable")
    rows = rows[order]
    starts = np.flatnonzero(np.diff(rows, prepend=-1))
    counts = np.diff(starts, append=len(rows))
    if counts.max() > _WIDE:
        out[rows[starts]] += np.add.reduceat(messages[order], starts)
        return
    turns = np.arange(len(rows)) - np.repeat(starts, counts)  # in each turn no row comes twice
    for turn in range(counts.max()):
        now = turns == turn
        out[rows[now]] += messages[order[now]]


def _own_part(argument: int, g: Any, out: Any, *inputs: Any, axis: int = 0) -> Any:
    """The slice of g that came from this input of `concatenate`."""
    start = sum(x.shape[axis] for x in inputs[:argument])
    return part(g, axis, start, start + inputs[argument].shape[axis])


def _transpose_back(g: Any, out: Any, x: Any, *, axes: Any = None) -> Any:
    if axes is None:
        return np.transpose(g)
    return np.transpose(g, tuple(int(i) for i in np.argsort([axis % x.ndim for axis in axes])))


def _moving(name: str, move: Callable[..., Any]) -> Op:
    """The row of a NumPy function each of whose results is one of x's numbers, or a zero.

    Which of them? The function itself tells, when it is given the numbers 1, 2, 3, … in x's shape.
    """

    def transpose(g: Any, out: Any, x: Any, **params: Any) -> Any:
        numbers = np.cumsum(np.ones_like(x, dtype=np.intp))  # made of x, so that a plan sees where they come from
        places = move(np.reshape(numbers, x.shape), **params).ravel()
        sums = scatter(np.reshape(g, (-1,)), index=places, shape=(x.size + 1,))
        return np.reshape(sums[1:], x.shape)

    meaning = "x's numbers in other places. Each, by its place in x from 1 on, collects what its copies get; 0 is none."
    return linear(name, move, transpose, meaning=meaning)


scatter: Op  # indexing and scattering are each other's transpose

# fmt: off
reshape      = linear("reshape",   lambda x, *, shape: np.reshape(x, shape),
                      lambda g, out, x, *, shape: np.reshape(g, x.shape))
transpose    = linear("transpose", lambda x, *, axes=None: np.transpose(x, axes), _transpose_back)
broadcast_to = linear("broadcast", lambda x, *, shape: np.broadcast_to(x, shape), lambda g, out, x, *, shape: g)
getitem      = linear("getitem",   lambda x, *, index: x[index],
                      lambda g, out, x, *, index: scatter(g, index=index, shape=x.shape), adds=_add_at,
                      meaning="some of x's elements. Hands each its gradient; the others get 0.")
scatter      = linear("scatter",   _scatter, lambda g, out, x, *, index, shape: g[index])
astype       = linear("astype",    lambda x, *, dtype: x.astype(dtype), lambda g, out, x, *, dtype: g)
concatenate  = Op("concatenate",   lambda *x, axis=0: np.concatenate(x, axis=axis), Each(_own_part), linear=True)
stack        = Op("stack",         lambda *x, axis=0: np.stack(x, axis=axis), linear=True, vjps=Each(
                  lambda argument, g, out, *inputs, axis=0: g[(slice(None),) * (axis % g.ndim) + (argument,)]))
flip         = linear("flip",      lambda x, *, axis: np.flip(x, axis),
                      lambda g, out, x, *, axis: np.flip(g, axis))
roll         = linear("roll",      lambda x, *, shift, axis: np.roll(x, shift, axis),
                      lambda g, out, x, *, shift, axis: np.roll(g, np.negative(shift), axis))
rot90        = linear("rot90",     lambda x, *, k, axes: np.rot90(x, k, axes),
                      lambda g, out, x, *, k, axes: np.rot90(g, -k, axes))
tril         = linear("tril",      lambda x, *, k: np.tril(x, k), lambda g, out, x, *, k: np.tril(g, k))
triu         = linear("triu",      lambda x, *, k: np.triu(x, k), lambda g, out, x, *, k: np.triu(g, k))
compress     = _moving("compress", lambda x, *, condition, axis: np.compress(condition, x, axis))
delete       = _moving("delete",   lambda x, *, obj, axis: np.delete(x, obj, axis))
diag         = _moving("diag",     lambda x, *, k: np.diag(x, k))
diagflat     = _moving("diagflat", lambda x, *, k: np.diagflat(x, k))
diagonal     = _moving("diagonal", lambda x, *, offset, axis1, axis2: np.diagonal(x, offset, axis1, axis2))
pad          = _moving("pad",      lambda x, *, width, mode: np.pad(x, width, mode))
repeat       = _moving("repeat",   lambda x, *, repeats, axis: np.repeat(x, repeats, axis))
take         = _moving("take",     lambda x, *, indices, axis, mode: np.take(x, indices, axis, mode=mode))
take_along_axis = _moving("take_along_axis", lambda x, *, indices, axis: np.take_along_axis(x, indices, axis))
tile         = _moving("tile",     lambda x, *, reps: np.tile(x, reps))
# fmt: on
