"""Images as vectors."""

import math
from typing import Any

from vector import functions
from vector.nn.module import Module


class Flatten(Module):
    """The axes from start_dim to end_dim as one: by default (batch, ...) → (batch, n).

    Raises ValueError: when called, x has no such axes.
    """

    _shown = "start_dim={0.start_dim}, end_dim={0.end_dim}"

    def __init__(self, start_dim: int = 1, end_dim: int = -1) -> None:
        self.start_dim, self.end_dim = start_dim, end_dim

    def __call__(self, x: Any) -> Any:
        """The same numbers with fewer axes."""
        shape = x.shape
        start, end = (axis + len(shape) if axis < 0 else axis for axis in (self.start_dim, self.end_dim))
        if not 0 <= start <= end < len(shape):
            raise ValueError(
                f"Flatten: expected x to have axes {self.start_dim} (start_dim) to {self.end_dim} (end_dim), got "
                f"shape {shape}"
            )
        return functions.reshape(x, (*shape[:start], math.prod(shape[start : end + 1]), *shape[end + 1 :]))
