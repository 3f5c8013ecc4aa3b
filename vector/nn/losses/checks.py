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


def floating(x: Any) -> Tensor:
    """A prediction as a Tensor; whole numbers, which wrap around, and booleans become float64.

    >>> floating(np.array([2], np.uint8)) - np.array([3], np.uint8)
    Tensor([-1.])
    """
    array = numbers(x)
    if array.dtype.kind in "biu":
        return Tensor(array.astype(np.float64))
    return x if isinstance(x, Tensor) else Tensor(array)


def same_shape(loss: str, prediction: Any, target: Any) -> None:
    """Refuse a target of another shape than the prediction: broadcasting here is nearly always a mistake.

    Raises:
        ValueError: the shapes differ.
    """
    expected, got = np.shape(numbers(prediction)), np.shape(numbers(target))
    if expected != got:
        raise ValueError(f"{loss}: expected target.shape == {expected}, got {got}; reshape one of them")


def check_signs(loss: str, signs: npt.NDArray[Any]) -> None:
    """Refuse targets other than 1 and −1.

    Raises:
        ValueError: one of them is another number, such as the 0 of labels.
    """
    if (np.abs(signs) != 1).any():
        raise ValueError(f"{loss}: expected targets of 1 or -1, got {np.unique(signs)}")


def check_classes(loss: str, targets: npt.NDArray[Any], classes: int) -> None:
    """Refuse targets that are no class indices.

    Raises:
        TypeError: they are not integers. ValueError: one of them is outside [0, classes).
    """
    if targets.dtype.kind not in "iu":
        raise TypeError(f"{loss}: expected integer class indices as targets, got dtype {targets.dtype}")
    unsigned = targets.view(np.uintp) if targets.dtype == np.intp else targets.astype(np.uintp)
    if np.maximum.reduce(unsigned) >= classes:  # a negative one, read without its sign, is larger than any class
        wrong = targets[(targets < 0) | (targets >= classes)][0]
        raise ValueError(f"{loss}: expected 0 <= target < {classes} (classes), got {wrong}")
