"""Dividing compiled kernels among threads, and finding what can be done at the same time."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeAlias

import numpy as np

from vector.compilation.kernels import Kernel
from vector.compilation.program import Array

SMALL = 4096
"""Work below which a kernel stays in one piece: to wait for the others would take as long."""

Region: TypeAlias = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Part:
    """Some turns of a kernel's loop; all of them when `stop` is None."""

    kernel: Kernel
    start: int = 0
    stop: int | None = None

    def moved(self, x: Array) -> int:
        """Bytes from where the kernel's array begins to where the part's does."""
        division = self.kernel.division
        return division.steps.get(x, 0) * self.start if division and self.stop is not None else 0

    def size(self, place: int, n: int) -> int:
        """The size that stands at a place of the arguments, which is n for the whole kernel."""
        division = self.kernel.division
        if not division or self.stop is None or place not in division.sizes:
            return n
        return division.sizes[place] * (self.stop - self.start)

    def region(self, x: Array, place: Any) -> Region:
        """The bytes of an array, which lies at `place`, that it may touch: from, to."""
        low, high = np.lib.array_utils.byte_bounds(place)
        division = self.kernel.division
        if division is None or self.stop is None:
            return low, high
        step = division.steps.get(x, 0)
        before, after = abs(step) * self.start, abs(step) * (division.length - self.stop)
        return (low + before, high - after) if step >= 0 else (low + after, high - before)


@dataclass(slots=True)
class _Touched:
    """What a thread has read, written and worked since all threads last met."""

    read: list[Region] = field(default_factory=list)
    written: list[Region] = field(default_factory=list)
    work: int = 0
    fails: bool = False

    def add(self, kernel: Kernel, regions: Regions, parts: int) -> None:
        """One of so many parts of a kernel, which touches these regions."""
        self.read += regions[0]
        self.written += regions[1]
        self.work += kernel.work // parts
        self.fails |= kernel.fails

    def collides(self, kernel: Kernel, regions: Regions) -> bool:
        """Whether it must be waited for by a part of a kernel that touches these regions."""
        read, written = regions
        late = self.fails and kernel.lasts
        return late or _overlap(self.written, [*read, *written]) or _overlap(self.read, written)


Phase: TypeAlias = list[list[Part]]
Regions: TypeAlias = tuple[list[Region], list[Region]]
"""What is read, and what is written."""


def phases(kernels: Sequence[Kernel], threads: int, place: Callable[[Array], Any]) -> list[Phase]:
    """The kernels in phases of at most `threads` lists of parts, which may be carried out at the same time.

    A part that reads what another list has written, or writes what it has read or written, opens a new phase: all of
    the last one must be done then. So does one that changes a parameter, say, beside a list that may still fail. What
    its own list does before is done: so a chain of small kernels stays in one list, and nobody waits.

    Args:
        place: an array's memory.
    """
    done: list[Phase] = []
    touched: list[_Touched] = []
    for kernel in kernels:
        parts = divided(kernel, threads)
        regions = [_regions(part, place) for part in parts]
        lists = _lists_for(kernel, regions, touched)
        if lists is None:
            done.append([[] for _ in range(threads)])
            touched = [_Touched() for _ in range(threads)]
            lists = range(len(parts))
        for i, part, region in zip(lists, parts, regions, strict=True):
            done[-1][i].append(part)
            touched[i].add(kernel, region, len(parts))
    return [[parts for parts in phase if parts] for phase in done]


def _lists_for(kernel: Kernel, regions: Sequence[Regions], touched: Sequence[_Touched]) -> Sequence[int] | None:
    """Which lists of this phase a kernel's parts can join, by what each touches; None if they must wait for its end."""

    def free(i: int, region: Regions) -> bool:
        return not any(other.collides(kernel, region) for j, other in enumerate(touched) if j != i)

    if len(regions) > 1:
        everyone = range(len(touched))
        return everyone if touched and all(map(free, everyone, regions)) else None
    possible = [i for i in range(len(touched)) if free(i, regions[0])]
    return [min(possible, key=lambda i: touched[i].work)] if possible else None


def divided(kernel: Kernel, threads: int) -> list[Part]:
    """As many parts as there are threads, of about the same size; one if that is not worth it."""
    division = kernel.division
    if division is None or kernel.work < SMALL or division.length < 2 * division.grain * (threads - 1):
        return [Part(kernel)]
    ends = [division.length * i // threads // division.grain * division.grain for i in range(threads)]
    if sorted(set(ends)) != ends:
        return [Part(kernel)]
    return [Part(kernel, start, stop) for start, stop in zip(ends, [*ends[1:], division.length], strict=True)]


def _regions(part: Part, place: Callable[[Array], Any]) -> Regions:
    """What the part reads, and what it writes."""
    arrays = [x for x in dict.fromkeys(part.kernel.arguments) if isinstance(x, Array)]
    touched = {x: part.region(x, place(x)) for x in arrays}
    written = [part.kernel.one_of(x) for x in part.kernel.written]
    return list(touched.values()), [touched[x] for x in written if isinstance(x, Array)]


def _overlap(first: Sequence[Region], second: Sequence[Region]) -> bool:
    return any(a < d and c < b for a, b in first for c, d in second)
