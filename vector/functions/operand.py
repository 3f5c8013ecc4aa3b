"""Reading what users pass in."""

from __future__ import annotations

from typing import Any

import numpy as np

from vector import rules
from vector.structure import leaves


def operand(x: Any) -> Any:
    """A Tensor or an array as it is; numbers and nested lists as an array, or where they hold Tensors as a Tensor."""
    if hasattr(x, "shape"):
        return x
    if isinstance(x, (list, tuple)) and any(hasattr(leaf, "_apply") for leaf in leaves(x)):
        return rules.stack(*map(operand, x))
    return np.asarray(x)


def numbers(x: Any) -> Any:
    """An array of its own with the numbers of a Tensor, an array or a nested list."""
    return np.array(getattr(x, "_array", x))


def cast(x: Any, dtype: Any) -> Any:
    """The operand in another dtype, if it is in another."""
    x = operand(x)
    return x if x.dtype == dtype else rules.astype(x, dtype=dtype)
