"""Functions that fold axes away."""

from __future__ import annotations

from typing import Any

import numpy as np

from vector.op import Op, linear


def _spread(g: Any, shape: tuple[int, ...], axis: Any, keepdims: bool) -> Any:
    """Give g the axes back that a reduction folded away, with size 1."""
    if keepdims or axis is None:
        return np.reshape(g, (1,) * len(shape)) if axis is None else g
    axes = {a % len(shape) for a in (axis if isinstance(axis, tuple) else (axis,))}
    return np.reshape(g, tuple(1 if i in axes else n for i, n in enumerate(shape)))


def _share(g: Any, out: Any, x: Any, *, axis: Any = None, keepdims: bool = False) -> Any:
    """An extremum's gradient goes to the elements that attain it, in equal parts, as in PyTorch's amax."""
    attained = x == _spread(out, x.shape, axis, keepdims)
    return _spread(g, x.shape, axis, keepdims) * (attained / np.sum(attained, axis=axis, keepdims=True, dtype=x.dtype))


def _sum_transpose(g: Any, out: Any, x: Any, *, axis: Any = None, keepdims: bool = False) -> Any:
    return np.broadcast_to(_spread(g, x.shape, axis, keepdims), x.shape)


def _mean_transpose(g: Any, out: Any, x: Any, *, axis: Any = None, keepdims: bool = False) -> Any:
    return _sum_transpose(g / (x.size / max(out.size, 1)), out, x, axis=axis, keepdims=keepdims)


total = linear("sum", np.sum, _sum_transpose)
mean = linear("mean", np.mean, _mean_transpose)
amax = Op("max", np.max, [_share])
amin = Op("min", np.min, [_share])
