"""The fully connected layer."""

from typing import Any

import numpy as np
import numpy.typing as npt

from vector import rules
from vector.arrays import Generator, aligned
from vector.nn.module import Module, parameter
from vector.tensor import Tensor


class Linear(Module):
    """x·Wᵀ + b, x: (..., in) → (..., out), recorded as one operation.

    Args:
        in_features, out_features: sizes; `weight` is (out, in) and `bias` (out,), as in PyTorch.
        bias: whether there is a b; without, `bias` is None.
        dtype: of the parameters.
        generator: source of the initial parameters, uniform in ±1/√in as in PyTorch; default: a fresh one.

    Raises ValueError: a size below 1; when called, x.shape[-1] != in_features.
    """

    bias: Any  # a Tensor, unless it was refused

    def __init__(self, in_features: int, out_features: int, bias: bool = True, *, dtype: npt.DTypeLike = np.float32,
                 generator: Generator = None) -> None:  # fmt: skip
        if in_features < 1 or out_features < 1:
            raise ValueError(f"Linear: expected sizes >= 1, got in={in_features}, out={out_features}")
        generator = generator or np.random.default_rng()
        bound = 1 / np.sqrt(in_features)
        # Stored column by column, so that Wᵀ, which the product x·Wᵀ reads, lies in memory row by row.
        weight = generator.uniform(-bound, bound, (out_features, in_features)).astype(dtype, order="F")
        self.weight = parameter(aligned(weight), "weight")
        self.bias = parameter(generator.uniform(-bound, bound, out_features).astype(dtype), "bias") if bias else None

    def __call__(self, x: Any) -> Tensor:
        """x·Wᵀ + b."""
        weight, bias = self.weight, self.bias
        shape = x.shape if isinstance(x, Tensor) else np.shape(x)
        if not shape or shape[-1] != weight.shape[1]:
            raise ValueError(f"Linear: expected x.shape[-1] == {weight.shape[1]} (in_features), got shape {shape}")
        return rules.matmul(x, weight.T) if bias is None else rules.linear_map(x, weight, bias)

    def extra_repr(self) -> str:
        """In, out, and whether the bias is missing."""
        out_features, in_features = self.weight.shape
        return f"{in_features}, {out_features}" + (", bias=False" if self.bias is None else "")
