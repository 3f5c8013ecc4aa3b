"""Numbers at regular distances, and arrays made after another's shape."""

import math
from typing import Any

import numpy as np

from vector import rules
from vector.arrays import operand
from vector.functions.elementwise import where
from vector.functions.operand import cast, common_type, detached
from vector.functions.shape import broadcast_arrays, broadcast_to, expand_dims, moveaxis


def linspace(start: Any, stop: Any, num: int = 50, endpoint: bool = True, retstep: bool = False, *, axis: int = 0,
             dtype: Any = None) -> Any:  # fmt: skip
    """num numbers from start to stop at equal distances; with `retstep`, and the distance.

    Args:
        start: the first, a number or an array of any shape.
        stop: the last, or with `endpoint` False the one after it.
        num: how many.
        endpoint: whether stop is among them.
        retstep: whether to return the distance too.
        axis: the place of the new axis.
        dtype: of the result; whole numbers are rounded down.

    Raises ValueError: num < 0.
    """
    if num < 0:
        raise ValueError(f"linspace: expected num >= 0, got {num}")
    common = common_type(start, stop)
    start, stop = (cast(x, common if common.kind == "f" else np.float64) for x in (start, stop))
    steps = max(num - bool(endpoint), 0)
    step = (stop - start) / (steps or 1)
    place = np.arange(num, dtype=step.dtype).reshape((num,) + (1,) * step.ndim)
    out = start + place * step
    if endpoint and num > 1:
        out = where(place == num - 1, stop, out)  # whatever the rounding of the others
    out = moveaxis(out, 0, axis)
    if dtype is not None:
        out = cast(rules.floor(out) if np.dtype(dtype).kind in "iu" else out, dtype)
    return (out, step if steps else math.nan) if retstep else out


def logspace(
    start: Any, stop: Any, num: int = 50, endpoint: bool = True, base: Any = 10.0, *, axis: int = 0, dtype: Any = None
) -> Any:
    """base to the power of num numbers from start to stop at equal distances; see `linspace`."""
    if operand(base).ndim:
        start, stop, base = broadcast_arrays(start, stop, base)
        base = expand_dims(base, axis)
    return cast(rules.power(base, linspace(start, stop, num, endpoint, axis=axis)), dtype)


def geomspace(start: Any, stop: Any, num: int = 50, endpoint: bool = True, *, axis: int = 0, dtype: Any = None) -> Any:
    """num numbers from start to stop at equal ratios, in float64; see `linspace`.

    Raises ValueError: start or stop is 0.
    """
    start, stop = (cast(x, np.float64) for x in (start, stop))
    sign = np.sign(detached(start))
    if np.any(sign * np.sign(detached(stop)) == 0):
        raise ValueError("geomspace: expected start and stop that are not 0, got a 0; write np.linspace")
    first, last = start * sign, stop * sign
    out = rules.exp(linspace(rules.log(first), rules.log(last), num, endpoint))
    place = np.arange(num).reshape((num,) + (1,) * (out.ndim - 1))
    out = where(place == 0, first, where((place == num - 1) & endpoint, last, out))  # whatever the rounding
    return cast(moveaxis(out * sign, 0, axis), dtype)


def full_like(a: Any, fill_value: Any, dtype: Any = None, *, shape: Any = None) -> Any:
    """fill_value in a's shape (or another); its gradient is the sum of g."""
    a, fill_value = operand(a), operand(fill_value)
    if not hasattr(fill_value, "_apply"):
        return np.full_like(detached(a), fill_value, dtype, shape=shape)
    return broadcast_to(cast(fill_value, dtype or a.dtype), a.shape if shape is None else shape)


def astype(x: Any, dtype: Any, *, copy: bool = True) -> Any:
    """The numbers in another dtype, copied in any case; the gradient comes back in x's own.

    Whole numbers and booleans carry no gradient: converted to them, x is cut off.

    Raises TypeError: a dtype of a Tensor that is not real, such as complex or object.
    """
    dtype = np.dtype(dtype)
    if hasattr(x, "detach") and dtype.kind != "f":
        if dtype.kind not in "biu":
            raise TypeError(f"astype: expected a real dtype of a Tensor, got {dtype}; of its numbers, x.data.astype(…)")
        x = x.detach()
    return rules.astype(operand(x), dtype=dtype)
