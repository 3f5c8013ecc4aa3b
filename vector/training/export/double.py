"""Formulas for operators of the standard which in float64 onnxruntime lacks, or computes in float32.

They are made of operators that it has in both. `x` and what else the operators take are `Value`s.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from functools import reduce
from typing import TYPE_CHECKING

import numpy as np

from vector.rules.elementwise import SELU_ALPHA, SELU_SCALE
from vector.rules.special import ERF_FAR, ERF_NEAR

if TYPE_CHECKING:
    from vector.training.export.graph import Value


def _below(x: Value) -> Value:
    """min(x, 0)."""
    return x.op("Min", x.constant(0))


def _leaky(x: Value, alpha: Value | float) -> Value:
    return x.op("Relu") + _below(x) * alpha


def _elu(x: Value, alpha: float) -> Value:
    return x.op("Relu") + (_below(x).op("Exp") - 1) * alpha


def _selu(x: Value) -> Value:
    return _elu(x, SELU_ALPHA) * SELU_SCALE


def _softplus(x: Value) -> Value:
    return x.op("Relu") + ((-x.op("Abs")).op("Exp") + 1).op("Log")  # where eˣ would overflow, e⁻ˣ does not


def _quotient(coefficients: Sequence[Sequence[float]], x: Value) -> Value:
    """One polynomial over another, the highest powers first, by Horner's rule."""
    above, below = (reduce(lambda value, c: value * x + c, rest, x * first + c) for first, c, *rest in coefficients)
    return above / below


def _erf(x: Value) -> Value:
    """W. J. Cody's quotients, as `rules.erf` has them."""
    size = x.op("Abs")
    near, far = x.op("Clip", x.constant(-0.5), x.constant(0.5)), size.op("Clip", x.constant(0.5), x.constant(6))
    middle = near * _quotient(ERF_NEAR, near * near)
    outer = x.op("Sign") * (-((-(far * far)).op("Exp") * _quotient(ERF_FAR, far)) + 1)
    return size.op("LessOrEqual", x.constant(0.5)).op("Where", middle, outer)


def _gelu(x: Value, approximate: str) -> Value:
    inner = (x + x * x * x * 0.044715) * math.sqrt(2 / math.pi) if approximate == "tanh" else x * math.sqrt(0.5)
    return x * ((inner.op("Tanh" if approximate == "tanh" else "Erf") + 1) * 0.5)


def _batch_norm(x: Value, *moments: Value, epsilon: float) -> Value:
    rows = range(1, len(x.shape))  # a number for each feature, beside its row of numbers
    scale, bias, mean, variance = (
        moment.op("Unsqueeze", x.constant(rows, dtype=np.int64)) if rows else moment for moment in moments
    )
    return (x - mean) / (variance + epsilon).op("Sqrt") * scale + bias


def _layer_norm(x: Value, scale: Value, bias: Value, *, axis: int, epsilon: float) -> Value:
    axes = x.constant(range(axis, 0), dtype=np.int64)
    centred = x - x.op("ReduceMean", axes)
    return centred / ((centred * centred).op("ReduceMean", axes) + epsilon).op("Sqrt") * scale + bias


IN_DOUBLE: dict[str, Callable[..., Value]] = {
    "LeakyRelu": _leaky,
    "PRelu": _leaky,
    "Elu": _elu,
    "Selu": _selu,
    "Softplus": _softplus,
    "Erf": _erf,
    "Gelu": _gelu,
    "BatchNormalization": _batch_norm,
    "LayerNormalization": _layer_norm,
}
"""By the operator's name, what makes its result from its inputs and attributes."""
