"""What a compiled function is called with: numbers that all examples share, and columns with one entry for each."""

import math
from collections.abc import Callable, Hashable, Iterator
from typing import Any, NamedTuple

import numpy as np

from demos.scalar_compile.formulas import Array
from scalar.trees import tree_leaves, tree_map
from scalar.value import Value

Form = Hashable
"""For one example: SHARED, ("list", *forms), ("dict", (key, its type, form), …) or ("batched", *shape)."""

SHARED = "shared"


class Batch(NamedTuple):
    """The arguments of one call, taken apart."""

    forms: tuple[Form, ...]
    shared: list[Value | float]  # the Values and numbers, which are the same for every example
    batched: Array  # the others, of shape (numbers of one example, examples)
    has_examples: bool  # whether any argument has one entry for each example

    @property
    def size(self) -> int:
        """The number of examples."""
        return self.batched.shape[1]

    def example(self, i: int) -> tuple[Any, ...]:
        """The arguments of one example, as Values."""
        shared = (x if isinstance(x, Value) else Value(x) for x in self.shared)
        batched = (Value(x) for x in self.batched[:, i].tolist())
        return arguments(self.forms, lambda kind: next(shared if kind == SHARED else batched))


def split_arguments(args: tuple[Any, ...], name: str) -> Batch:
    """A call's arguments as a batch.

    Raises:
        TypeError: an argument is not made of numbers.
        ValueError: the columns differ in length.
    """
    shared: list[Value | float] = []
    columns: list[Array] = []
    forms = tuple([_form(arg, f"{name}: argument {place}", shared, columns) for place, arg in enumerate(args)])
    lengths = sorted({len(column) for column in columns})
    if len(lengths) > 1:
        raise ValueError(f"{name}: expected as many examples in each argument, got {' and '.join(map(str, lengths))}")
    examples = lengths[0] if columns else 1
    rows = [column.reshape(examples, math.prod(column.shape[1:])).T for column in columns]
    return Batch(forms, shared, np.concatenate([np.empty((0, examples)), *rows]), bool(columns))


def _form(arg: Any, where: str, shared: list[Value | float], columns: list[Array]) -> Form:
    if isinstance(arg, dict):
        return ("dict", *((x, type(x), _form(part, f"{where}[{x!r}]", shared, columns)) for x, part in arg.items()))
    if isinstance(arg, Value):
        shared.append(arg)
        return SHARED
    array = _numbers(arg)
    if array is None:
        if not isinstance(arg, (list, tuple)) or not any(isinstance(x, Value) for x in tree_leaves(arg)):
            text = repr(arg)
            got = text if len(text) <= 60 else f"{type(arg).__name__} {text[:50]}…"
            raise TypeError(
                f"{where}: expected a number or Values, which all examples share, or an array or nested lists of "
                f"numbers, one example after the other and all of one shape, got {got}; what is no number f can take "
                "from outside"
            )
        return ("list", *(_form(part, f"{where}[{i}]", shared, columns) for i, part in enumerate(arg)))
    if array.ndim == 0:
        shared.append(float(array))
        return SHARED
    columns.append(array)
    return ("batched", *array.shape[1:])


def _numbers(arg: Any) -> Array | None:
    """A number, an array or nested lists of numbers as an array of floats; None for anything else."""
    if not (isinstance(arg, (list, tuple)) or hasattr(arg, "__float__") or hasattr(arg, "__array__")):
        return None
    try:
        array = np.asarray(arg)
    except ValueError:  # lists of different lengths
        return None
    return array.astype(float) if array.dtype.kind in "biuf" else None


def arguments(forms: tuple[Form, ...], make: Callable[[str], Any]) -> tuple[Any, ...]:
    """The arguments for one example, with the numbers that `make` gives for "shared" and "batched" ones, in order."""
    return tuple(_argument(form, make) for form in forms)


def _argument(form: Any, make: Callable[[str], Any]) -> Any:
    if form == SHARED:
        return make(SHARED)
    kind, *parts = form
    if kind == "dict":
        return {key: _argument(part, make) for key, _, part in parts}
    if kind == "list":
        return [_argument(part, make) for part in parts]
    return tree_map(lambda _: make("batched"), np.zeros(parts).tolist())


def blocks(batch: Array, width: int) -> Iterator[slice]:
    """Cut the examples so that what is handled at once, `width` numbers an example, stays in the processor's cache."""
    size = max(1, 2**18 // max(width, 1))
    for start in range(0, max(batch.shape[1], 1), size):
        yield slice(start, start + size)
