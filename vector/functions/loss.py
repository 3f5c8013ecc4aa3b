"""Softmax and its family, along an axis, over several as one, or over all (None)."""

from typing import Any

import numpy as np

from vector import rules
from vector.arrays import operand
from vector.functions.operand import Axis, cast, floating, named
from vector.op import Op


def softmax(x: Any, axis: Axis = -1) -> Any:
    """exp(xᵢ) / Σⱼ exp(xⱼ) over the axes, finite for any x."""
    return _of_axis(rules.softmax, x, axis)


def log_softmax(x: Any, axis: Axis = -1) -> Any:
    """ln softmax(x) to the last digits of x − max x: finite where the softmax rounds to 0, and for any offset of x."""
    return _of_axis(rules.log_softmax, x, axis)


def logsumexp(x: Any, axis: Axis = -1, keepdims: bool = False, *, initial: Any = None, where: Any = None) -> Any:
    """ln Σⱼ exp(xⱼ) over the axes, finite for any x; its derivative is softmax."""
    x = x if where is None else rules.where(where, x, -np.inf)
    out = _of_axis(rules.logsumexp, x, axis, keepdims=keepdims)
    return out if initial is None else rules.logaddexp(out, cast(initial, out.dtype))


def _of_axis(op: Op, x: Any, axis: Axis, **params: Any) -> Any:
    """The operation over the axes; a number counts as an axis of one, and float16 is added up in float32."""
    x = operand(x)
    kind = x.dtype.char
    if kind == "e":
        return cast(_of_axis(op, cast(x, np.float32), axis, **params), np.float16)
    if kind not in "fd":
        x = floating(x)
    if x.ndim:
        return op(x, axis=axis if type(axis) is int else named(axis, x.ndim), **params)
    return rules.reshape(op(rules.reshape(x, shape=(1,)), axis=axis or 0, **params), shape=())
