"""The values of an ONNX graph in the making, with which formulas are written as on paper."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import partialmethod
from typing import Any

import numpy as np
import numpy.typing as npt

from vector.training.export.double import IN_DOUBLE

DTYPES = {np.dtype(np.float32): 1, np.dtype(np.float64): 11}
"""What ONNX calls the dtypes of a model."""


@dataclass(frozen=True, eq=False)
class Value:
    """What an operator takes and gives.

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
        """The operator's result, of this shape; in float64 perhaps that of a formula which stands for it."""
        if self.dtype == np.float64 and operator in IN_DOUBLE:
            return IN_DOUBLE[operator](self, *others, **attributes)
        from onnx.helper import make_node

        name, inputs = f"{operator}_{len(self.graph.node)}", [value.name for value in (self, *others)]
        self.graph.node.append(make_node(operator, inputs, [name], name, **attributes))
        return replace(self, name=name)

    def shaped(self, *shape: int) -> Value:
        """The same, known to have another shape."""
        return replace(self, shape=shape)

    def reshape(self, *shape: int) -> Value:
        """The same numbers, each sample in another shape."""
        return self.op("Reshape", self.constant(np.array([0, *shape]), dtype=np.int64)).shaped(*shape)  # 0: as it is

    def cast(self, dtype: np.dtype[Any]) -> Value:
        """The numbers in another dtype."""
        return replace(self.op("Cast", to=DTYPES[dtype]), dtype=dtype)

    def constant(self, numbers: npt.ArrayLike, name: str | None = None, dtype: npt.DTypeLike | None = None) -> Value:
        """Numbers that the file holds, in this dtype or another; without a name they are numbered."""
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
