"""A replay beside the step itself: the same arrays, the same changes, or an error that names the call."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from vector.compilation.comparison import named
from vector.compilation.program import Array
from vector.compilation.tracers import CaptureError, value_of
from vector.compilation.variant import Variant
from vector.tensor import Tensor
from vector.trees import tree_leaves, tree_map


def result(x: Any) -> Any:
    """What a step returned as the user gets it: arrays of its own, Tensors without history."""
    if isinstance(x, Tensor):
        return Tensor(np.array(value_of(x._array)))
    x = value_of(x)
    return np.array(x) if isinstance(x, np.ndarray) else x


def checked(variant: Variant, given: Sequence[Any], step: Callable[[], Any], *, native: bool) -> Any:
    """A replay, undone, and the step itself from the same state, whose results are returned.

    Raises:
        CaptureError: they differ: at all, or in machine code by more than the root of the dtype's precision.
    """
    before = [(place, place.read()) for place in variant.left]
    written = [*variant.arrays, *(given[i] for i in variant.writes)]
    arrays = [x.copy() for x in written]
    draws = {id(g): (g, g.bit_generator.state) for g in variant.generators}
    counted = [x.copy() for x in variant.counted]
    mine = _numbers(variant.run(given), variant, written)
    for place, value in before:
        place.write(value)
    for x, old in zip(written, arrays, strict=True):
        locked, x.flags.writeable = not x.flags.writeable, True  # np.add.at writes to what is read-only, too
        x[...] = old
        x.flags.writeable = not locked
    for generator, state in draws.values():
        generator.bit_generator.state = state
    for x, old in zip(variant.counted, counted, strict=True):
        x[:] = old
    with np.errstate(all="ignore"):
        output = tree_map(result, step())
    variant.forget_gradients()
    made = [x.value.dtype for call in variant.program.calls for x in call.results if isinstance(x, Array)]
    eps = max((float(np.finfo(dtype).eps) for dtype in made if dtype.kind == "f"), default=0.0)
    symbols = [*variant.written, *tree_leaves(variant.program.output)]
    for x, y, symbol in zip(mine, _numbers(output, variant, written), symbols, strict=True):
        if not _agree(x, y, native, eps):
            whole = getattr(symbol, "of", None)
            calls = [c for c in variant.program.calls if any(z.of is whole for z in (*c.results, *c.writes))]
            raise CaptureError(
                f"compile: expected a replay that gives what the step does, got {str(x)[:60]} for {str(y)[:60]}"
                + (f", by {named(calls[-1])}" if calls else "")
            )
    return output


def _numbers(output: Any, variant: Variant, written: Sequence[Any]) -> list[Any]:
    """Copies of the arrays that were written to, of those of a result, and of those that were left outside."""
    found = (getattr(x, "_array", x) for x in (*written, *tree_leaves([output, [it.read() for it in variant.left]])))
    return [np.array(x) if isinstance(x, (np.ndarray, np.generic, float, int)) else x for x in found]


def _agree(x: Any, y: Any, native: bool, eps: float) -> bool:
    if not isinstance(x, np.ndarray) or not isinstance(y, np.ndarray):
        return x is y or type(x) is type(y)
    if (x.shape, x.dtype) != (y.shape, y.dtype):
        return False
    if not native or x.dtype.kind != "f":
        return x.tobytes() == y.tobytes() or bool(np.array_equal(x, y, equal_nan=x.dtype.kind in "fc"))
    sizes = np.abs(y[np.isfinite(y)])
    bound = np.sqrt(eps) * max(1.0, sizes.max(initial=0))
    return bool(np.allclose(x, y, rtol=0, atol=bound, equal_nan=True))
