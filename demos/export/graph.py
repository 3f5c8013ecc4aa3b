"""The values of an ONNX graph, with which formulas are written as on paper.

In float64, onnxruntime lacks some operators of the standard, or computes them in float32; below are formulas for them,
of operators that it has in both.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partialmethod, reduce
from typing import Any

import numpy as np
import numpy.typing as npt

from vector.rules.elementwise import SELU_ALPHA, SELU_SCALE
from vector.rules.numerics import ERF_FAR, ERF_NEAR

DTYPES = {np.dtype(np.float32): 1, np.dtype(np.float64): 11}
"""What ONNX calls the dtypes of a model."""


@dataclass(frozen=True, eq=False)
class Value:
    """An input or an output of operators.

    Attributes:
        graph: onnx's `GraphProto`, to which operators are added in the order in which they are computed.
        name: in the file.
        shape: of one sample, or of a constant.
        dtype: of its numbers.
    """

    graph: Any
    name: str
    shape: tuple[int, ...]
    dtype: np.dtype[Any]

    def op(self, operator: str, *others: Value, **attributes: Any) -> Value:
        """The operator's result, of this shape; in float64 perhaps by a formula from `IN_DOUBLE`."""
        if self.dtype == np.float64 and operator in IN_DOUBLE:
            return IN_DOUBLE[operator](self, *others, **attributes)
        from onnx.helper import make_node

        name, inputs = f"{operator}_{len(self.graph.node)}", [value.name for value in (self, *others)]
        self.graph.node.append(make_node(operator, inputs, [name], name, **attributes))
        return replace(self, name=name)

    def shaped(self, *shape: int) -> Value:
        """The same value with another shape."""
        return replace(self, shape=shape)

    def reshape(self, *shape: int) -> Value:
        """Each sample's numbers in another shape."""
        return self.op("Reshape", self.constant(np.array([0, *shape]), dtype=np.int64)).shaped(*shape)  # 0: unchanged

    def cast(self, dtype: np.dtype[Any]) -> Value:
        """The numbers in another dtype."""
        return replace(self.op("Cast", to=DTYPES[dtype]), dtype=dtype)

    def constant(self, numbers: npt.ArrayLike, name: str | None = None, dtype: npt.DTypeLike | None = None) -> Value:
        """Numbers that the file holds, in this dtype or another; the default name is a number."""
        from onnx.numpy_helper import from_array

        array = np.asarray(numbers, self.dtype if dtype is None else dtype)
        name = name or f"constant_{len(self.graph.initializer)}"
        self.graph.initializer.append(from_array(array, name))
        return Value(self.graph, name, array.shape, array.dtype)

    def _with(self, operator: str, other: Value | float) -> Value:
        return self.op(operator, other if isinstance(other, Value) else self.constant(other))

    __add__ = partialmethod(_with, "Add")
    __sub__ = partialmethod(_with, "Sub")
    __mul__ = partialmethod(_with, "Mul")
    __truediv__ = partialmethod(_with, "Div")

    def __neg__(self) -> Value:
        return self.op("Neg")


def _below(x: Value) -> Value:
    """min(x, 0)."""
    return x.op("Min", x.constant(0))


def _elu(x: Value, alpha: float) -> Value:
    return x.op("Relu") + (_below(x).op("Exp") - 1) * alpha


def _quotient(coefficients: Sequence[Sequence[float]], x: Value) -> Value:
    """One polynomial over another, the highest powers first, by Horner's rule."""
    above, below = (reduce(lambda value, c: value * x + c, rest, x * first + c) for first, c, *rest in coefficients)
    return above / below


def _erf(x: Value) -> Value:
    """W. J. Cody's quotients, those of `rules.erf`."""
    size = x.op("Abs")
    near, far = x.op("Clip", x.constant(-0.5), x.constant(0.5)), size.op("Clip", x.constant(0.5), x.constant(6))
    middle = near * _quotient(ERF_NEAR, near * near)
    outer = x.op("Sign") * (-((-(far * far)).op("Exp") * _quotient(ERF_FAR, far)) + 1)
    return size.op("LessOrEqual", x.constant(0.5)).op("Where", middle, outer)


def _gelu(x: Value, approximate: str) -> Value:
    inner = (x + x * x * x * 0.044715) * math.sqrt(2 / math.pi) if approximate == "tanh" else x * math.sqrt(0.5)
    return x * ((inner.op("Tanh" if approximate == "tanh" else "Erf") + 1) * 0.5)


def _hard_sigmoid(x: Value, alpha: float = 0.2, beta: float = 0.5) -> Value:
    return (x * alpha + beta).op("Clip", x.constant(0), x.constant(1))


def _batch_norm(x: Value, *arrays: Value, epsilon: float) -> Value:
    axes = range(1, len(x.shape))  # of the numbers that each feature has in a sample
    scale, bias, mean, variance = (
        array.op("Unsqueeze", x.constant(axes, dtype=np.int64)) if axes else array for array in arrays
    )
    return (x - mean) / (variance + epsilon).op("Sqrt") * scale + bias


def _layer_norm(x: Value, scale: Value, bias: Value, *, axis: int, epsilon: float) -> Value:
    axes = x.constant(range(axis, 0), dtype=np.int64)
    centred = x - x.op("ReduceMean", axes)
    return centred / ((centred * centred).op("ReduceMean", axes) + epsilon).op("Sqrt") * scale + bias


IN_DOUBLE: dict[str, Callable[..., Value]] = {
    **dict.fromkeys(("LeakyRelu", "PRelu"), lambda x, alpha: x.op("Relu") + _below(x) * alpha),
    "Elu": _elu,
    "Celu": lambda x, alpha: (x / alpha).op("Elu", alpha=1.0) * alpha,
    "Mish": lambda x: x * x.op("Softplus").op("Tanh"),
    "Softsign": lambda x: x / (x.op("Abs") + 1),
    "Shrink": lambda x, lambd, bias=0.0: (
        x.op("Abs").op("Greater", x.constant(lambd)).op("Where", x - x.op("Sign") * bias, x.constant(0))
    ),
    "Sigmoid": lambda x: ((-x).op("Exp") + 1).op("Reciprocal"),  # before 1.32, x times its own was for float32 alone
    "HardSigmoid": _hard_sigmoid,
    "HardSwish": lambda x: x * _hard_sigmoid(x, alpha=1 / 6),
    "Selu": lambda x: _elu(x, SELU_ALPHA) * SELU_SCALE,
    # Where eˣ would overflow, e⁻ˣ does not.
    "Softplus": lambda x: x.op("Relu") + ((-x.op("Abs")).op("Exp") + 1).op("Log"),
    "Erf": _erf,
    "Gelu": _gelu,
    "BatchNormalization": _batch_norm,
    "LayerNormalization": _layer_norm,
}
"""By the operator's name, what makes its result from its inputs and attributes."""
