"""The graph of one example, whose numbers are not known yet."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextvars import ContextVar
from functools import partialmethod
from typing import Any, NamedTuple

from scalar.compilation import branches
from scalar.modes import UnknownNumber
from scalar.op import Op
from scalar.topology import reverse_topological
from scalar.trees import tree_leaves
from scalar.value import Value, _creation_numbers

_recording: ContextVar[bool] = ContextVar("scalar.compilation.recording", default=False)


def _number(name: str) -> property:
    """A number of a Value, for which the recorded function may not ask, nor put another in its place."""
    slot = vars(Value)[name]

    def get(self: Value) -> Any:
        if _recording.get() or isinstance(self, Tracer):
            raise UnknownNumber(self)
        return slot.__get__(self)

    def put(self: Value, number: float) -> None:
        if _recording.get():
            raise TypeError(f"compile: expected f to change no Value, got an assignment to .{name}; do it outside of f")
        slot.__set__(self, number)

    return property(get, put)


class Symbolic:
    """What a Value around the function is while this is recorded: to this thread, a Value without a number."""

    __slots__ = ()

    data = _number("data")
    grad = _number("grad")
    __eq__, __ne__, __lt__, __le__, __gt__, __ge__ = (partialmethod(branches.compare, f) for f in branches.COMPARISONS)
    __bool__ = branches.truth
    __hash__ = object.__hash__
    every_branch = staticmethod(branches.every_branch)
    recorded = staticmethod(lambda op, parents: Tracer(op, parents))  # noqa: PLW0108  # defined below


class Tracer(Symbolic, Value):
    """An argument of the function that is being recorded, or what was computed from one: a Value without a number."""

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


class Recording(NamedTuple):
    """What f did with its arguments."""

    result: Any
    """f's result: Tracer or other Values, or numbers, in f's own structure."""
    since: int
    """Nodes with a smaller creation number come from outside of f."""

    def outputs(self) -> list[Value]:
        """The Values of the result.

        Raises:
            TypeError: the result is not made of Values and numbers.
        """
        return [out if isinstance(out, Value) else _constant(out) for out in tree_leaves(self.result)]

    def nodes(self, outputs: list[Value]) -> Iterator[Value]:
        """What the outputs were computed from, each after its operands; from outside, only what f itself used."""
        seen: set[Value] = set()
        for node in [*reverse_topological(*outputs, since=self.since)][::-1]:
            for x in (*node.parents, node) if node.number >= self.since else (node,):
                if x not in seen:
                    seen.add(x)
                    yield x

    def is_leaf(self, node: Value) -> bool:
        """Whether the node is an argument, a constant, or comes from outside, however it was computed there."""
        return node.rule is None or node.number < self.since


def record(f: Callable[..., Any], arguments: Callable[[], tuple[Any, ...]], values: Iterable[Value] = ()) -> Recording:
    """Call f once, on the arguments that `arguments` makes, while the Values around it have no numbers for it."""
    since = next(_creation_numbers)
    kinds = {value: type(value) for value in values if not isinstance(value, Symbolic)}
    hidden = {kind: type(kind.__name__, (Symbolic, kind), {"__slots__": ()}) for kind in {*kinds.values()}}
    token = _recording.set(True)
    try:
        for value, kind in kinds.items():
            value.__class__ = hidden[kind]
        return Recording(f(*arguments()), since)
    finally:
        for value, kind in kinds.items():
            value.__class__ = kind
        _recording.reset(token)


def _constant(out: Any) -> Value:
    try:
        return Value(out, role="constant")
    except TypeError:
        raise TypeError(
            f"compile: expected f to give Values or numbers, in lists, tuples or dictionaries, got {type(out).__name__}"
        ) from None
