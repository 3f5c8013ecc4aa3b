"""Whether two recordings of a step are the same program, and if not, where they part."""

from __future__ import annotations

from typing import Any

import numpy as np

from vector.compilation.arguments import layouts
from vector.compilation.guards import identical
from vector.compilation.program import Array, Call, Number, Origin, Program, name_of, shown


def difference(first: Program, second: Program) -> str | None:
    """Where two recordings differ, in words; None if a replay of the second is right for both.

    Why record twice? A constant of the step that is another at the second time (a counter, the time of day, numbers
    drawn past the engine) would be frozen in a plan; so would a branch that Python takes only the first time.
    """
    for mine, other in zip(first.calls, second.calls, strict=False):
        if mine.function != other.function or mine.kind is not other.kind:
            return f"it did {named(mine)} the first time and {named(other)} the second"
        found = _parted((mine.args, dict(mine.kwargs)), (other.args, dict(other.kwargs)))
        if found:
            return f"in {named(other)}, {found}"
        if any(x.value is y.value for x, y in zip(mine.results, other.results, strict=True) if isinstance(x, Array)):
            return "it changes an array that it reaches by a way that cannot be seen; keep it in a variable"
    if len(first.calls) != len(second.calls):
        return f"it made {len(first.calls)} calls of NumPy the first time and {len(second.calls)} the second"
    found = _parted(first.output, second.output)
    return found and f"in what it returns or leaves behind, {found}"


def named(call: Call) -> str:
    """A call as users know it: by its name and their line."""
    return f"np.{name_of(call.function)}" + (f" (in: {call.line})" if call.line else "")


def _parted(x: Any, y: Any) -> str | None:
    if isinstance(x, dict) and isinstance(y, dict) and x.keys() == y.keys():
        x, y = tuple(x.values()), tuple(y.values())
    if isinstance(x, (list, tuple)) and type(x) is type(y) and len(x) == len(y):
        return next((found for pair in zip(x, y, strict=True) if (found := _parted(*pair))), None)
    if isinstance(x, (Array, Number)) and isinstance(y, (Array, Number)):
        return None if x.number == y.number and _alike(x, y) else "it works on another array than the first time"
    if _same_constant(x, y):
        return None
    return (
        f"the constant {shown(x)} became {shown(y)}; pass what changes from step to step as an argument "
        "(arrays and floats may be)"
    )


def _alike(x: Array | Number, y: Array | Number) -> bool:
    if isinstance(x, Number) or isinstance(y, Number):
        return type(x) is type(y) and _supplied(x, y)
    if x.of.origin is not y.of.origin or layouts([x.value]) != layouts([y.value]):
        return False
    equal_nan = x.value.dtype.kind in "fc"
    return not _is_fresh(x, y) or np.array_equal(x.value, y.value, equal_nan=equal_nan)


def _supplied(x: Any, y: Any) -> bool:
    """Whether both numbers come from the same supplier; partial objects are made anew at each recording."""
    ours, theirs = ((getattr(z.supplier, "func", z.supplier), *getattr(z.supplier, "args", ())) for z in (x, y))
    return len(ours) == len(theirs) and ours[0] == theirs[0] and identical(ours[1:], theirs[1:]) and x.index == y.index


def _is_fresh(x: Array, y: Array) -> bool:
    """Whether two arrays from outside the step are two pieces of memory: made anew, then, at each recording."""
    if y.of.origin is not Origin.outside:
        return False
    return x.value.__array_interface__["data"] != y.value.__array_interface__["data"]


def _same_constant(x: Any, y: Any) -> bool:
    if isinstance(x, slice) and isinstance(y, slice):
        return _parted((x.start, x.stop, x.step), (y.start, y.stop, y.step)) is None
    if identical(x, y) or isinstance(x, (float, complex, np.generic)):
        return identical(x, y)
    try:
        return bool(type(x) is type(y) and np.all(x == y))
    except (TypeError, ValueError):
        return False
