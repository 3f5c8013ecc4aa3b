"""Which rule or function stands behind which NumPy function, so that `np.exp(tensor)` records itself."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from vector import functions, rules
from vector.op import Op

UFUNCS: dict[np.ufunc, Op] = {
    np.absolute: rules.absolute,
    np.add: rules.add,
    np.cos: rules.cos,
    np.divide: rules.divide,
    np.exp: rules.exp,
    np.log: rules.log,
    np.matmul: rules.matmul,
    np.maximum: rules.maximum,
    np.minimum: rules.minimum,
    np.multiply: rules.multiply,
    np.negative: rules.negative,
    np.power: rules.power,
    np.sign: rules.sign,
    np.sin: rules.sin,
    np.sqrt: rules.sqrt,
    np.subtract: rules.subtract,
    np.tan: rules.tan,
    np.tanh: rules.tanh,
}

FUNCTIONS: dict[Callable[..., Any], Callable[..., Any]] = {
    np.broadcast_to: functions.broadcast_to,
    np.concatenate: functions.concatenate,
    np.expand_dims: functions.expand_dims,
    np.max: functions.max,
    np.mean: functions.mean,
    np.min: functions.min,
    np.ravel: functions.ravel,
    np.reshape: functions.reshape,
    np.squeeze: functions.squeeze,
    np.stack: functions.stack,
    np.sum: functions.sum,
    np.swapaxes: functions.swapaxes,
    np.transpose: functions.transpose,
    np.where: functions.where,
}

# Without a derivative: they answer with plain arrays, computed from the tensors' numbers.
NOT_DIFFERENTIABLE: frozenset[Callable[..., Any]] = frozenset(
    {
        np.argmax, np.argmin, np.argsort, np.array_equal, np.allclose, np.isfinite, np.isnan, np.isinf,
        np.equal, np.not_equal, np.less, np.less_equal, np.greater, np.greater_equal, np.shape, np.ndim, np.size,
    }
)  # fmt: skip


def not_covered(function: Callable[..., Any]) -> TypeError:
    """The error for a NumPy function without a rule."""
    return TypeError(
        f"np.{function.__name__} has no differentiation rule in vector, and computing it anyway would cut the graph; "
        "write it with covered functions, use .data for plain numbers, or add a row to vector/rules"
    )
