"""A recorded step as data: the arrays, the numbers, and the calls of NumPy that made them, in order."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Literal, TypeAlias

import numpy as np
import numpy.typing as npt

from vector.trees import tree_leaves

Origin: TypeAlias = Literal["argument", "outside", "result"]
"""Whether an array is an argument of the step, lies outside (a parameter, a moment, a constant), or a call makes it."""
Kind: TypeAlias = Literal["plain", "draw", "check"]
"""What a call is for beyond its result: a draw moves a generator on, a check raises where numbers are wrong."""


@dataclass(eq=False, slots=True)
class Array:
    """An array of the step.

    Attributes:
        number: its name in listings, "%7".
        value: the array of the recording; shape, dtype and layout are the same at every replay.
        whole: of a view, the array in whose memory it lies.
    """

    number: int
    value: npt.NDArray[Any]
    origin: Origin
    whole: Array | None = None

    @property
    def of(self) -> Array:
        """The array in whose memory it lies: itself, unless it is a view."""
        return self if self.whole is None else self.whole.of

    @property
    def lasts(self) -> bool:
        """Whether its memory is there after the step."""
        return self.of.origin != "result"

    def __str__(self) -> str:
        return f"%{self.number}"


@dataclass(eq=False, slots=True)
class Number:
    """A Python number that may differ from replay to replay: an argument, or what `supplier`()[index] gives then.

    Attributes:
        place: where it lies outside, if it does.
    """

    number: int
    value: float
    supplier: Callable[[], Sequence[float]] | None = None
    index: int = 0
    place: Any = None
    origin: ClassVar[Origin] = "argument"

    @property
    def of(self) -> Number:
        """Itself: a number is no view."""
        return self

    def __str__(self) -> str:
        return f"#{self.number}"


@dataclass(eq=False, slots=True)
class Call:
    """function(*args, **kwargs), with Array and Number in the place of what varies.

    Attributes:
        results: the arrays it makes; none for one that writes in place.
        writes: the arrays whose memory it changes.
        line: of the user's step, in brackets, where it was called.
    """

    function: Callable[..., Any]
    args: tuple[Any, ...]
    kwargs: Mapping[str, Any]
    results: tuple[Array | Number, ...] = ()
    writes: tuple[Array, ...] = ()
    kind: Kind = "plain"
    line: str = ""

    @property
    def is_view(self) -> bool:
        """Whether it only looks at memory in another way."""
        return bool(self.results) and all(isinstance(x, Array) and x.of is not x for x in self.results)

    @property
    def lasts(self) -> bool:
        """Whether it changes memory that is there after the step."""
        return any(x.lasts for x in self.writes)

    def operands(self) -> Iterator[Array | Number]:
        """The arrays and numbers it reads, with repetition."""
        return (x for x in tree_leaves([list(self.args), dict(self.kwargs)]) if isinstance(x, (Array, Number)))

    def reads(self) -> Iterator[Array]:
        """The arrays it reads."""
        return (x for x in self.operands() if isinstance(x, Array))

    def __str__(self) -> str:
        given = [shown(x) for x in self.args] + [f"{name}={shown(x)}" for name, x in self.kwargs.items()]
        made = ", ".join(map(str, self.results))
        return f"{made + ' = ' if made else ''}{name_of(self.function)}({', '.join(given)})"


@dataclass(slots=True)
class Program:
    """The calls of one step, and what comes of it.

    Attributes:
        output: the structure that the step returned, and the values that it leaves in places outside, with Array and
            Number in the place of arrays and numbers.
    """

    arguments: list[Array | Number]
    calls: list[Call]
    output: tuple[Any, list[Any]]

    def outputs(self, *parts: int) -> list[Array | Number]:
        """The arrays and numbers that the step returned, part 0, and those that it leaves outside, part 1."""
        return [x for i in parts or (0, 1) for x in tree_leaves(self.output[i]) if isinstance(x, (Array, Number))]


def name_of(function: Callable[..., Any]) -> str:
    """The function as users of NumPy know it: "matmul", "add.reduce"."""
    owner = getattr(function, "__self__", None)
    name = getattr(function, "__name__", str(function))
    return f"{owner.__name__}.{name}" if isinstance(owner, np.ufunc) else name


def shown(x: Any) -> str:
    """An argument as listings show it."""
    if isinstance(x, (Array, Number)):
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
    numbers = (int, float, complex, np.generic)  # their texts tell 0.0 from −0.0, and NaN from no number
    known = isinstance(x, (*numbers, str, bytes, frozenset, range, slice, np.dtype))
    return known and bool(repr(x) == repr(y) if isinstance(x, numbers) else x == y)


def frozen(x: Any) -> Any:
    """A constant as a key of a dictionary: with its type and sign, for 1, 1.0 and True are equal, and 0.0 and −0.0."""
    if isinstance(x, (list, tuple)):
        return type(x), tuple(map(frozen, x))
    if isinstance(x, dict):
        return tuple((name, frozen(value)) for name, value in sorted(x.items()))
    if isinstance(x, slice):
        return slice, frozen((x.start, x.stop, x.step))
    return type(x), repr(x) if isinstance(x, (float, complex)) else x
