"""Naming the operation that made NaN or infinity."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from vector.watcher import Watcher


class AnomalyError(ArithmeticError):
    """Raised under `detect_anomaly` by the first operation that makes NaN or infinity."""


class Detector(Watcher):
    """Looks on while the engine computes, and stops it at the first NaN or infinity."""

    def saw(self, name: str, result: Any, operands: Sequence[Any], where: str) -> None:
        """Check the result."""
        check(name, result, operands, where)


def check(name: str, result: Any, operands: Sequence[Any], where: str) -> None:
    """Raise if `result` has a NaN or an infinity.

    Args:
        name: the operation.
        result: array, its value or a gradient it sent back.
        operands: what it was computed from; printed at the offending place where they broadcast with the result.
        where: "value", "gradient" or "tangent".

    Raises:
        AnomalyError: with the first offending index and the operands there.
    """
    finite = np.isfinite(result)
    if finite.all():
        return
    index = tuple(int(i) for i in np.argwhere(~finite)[0])
    there = ", ".join(_at(operand, np.shape(result), index) for operand in operands)
    place = f" at index {index}" if index else ""
    raise AnomalyError(f"{name} made {result[index]}{place} in its {where}; its operands there: {there}")


def _at(operand: Any, shape: tuple[int, ...], index: tuple[int, ...]) -> str:
    """The operand's element that went into the result's element at `index`, or its shape where there is no such one."""
    try:
        return str(np.broadcast_to(operand, shape)[index])
    except ValueError:
        return f"array of shape {np.shape(operand)}"
