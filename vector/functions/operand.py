"""Reading what users pass in."""

from __future__ import annotations

from typing import Any

import numpy as np

from vector import rules


def operand(x: Any) -> Any:
    """A Tensor or an array as it is; numbers and nested lists as an array."""
    return x if hasattr(x, "shape") else np.asarray(x)


def numbers(x: Any) -> Any:
    """An array of its own with the numbers of a Tensor, an array or a nested list."""
    return np.array(getattr(x, "_data", x))


def cast(x: Any, dtype: Any) -> Any:
    """The operand in another dtype, if it is in another."""
    x = operand(x)
    return x if x.dtype == dtype else rules.astype(x, dtype=dtype)
