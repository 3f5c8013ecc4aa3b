"""Softmax and its family."""

from __future__ import annotations

from typing import Any

import numpy as np

from vector import rules
from vector.functions.operand import cast, operand
from vector.op import Op

__all__ = ["log_softmax", "logsumexp", "softmax"]


def softmax(x: Any, axis: int = -1) -> Any:
    """exp(xᵢ) / Σⱼ exp(xⱼ) along an axis, finite for any x."""
    return _of_axis(rules.softmax, x, axis)


def log_softmax(x: Any, axis: int = -1) -> Any:
    """ln softmax(x), without computing the softmax: exact where it would round to 0."""
    return _of_axis(rules.log_softmax, x, axis)


def logsumexp(x: Any, axis: int = -1, keepdims: bool = False) -> Any:
    """ln Σⱼ exp(xⱼ) along an axis, finite for any x; its derivative is softmax."""
    return _of_axis(rules.logsumexp, x, axis, keepdims=keepdims)


def _of_axis(op: Op, x: Any, axis: int, **params: Any) -> Any:
    """The operation along an axis; a number counts as an axis of one, and float16 is added up in float32."""
    x = operand(x)
    if x.dtype == np.float16:
        return cast(_of_axis(op, cast(x, np.dtype(np.float32)), axis, **params), x.dtype)
    if x.ndim:
        return op(x, axis=axis, **params)
    return rules.reshape(op(rules.reshape(x, shape=(1,)), axis=axis, **params), shape=())
