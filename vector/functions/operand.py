"""Reading what users pass in."""

import math
from typing import Any

import numpy as np
from numpy.lib.array_utils import normalize_axis_tuple

from vector import rules
from vector.arrays import NUMBERS, check_real, operand

Axis = int | tuple[int, ...] | None


def detached(x: Any) -> Any:
    """An array of its own with the numbers of a Tensor, an array or a nested list."""
    x = operand(x)
    return np.copy(x._read() if hasattr(x, "_read") else x)


def whole(x: Any) -> Any:
    """The operand as indices: an empty list holds whole numbers too."""
    indices = operand(x)
    return indices.astype(np.intp) if isinstance(x, (list, tuple)) and not indices.size else indices


def cast(x: Any, dtype: Any) -> Any:
    """The operand in another dtype, None for its own; among whole numbers and booleans it carries no gradient."""
    if dtype is None:
        return x if hasattr(type(x), "_apply") else operand(x)
    x, dtype = operand(x), np.dtype(dtype)
    if getattr(x, "dtype", dtype) == dtype:  # what stands for a number while a step is recorded has none
        return x
    check_real(x, "beside a Tensor")
    return rules.astype(x.detach() if dtype.kind != "f" and hasattr(x, "detach") else x, dtype=dtype)


def floating(x: Any) -> Any:
    """The operand, in float64 if it holds whole numbers or booleans."""
    x = operand(x)
    return cast(x, np.float64) if hasattr(x, "dtype") and x.dtype.kind != "f" else x


def common_type(*operands: Any) -> np.dtype[Any]:
    """NumPy's dtype of a result of them all, in which a bare number is weak."""
    given = [x if type(x) in NUMBERS or hasattr(x, "as_array") else operand(x) for x in operands]
    for x in given:
        check_real(x, "beside a Tensor")
    return np.result_type(*(+x if type(x) in NUMBERS else getattr(x, "dtype", 1.0) for x in given))


def extremes(dtype: np.dtype[Any]) -> tuple[Any, Any]:
    """The least and the greatest number of a dtype."""
    if dtype.kind == "f":
        return -math.inf, math.inf
    return (False, True) if dtype.kind == "b" else (np.iinfo(dtype).min, np.iinfo(dtype).max)


def named(axis: Any, ndim: int) -> tuple[int, ...]:
    """The axes, counted from the front; all for None.

    Raises ValueError: one that is not among ndim axes (an AxisError), or one named twice.

    >>> named((-1, 0), 3)
    (2, 0)
    """
    return tuple(range(ndim)) if axis is None else normalize_axis_tuple(axis, ndim)
