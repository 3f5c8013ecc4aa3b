"""Functions that move numbers without changing them; each is linear, and its transpose moves them back."""

from __future__ import annotations

from typing import Any

import numpy as np

from vector.op import Each, Op, linear


def _scatter(g: Any, *, index: Any, shape: tuple[int, ...]) -> Any:
    """Zeros of this shape with g added at index: indexing's transpose, so that a place taken twice gets both."""
    out = np.zeros(shape, g.dtype)
    np.add.at(out, index, g)
    return out


def _concatenate(*arrays: Any, axis: int = 0) -> Any:
    return np.concatenate(arrays, axis=axis)


def _own_part(argument: int, g: Any, out: Any, *inputs: Any, axis: int = 0) -> Any:
    """The slice of g that came from this input of `concatenate`."""
    start = sum(x.shape[axis] for x in inputs[:argument])
    index = [slice(None)] * len(out.shape)
    index[axis] = slice(start, start + inputs[argument].shape[axis])
    return g[tuple(index)]


def _stack(*arrays: Any, axis: int = 0) -> Any:
    return np.stack(arrays, axis=axis)


def _own_layer(argument: int, g: Any, out: Any, *inputs: Any, axis: int = 0) -> Any:
    """The layer of g that came from this input of `stack`."""
    index: list[Any] = [slice(None)] * len(out.shape)
    index[axis] = argument
    return g[tuple(index)]


def _transpose_back(g: Any, out: Any, x: Any, *, axes: Any = None) -> Any:
    if axes is None:
        return np.transpose(g)
    return np.transpose(g, tuple(int(i) for i in np.argsort([axis % x.ndim for axis in axes])))


scatter: Op  # indexing and scattering are each other's transpose

# fmt: off
reshape      = linear("reshape",   lambda x, *, shape: np.reshape(x, shape),
                      lambda g, out, x, *, shape: np.reshape(g, x.shape))
transpose    = linear("transpose", lambda x, *, axes=None: np.transpose(x, axes), _transpose_back)
broadcast_to = linear("broadcast", lambda x, *, shape: np.broadcast_to(x, shape), lambda g, out, x, *, shape: g)
getitem      = linear("getitem",   lambda x, *, index: x[index],
                      lambda g, out, x, *, index: scatter(g, index=index, shape=x.shape))
scatter      = linear("scatter",   _scatter, lambda g, out, x, *, index, shape: g[index])
astype       = linear("astype",    lambda x, *, dtype: x.astype(dtype), lambda g, out, x, *, dtype: g)
concatenate  = Op("concatenate",   _concatenate, Each(_own_part), linear=True)
stack        = Op("stack",         _stack, Each(_own_layer), linear=True)
# fmt: on
