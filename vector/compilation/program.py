"""A recorded step as data: the arrays, the numbers, and the calls of NumPy that made them, in order."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Any

import numpy as np
import numpy.typing as npt

from vector.structure import leaves


class Origin(Enum):
    """Where an array comes from."""

    argument = "argument"  # of the step
    outside = "outside"  # a parameter, an optimizer's moment, a constant: read where it lies
    result = "result"  # of a call


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
        return self if self.whole is None else self.whole

    def __str__(self) -> str:
        return f"%{self.number}"


@dataclass(eq=False, slots=True)
class Number:
    """A Python number that may differ from replay to replay: an argument, or what `supplier`[index] gives then."""

    number: int
    value: float
    supplier: Callable[[], Sequence[float]] | None = None
    index: int = 0

    def __str__(self) -> str:
        return f"#{self.number}"


class Kind(Enum):
    """What a call is for, beyond its result."""

    plain = "plain"
    draw = "draw"  # from a generator, which moves on even if nobody reads the result
    check = "check"  # raises where the numbers are wrong


@dataclass(eq=False, slots=True)
class Call:
    """function(*args, **kwargs), with Array and Number in the place of what varies.

    Attributes:
        results: the arrays it makes; none for one that writes in place.
        writes: the arrays whose memory it changes.
    """

    function: Callable[..., Any]
    args: tuple[Any, ...]
    kwargs: Mapping[str, Any]
    results: tuple[Array | Number, ...] = ()
    writes: tuple[Array, ...] = ()
    kind: Kind = Kind.plain

    @property
    def is_view(self) -> bool:
        """Whether it only looks at memory in another way."""
        return bool(self.results) and all(isinstance(x, Array) and x.of is not x for x in self.results)

    def operands(self) -> Iterator[Array | Number]:
        """The arrays and numbers it reads, with repetition."""
        return (x for x in leaves([list(self.args), dict(self.kwargs)]) if isinstance(x, (Array, Number)))

    def reads(self) -> Iterator[Array]:
        """The arrays it reads."""
        return (x for x in self.operands() if isinstance(x, Array))

    def __str__(self) -> str:
        given = [shown(x) for x in self.args] + [f"{name}={shown(x)}" for name, x in self.kwargs.items()]
        made = ", ".join(map(str, self.results))
        return f"{made + ' = ' if made else ''}{name_of(self.function)}({', '.join(given)})"


@dataclass(slots=True)
class Program:
    """The calls of one step, and what the step returned."""

    arguments: list[Array | Number]
    calls: list[Call]
    output: Any  # the structure that the step returned, with Array in the place of arrays

    def outputs(self) -> list[Array]:
        """The arrays that the step returned."""
        return [x for x in leaves([self.output]) if isinstance(x, Array)]


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
