"""The text of one compiled loop, written so that loops that differ only in sizes and addresses are the same text."""

import math
from collections.abc import Sequence

from vector.arrays import ALIGNMENT
from vector.compilation.program import Call, Number, Symbol

TYPES = {"f": "float32", "d": "float64", "l": "int64", "?": "bool"}
"""The names of the dtypes that loops know."""
SMALL = 4096
"""Work below which a kernel stays in one part: to wait for the other threads would take as long."""


class Kernel:
    """Builds the text of a function of `start`, `stop` and a list: addresses, sizes and Python numbers.

    Attributes:
        arguments: the arrays, sizes and numbers that it is to be called with, in this order.
        work: about how many elements it computes, one that takes longer than an addition counted more than once.
        length: the iterations of its loop that can be split; 1 if there is none.
        grain: parts begin at multiples of it.
        call: what it does.
    """

    call: Call

    def __init__(self, work: int = 0) -> None:
        self.arguments: list[Symbol | int] = []
        self.work = work
        self.length = self.grain = 1
        self._heads: dict[str, str] = {}
        self._places: dict[tuple[Symbol, tuple[int, ...]], str] = {}
        self.lines: list[str] = []

    def text(self) -> str:
        """The function, which is given the list as integers and as floats; it returns 1 if an index is out of range."""
        lines = [*self._heads.values(), *self.lines]
        return "def kernel(arguments, numbers, start, stop):\n" + "".join(f"    {line}\n" for line in lines)

    def add(self, line: str, depth: int = 0) -> None:
        """A line inside `depth` loops."""
        self.lines.append("    " * depth + line)

    def array(self, x: Symbol) -> str:
        """The variable through which the array's memory is reached, as one long row."""
        kind = TYPES[x.value.dtype.char]
        return self._variable("a", x, f"row(arguments[{{}}], np.{kind})")

    def address(self, x: Symbol) -> str:
        """The variable with the array's address."""
        return self._variable("p", x, "arguments[{}]")

    def size(self, n: int) -> str:
        """The variable with a size."""
        self.arguments.append(n)
        name = f"n{len(self.arguments) - 1}"
        self._heads[name] = f"{name} = arguments[{len(self.arguments) - 1}]"
        return name

    def number(self, x: Number, kind: str) -> str:
        """The variable with a Python number, converted once, before the loop."""
        return self._variable(f"{kind}_", x, f"{kind}(numbers[{{}}])")

    def _variable(self, prefix: str, x: Symbol, value: str) -> str:
        if x not in self.arguments:
            self.arguments.append(x)
        i = self.arguments.index(x)
        self._heads[f"{prefix}{i}"] = f"{prefix}{i} = {value.format(i)}"
        return f"{prefix}{i}"

    def nest(self, sizes: Sequence[int], split: int | None = None) -> int:
        """Loops over i0, i1, …, of which one may be split; the depth inside them."""
        for depth, n in enumerate(sizes):
            self.add(f"for i{depth} in range({'start, stop' if depth == split else self.size(n)}):", depth)
        return len(sizes)

    def at(self, x: Symbol, strides: Sequence[int]) -> str:
        """The array's element at i0, i1, …, given its stride along each loop.

        It is written in the same words where it is read and where it is written: a compiler that must think that the
        two may be different elements does one after the other.
        """
        place = x, tuple(strides)
        if place not in self._places:
            steps = [f"i{i}" if s == 1 else f"i{i} * {self.size(s)}" for i, s in enumerate(strides) if s]
            self._places[place] = f"{self.array(x)}[{' + '.join(steps) or 0}]"
        return self._places[place]

    def split(self, length: int, *steps: int) -> None:
        """Let threads share a loop that goes on by these bytes in what it writes: no two write to one cache line."""
        self.length = length
        self.grain = math.lcm(*(ALIGNMENT // math.gcd(ALIGNMENT, abs(step)) for step in steps))

    def ends(self, threads: int) -> list[int]:
        """Where each part starts, and the last one ends: as many of about the same size as there are threads, or one.

        >>> kernel = Kernel(work=SMALL)
        >>> kernel.length, kernel.grain = 100, 16
        >>> kernel.ends(3)
        [0, 32, 64, 100]
        """
        starts = [self.length * i // threads // self.grain * self.grain for i in range(threads)]
        worth = self.work >= SMALL and self.length >= 2 * self.grain * (threads - 1) and sorted(set(starts)) == starts
        return [*(starts if worth else [0]), self.length]
