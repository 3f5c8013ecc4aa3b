"""The fully connected layer, and the table of vectors, of which an index takes a row as a one-hot vector would."""

from typing import Any

import numpy as np
import numpy.typing as npt

from vector import modes, rules
from vector.arrays import Generator, aligned, as_array
from vector.functions.operand import whole
from vector.nn.module import Module, parameter
from vector.tensor import Tensor, data_of


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


class Embedding(Module):
    """Row i of a learnt table for each index i: (...) integers → (..., embedding_dim).

    Args:
        num_embeddings, embedding_dim: the shape of the table, `weight`.
        dtype: of the table.
        generator: source of its first numbers, standard normal as in PyTorch; default: a fresh one.

    Raises TypeError: when called, indices are not integers; IndexError: when called, an index is outside [0,
    num_embeddings).
    """

    _shown = "{0.weight.shape[0]}, {0.weight.shape[1]}"

    def __init__(
        self, num_embeddings: int, embedding_dim: int, *, dtype: npt.DTypeLike = np.float32, generator: Generator = None
    ) -> None:
        generator = generator or np.random.default_rng()
        self.weight = parameter(generator.normal(size=(num_embeddings, embedding_dim)).astype(dtype), "weight")

    def __call__(self, x: Any) -> Tensor:
        """The rows of the table."""
        indices = as_array(data_of(whole(x)))
        if indices.dtype.kind not in "iu":
            raise TypeError(f"Embedding: expected integer indices, got dtype {indices.dtype}")
        modes.current_hooks().on_check(check_indices, (indices, len(self.weight)))
        return self.weight[indices]


def check_indices(indices: npt.NDArray[Any], count: int) -> None:
    """Refuse indices outside the table."""
    if indices.size and not 0 <= indices.min() <= indices.max() < count:
        raise IndexError(
            f"Embedding: expected 0 <= index < {count} (num_embeddings), got {indices.min()} to {indices.max()}"
        )
