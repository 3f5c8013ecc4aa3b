"""Recording f for one example, on Values without numbers."""

from collections.abc import Callable, Iterable, Sequence
from functools import partialmethod
from typing import Any

from demos.scalar_compile import branches
from scalar import modes
from scalar.op import Op
from scalar.value import Value, _creation_numbers


class Recorder(modes.Hooks):
    """The engine's hooks while f is recorded."""

    def on_operation(self, op: Op, operands: tuple[Any, ...]) -> "Tracer":
        """A Value without a number, which keeps the operation."""
        return Tracer(op, operands)

    def on_locals(self, local: Callable[..., Sequence[Any]], inputs: Sequence[Any]) -> Sequence[Any]:
        """The local derivatives, whatever the numbers turn out to be."""
        return branches.every_branch(local, inputs)


def _is_recording() -> bool:
    return isinstance(modes.hooks.get(), Recorder)


def _number(name: str) -> property:
    """A number of a Value, which the recorded function may neither read nor set."""
    slot = vars(Value)[name]

    def get(self: Value) -> Any:
        if _is_recording() or isinstance(self, Tracer):
            raise modes.UnknownNumber
        return slot.__get__(self)

    def put(self: Value, number: float) -> None:
        if _is_recording():
            raise TypeError(f"compile: expected f to change no Value, got an assignment to .{name}; do it outside of f")
        slot.__set__(self, number)

    return property(get, put)


class Symbolic:
    """A Value without a number: to the recording thread, each Value around f is one."""

    __slots__ = ()

    data = _number("data")
    grad = _number("grad")
    __eq__, __ne__, __lt__, __le__, __gt__, __ge__ = (partialmethod(branches.compare, f) for f in branches.COMPARISONS)
    __bool__ = branches.truth
    __hash__ = object.__hash__


class Tracer(Symbolic, Value):
    """An argument of the function that is being recorded, or what was computed from one."""

    __slots__ = ()

    def __init__(self, op: Op | None = None, parents: tuple[Value, ...] = ()) -> None:
        self.label = ""
        self.role = "operation" if op else "input"
        self.rule = op
        self.parents = parents
        self.locals = ()
        self.number = next(_creation_numbers)

    def __repr__(self) -> str:
        return f"Tracer({self.op or 'argument'})"


def record(f: Callable[..., Any], arguments: Callable[[], tuple[Any, ...]], values: Iterable[Value]) -> tuple[Any, int]:
    """Call f once, on the arguments that `arguments` makes, while the Values around it are symbolic.

    Returns f's result, with Tracers in its structure, and a creation number: nodes with a smaller one are not f's.
    """
    since = next(_creation_numbers)
    kinds = {value: type(value) for value in values if not isinstance(value, Symbolic)}
    symbolic = {kind: type(kind.__name__, (Symbolic, kind), {"__slots__": ()}) for kind in {*kinds.values()}}
    token = modes.hooks.set(Recorder())
    try:
        for value, kind in kinds.items():
            value.__class__ = symbolic[kind]
        return f(*arguments()), since
    finally:
        for value, kind in kinds.items():
            value.__class__ = kind
        modes.hooks.reset(token)
