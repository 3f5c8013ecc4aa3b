"""A recorded step as data: the arrays, the numbers, and the calls of NumPy that made them, in order."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, TypeAlias

import numpy as np

from vector.trees import tree_leaves

Origin: TypeAlias = Literal["argument", "outside", "result", "returned"]
"""Whether an array is an argument of the step, lies outside (a parameter, a moment, a constant), or a call makes it, in
the plan's memory or, for the caller, in memory that is new at each run."""
Kind: TypeAlias = Literal["plain", "draw", "check"]
"""What a call is for beyond its result: a draw moves a generator on, a check raises where numbers are wrong."""


@dataclass(eq=False, slots=True)
class Symbol:
    """What stands for an array or a number of the step.

    Attributes:
        number: its name in listings, "%7".
        value: what it was while it was recorded; an array's shape, dtype and layout are the same at every replay.
        whole: of a view, the array in whose memory it lies.
    """

    number: int
    value: Any
    origin: Origin = "argument"
    whole: Symbol | None = None

    @property
    def of(self) -> Symbol:
        """The array in whose memory it lies: itself, unless it is a view."""
        return self if self.whole is None else self.whole.of

    @property
    def lasts(self) -> bool:
        """Whether its memory is there after the step."""
        return self.of.origin in ("argument", "outside")

    @property
    def moves(self) -> bool:
        """Whether it is another, or lies elsewhere, at each run."""
        return self.of.origin in ("argument", "returned")

    def __str__(self) -> str:
        return f"%{self.number}"


class Array(Symbol):
    """An array of the step."""

    __slots__ = ()


@dataclass(eq=False, slots=True)
class Number(Symbol):
    """A Python number that may differ from replay to replay: an argument, or what `supplier`()[index] gives then.

    place: where it lies outside, if it does.
    """

    supplier: Callable[[], Sequence[float]] | None = None
    index: int = 0
    place: Any = None

    def __str__(self) -> str:
        return f"#{self.number}"


@dataclass(eq=False, slots=True)
class Call:
    """function(*args, **kwargs), with symbols in the place of what varies; or several such calls in one loop.

    Attributes:
        results: the arrays it gives, of which some may be operands; none for one that writes in place.
        writes: the arrays whose memory it changes.
        line: of the user's step, in brackets, where it was called.
        parts: of a loop, its calls; seen from outside it is one call, whose `args` are what comes from outside.
        operands: the arrays and numbers it reads, with repetition.
    """

    function: Callable[..., Any]
    args: tuple[Any, ...]
    kwargs: Mapping[str, Any]
    results: tuple[Symbol, ...] = ()
    writes: tuple[Symbol, ...] = ()
    kind: Kind = "plain"
    line: str = ""
    parts: Sequence[Call] = ()
    operands: list[Symbol] = field(init=False)

    def __post_init__(self) -> None:
        self.operands = symbols_in((self.args, dict(self.kwargs)))

    @property
    def made(self) -> tuple[Symbol, ...]:
        """What it makes or changes."""
        return (*self.results, *self.writes)

    @property
    def shape(self) -> Any:
        """Of what it makes or changes; of a loop, the iterations."""
        return (self.parts[0] if self.parts else self).made[0].value.shape

    @property
    def is_view(self) -> bool:
        """Whether it only looks at memory in another way."""
        return bool(self.results) and all(x.of is not x or x in self.operands for x in self.results)

    @property
    def lasts(self) -> bool:
        """Whether it changes memory that is there after the step."""
        return any(x.lasts for x in self.writes)

    def reads(self) -> Iterator[Array]:
        """The arrays it reads."""
        return (x for x in self.operands if isinstance(x, Array))

    def __str__(self) -> str:
        if self.parts:
            return f"loop over {self.shape}: {'; '.join(map(str, self.parts))}"
        given = [shown(x) for x in self.args] + [f"{name}={shown(x)}" for name, x in self.kwargs.items()]
        made = ", ".join(map(str, self.results))
        return f"{made + ' = ' if made else ''}{name_of(self.function)}({', '.join(given)})"


@dataclass(slots=True)
class Program:
    """The calls of one step, and what comes of it.

    output: the structure that the step returned, and the values that it leaves in places outside, with symbols in the
    place of arrays and numbers.
    """

    arguments: list[Symbol]
    calls: list[Call]
    output: tuple[Any, list[Any]]

    @property
    def outputs(self) -> list[Symbol]:
        """The arrays and numbers that the step returned, then those that it leaves outside."""
        return symbols_in(self.output)


def symbols_in(tree: Any) -> list[Symbol]:
    """The arrays and numbers in nested lists, tuples and dictionaries."""
    return [x for x in tree_leaves(tree) if isinstance(x, Symbol)]


def name_of(function: Callable[..., Any]) -> str:
    """The function as users of NumPy know it: "matmul", "add.reduce"."""
    owner = getattr(function, "__self__", None)
    name = getattr(function, "__name__", str(function))
    return f"{owner.__name__}.{name}" if isinstance(owner, np.ufunc) else name


def shown(x: Any) -> str:
    """An argument as listings show it."""
    if isinstance(x, Symbol):
        return str(x)
    if isinstance(x, (list, tuple)):
        inner = ", ".join(map(shown, x))
        return f"[{inner}]" if isinstance(x, list) else f"({inner}{',' if len(x) == 1 else ''})"
    if isinstance(x, slice):
        ends = (x.start, x.stop) if x.step is None else (x.start, x.stop, x.step)
        return ":".join("" if end is None else shown(end) for end in ends)
    return repr(x)


def identical(x: Any, y: Any) -> bool:
    """Whether two values are one and the same to any code: the same object, or equal numbers, texts and tuples of such.

    >>> identical((1, "a"), (1, "a")), identical(1, 1.0), identical(0.0, -0.0), identical([1], [1])
    (True, False, False, False)
    """
    if x is y or type(x) is not type(y):
        return x is y
    if isinstance(x, tuple):
        return len(x) == len(y) and all(map(identical, x, y))
    known = (int, float, complex, np.generic, str, bytes, frozenset, range, slice, np.dtype)
    return isinstance(x, known) and bool(frozen(x) == frozen(y))


def frozen(x: Any) -> Any:
    """A constant as a key of a dictionary: 1, 1.0 and True are three, 0.0 and −0.0 are two, and NaN is one."""
    if isinstance(x, (list, tuple)):
        return type(x), tuple(map(frozen, x))
    if isinstance(x, dict):
        return tuple((name, frozen(value)) for name, value in sorted(x.items()))
    if isinstance(x, slice):
        return slice, frozen((x.start, x.stop, x.step))
    return type(x), repr(x) if isinstance(x, (float, complex, np.generic)) else x
