"""What several losses ask of their targets and arguments."""

from collections.abc import Callable
from typing import Any

import numpy as np

from vector import functions, modes
from vector.arrays import Array, as_array, check_real, operand
from vector.functions.operand import floating, whole
from vector.tensor import Tensor


def target_array(x: Any) -> Array:
    """Targets, of a Tensor, an array or a nested sequence, as an array that is not copied."""
    x = whole(x)
    array: Array = x.data if isinstance(x, Tensor) else as_array(x)
    if array.dtype.kind == "c":
        check_real(array, "as targets")
    return array


def same_shape(loss: str, prediction: Any, target: Any) -> tuple[Any, Any]:
    """Both as operands; refuse a target of another shape than the prediction's: broadcasting is mostly a mistake."""
    prediction, target = floating(prediction), operand(target)
    expected, got = prediction.shape, target.shape
    if expected != got:
        raise ValueError(f"{loss}: expected target.shape == {expected}, got {got}; reshape one of them")
    return prediction, target


def labelled(loss: str, scores: Any, targets: Any, check: Callable[[str, Array], None]) -> tuple[Any, Any]:
    """Both as operands of one shape and dtype, the targets checked, also where a step is replayed."""
    scores, targets = same_shape(loss, scores, targets)
    known = target_array(targets)
    modes.current_hooks().on_check(check, (loss, known))
    return scores, targets if isinstance(targets, Tensor) else known.astype(scores.dtype)


def reduced(loss: str, each: Any, reduction: str) -> Any:
    """The losses of the elements averaged, "mean", added up, "sum", or as they are, "none"."""
    if reduction not in ("mean", "sum", "none"):
        raise ValueError(f"{loss}: expected reduction 'mean', 'sum' or 'none', got {reduction!r}")
    return each if reduction == "none" else functions.mean(each) if reduction == "mean" else functions.sum(each)


def check_signs(loss: str, signs: Array) -> None:
    """Refuse targets other than 1 and −1."""
    if not ((signs == 1) | (signs == -1)).all():
        raise ValueError(f"{loss}: expected targets of 1 or -1, got {np.unique(signs)}; for labels of 0 and 1, 2*y - 1")


def check_fractions(loss: str, targets: Array) -> None:
    """Refuse targets outside [0, 1]."""
    if targets.size and not 0 <= targets.min() <= targets.max() <= 1:
        raise ValueError(f"{loss}: expected 0 <= target <= 1, got {targets.min()} to {targets.max()}")


def check_classes(loss: str, targets: Array, classes: int) -> None:
    """Refuse targets that are no class indices, integers in [0, classes)."""
    if targets.dtype.kind not in "iu":
        raise TypeError(f"{loss}: expected integer class indices as targets, got dtype {targets.dtype}")
    unsigned = targets.view(np.uintp) if targets.dtype == np.intp else targets.astype(np.uintp)
    if np.maximum.reduce(unsigned) >= classes:  # a negative one, read without its sign, is larger than any class
        bad = targets[(targets < 0) | (targets >= classes)][0]
        raise ValueError(f"{loss}: expected 0 <= target < {classes} (classes), got {bad}; ignore_index= leaves one out")
