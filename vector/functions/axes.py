"""The axes that a function works along."""

from __future__ import annotations

from typing import Any

from numpy.lib.array_utils import normalize_axis_tuple

__all__ = ["Axis"]

Axis = int | tuple[int, ...] | None


def named(axis: Any, ndim: int) -> tuple[int, ...]:
    """The axes, counted from the front; all for None.

    Raises:
        ValueError: one that is not among ndim axes (an AxisError), or one named twice.

    >>> named((-1, 0), 3)
    (2, 0)
    """
    return tuple(range(ndim)) if axis is None else normalize_axis_tuple(axis, ndim)
