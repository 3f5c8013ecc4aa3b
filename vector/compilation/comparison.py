"""Whether two recordings of a step are the same program, and whether a replay does what the step does."""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from vector.arrays import address, array_of, layout
from vector.compilation.program import Array, Call, Number, Program, Symbol, identical, name_of, shown
from vector.compilation.tracers import CaptureError, value_of
from vector.compilation.variant import Variant
from vector.tensor import Tensor
from vector.trees import tree_leaves, tree_map


def difference(first: Program, second: Program) -> str | None:
    """Where two recordings differ, in words; None if a replay of the second is right for both.

    Why record twice? A constant of the step that has changed by the second time (a counter, the time of day, numbers
    drawn past the engine) would be frozen in a plan; so would a branch that Python takes only the first time.
    """
    for one, other in zip(first.calls, second.calls, strict=False):
        if one.function != other.function or one.kind != other.kind:
            return f"it did {described(one)} the first time and {described(other)} the second"
        found = _first_difference((one.args, dict(one.kwargs)), (other.args, dict(other.kwargs)))
        if found:
            return f"in {described(other)}, {found}"
        made = [(x, y) for x, y in zip(one.results, other.results, strict=True) if isinstance(x, Array)]
        if any(x.value is y.value and x not in one.operands for x, y in made):
            return "it changes an array that it reaches by a way that cannot be seen; keep it in a variable"
    if len(first.calls) != len(second.calls):
        return f"it made {len(first.calls)} calls of NumPy the first time and {len(second.calls)} the second"
    found = _first_difference(first.output, second.output)
    return found and f"in what it returns or leaves behind, {found}"


def described(call: Call) -> str:
    """A call as users know it: by its name and their line."""
    return f"np.{name_of(call.function)}{call.line}"


def _first_difference(x: Any, y: Any) -> str | None:
    if isinstance(x, dict) and isinstance(y, dict) and x.keys() == y.keys():
        x, y = tuple(x.values()), tuple(y.values())
    if isinstance(x, (list, tuple)) and type(x) is type(y) and len(x) == len(y):
        return next((found for pair in zip(x, y, strict=True) if (found := _first_difference(*pair))), None)
    if isinstance(x, Symbol) and isinstance(y, Symbol):
        return None if x.number == y.number and _same_operand(x, y) else "it works on another array than the first time"
    if _same_constant(x, y):
        return None
    return (
        f"the constant {shown(x)} became {shown(y)}; pass what changes from step to step as an argument "
        "(arrays and floats may be)"
    )


def _same_operand(x: Symbol, y: Symbol) -> bool:
    if isinstance(x, Number) or isinstance(y, Number):
        return type(x) is type(y) and _supplied(x, y)
    if x.of.origin != y.of.origin or layout(x.value) != layout(y.value):
        return False
    if x.of.origin != "outside" or address(x.value) == address(y.value):
        return True
    return np.array_equal(x.value, y.value, equal_nan=x.value.dtype.kind in "fc")  # both made anew, while it recorded


def _supplied(x: Any, y: Any) -> bool:
    """Whether both numbers come from the same supplier; partial objects are made anew at each recording."""
    ours, theirs = ((getattr(z.supplier, "func", z.supplier), *getattr(z.supplier, "args", ())) for z in (x, y))
    return len(ours) == len(theirs) and ours[0] == theirs[0] and identical(ours[1:], theirs[1:]) and x.index == y.index


def _same_constant(x: Any, y: Any) -> bool:
    if identical(x, y) or isinstance(x, (float, complex, np.generic)):
        return identical(x, y)
    try:
        return bool(type(x) is type(y) and np.all(x == y))
    except (TypeError, ValueError):
        return False


def result(x: Any) -> Any:
    """What a step returned as the user gets it: arrays of its own, Tensors without history."""
    if isinstance(x, Tensor):
        return Tensor(np.array(value_of(x._array)))
    x = value_of(x)
    return np.array(x) if isinstance(x, np.ndarray) else x


def checked(variant: Variant, given: Sequence[Any], step: Callable[[], Any], *, native: bool) -> Any:
    """A replay, undone, and the step itself from the same state, whose results are returned.

    Raises CaptureError: they differ: at all, or in machine code by more than the root of the dtype's precision.
    """
    before = [(place, place.read()) for place in variant.left]
    written = [*variant.arrays, *(given[i] for i in variant.writes)]
    arrays = [x.copy() for x in written]
    draws = {id(g): (g, g.bit_generator.state) for g in variant.generators}
    counted = [x.copy() for x in variant.counted]
    replayed = _snapshot(variant.run(given), variant, written)
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
    variant.clear_gradients()
    made = [x.value.dtype for call in variant.program.calls for x in call.results if isinstance(x, Array)]
    eps = max((float(np.finfo(dtype).eps) for dtype in made if dtype.kind == "f"), default=0.0)
    symbols = [*variant.written, *tree_leaves(variant.program.output)]
    for x, y, symbol in zip(replayed, _snapshot(output, variant, written), symbols, strict=True):
        if not _agree(x, y, native, eps):
            whole = getattr(symbol, "of", None)
            calls = [c for c in variant.program.calls if any(z.of is whole for z in (*c.results, *c.writes))]
            raise CaptureError(
                f"compile: expected a replay that gives what the step does, got {str(x)[:60]} for {str(y)[:60]}"
                + (f", by {described(calls[-1])}" if calls else "")
            )
    return output


def _snapshot(output: Any, variant: Variant, written: Sequence[Any]) -> list[Any]:
    """Copies of the arrays that were written to, of those of a result, and of those that were left outside."""
    found = (array_of(x) for x in (*written, *tree_leaves([output, [it.read() for it in variant.left]])))
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
