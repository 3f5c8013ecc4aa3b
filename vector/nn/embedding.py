"""Vectors for words."""

from typing import Any

import numpy as np
import numpy.typing as npt

from vector import modes
from vector.arrays import Generator, as_array
from vector.functions.operand import whole
from vector.nn.module import Module, parameter
from vector.tensor import Tensor, data_of


class Embedding(Module):
    """Row i of a learnt table for each index i: (...) integers → (..., embedding_dim).

    Args:
        num_embeddings, embedding_dim: the shape of the table, `weight`.
        dtype: of the table.
        generator: source of its first numbers, standard normal as in PyTorch; default: a fresh one.

    Raises:
        TypeError: when called, indices are not integers.
        IndexError: when called, an index is outside [0, num_embeddings).
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
