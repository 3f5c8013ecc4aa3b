"""What a call of NumPy does besides giving a result, found by trying: what it writes to, whether shapes follow data."""

import contextlib
import warnings
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from vector.compilation.tracers import ArrayTracer, value_of
from vector.trees import tree_leaves, tree_unflatten


def call_finding_writes(
    function: Callable[..., Any], args: Sequence[Any], kwargs: Mapping[str, Any]
) -> tuple[Any, list[np.ndarray[Any, Any]]]:
    """What a call gives, and the arrays that it writes to: those with which it raises while they are read-only.

    So this is known for each function, `np.clip(x, 0, 1, x)` and `np.nan_to_num(x, copy=False)` too, without a list
    that could lack one.
    """
    adds = getattr(function, "__name__", "") == "at" and isinstance(getattr(function, "__self__", None), np.ufunc)
    explicit = [kwargs.get("out"), args[0] if adds else None]  # np.add.at writes to what is read-only, too
    targets = [x for x in tree_leaves(explicit) if isinstance(x, np.ndarray)]
    arrays = {id(x): x for x in tree_leaves([list(args), dict(kwargs)]) if isinstance(x, np.ndarray)}
    operands = [x for x in arrays.values() if x.flags.writeable and not any(x is y for y in targets)]

    def tried(free: Any) -> Any:
        locked = [x for x in operands if x is not free]
        for x in locked:
            x.flags.writeable = False
        try:
            return function(*args, **kwargs)
        finally:
            for x in sorted(locked, key=lambda x: x.base is not None):  # a view may be written to if its base may
                x.flags.writeable = True

    try:
        result = tried(None)
    except Exception:
        for target in operands:
            with contextlib.suppress(Exception):
                return tried(target), [*targets, target]
        return function(*args, **kwargs), [*targets, *operands]
    if not targets and any(isinstance(x, np.ndarray) and not x.flags.writeable for x in tree_leaves([result])):
        result = function(*args, **kwargs)  # a view, made once more, for the first is read-only
    return result, targets


def has_dynamic_shape(function: Callable[..., Any], form: Any, given: Sequence[Any], result: Any) -> bool:
    """Whether the call, with other numbers in traced arrays of the same shapes, gives a result of another shape.

    form, given: of its arguments and keywords, the structure and what is in it.
    """
    shapes = [np.shape(x) for x in tree_leaves([result])]

    def other(ones: slice) -> bool:
        def replaced(x: Any) -> Any:
            if not isinstance(x, ArrayTracer):
                return value_of(x)
            numbers = np.zeros(x.size, x.dtype)
            numbers[ones] = 1
            return numbers.reshape(x.shape)

        try:
            with warnings.catch_warnings(), np.errstate(all="ignore"):
                warnings.simplefilter("ignore")
                args, kwargs = tree_unflatten(form, map(replaced, given))
                made = function(*args, **kwargs)
        except Exception:  # these numbers are not allowed, which says nothing of shapes
            return False
        return [np.shape(x) for x in tree_leaves([made])] != shapes

    return other(slice(0)) or other(slice(None, None, 2))
