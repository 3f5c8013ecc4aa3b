"""What several losses ask of their arguments."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from vector.arrays import as_array
from vector.tensor import Tensor


def numbers(x: Any) -> npt.NDArray[Any]:
    """The numbers of a Tensor, array or nested sequence."""
    return x.data if isinstance(x, Tensor) else as_array(x)


def same_shape(loss: str, prediction: Any, target: Any) -> None:
    """Refuse a target of another shape than the prediction: broadcasting here is nearly always a mistake.

    Raises:
        ValueError: the shapes differ.
    """
    expected, got = np.shape(numbers(prediction)), np.shape(numbers(target))
    if expected != got:
        raise ValueError(f"{loss}: expected target.shape == {expected}, got {got}; reshape one of them")
