"""The schedule of compiled kernels: each loop split among threads, and what can run at the same time in one phase."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeAlias

import numpy as np

from vector.compilation.kernels import Kernel
from vector.compilation.program import Array, Symbol

SMALL = 4096
"""Work below which a kernel stays in one part: a barrier would take as long."""

Region: TypeAlias = tuple[int, int]
Regions: TypeAlias = tuple[list[Region], list[Region]]
"""The bytes that are read, and those that are written: each region (from, to)."""


@dataclass(frozen=True, slots=True)
class Part:
    """The iterations from `start` to `stop` of a kernel's parallel loop."""

    kernel: Kernel
    start: int
    stop: int

    def region(self, x: Symbol, memory: Any) -> Region:
        """The bytes of an array, which lies in this memory, that the part may touch."""
        low, high = np.lib.array_utils.byte_bounds(memory)
        step = self.kernel.parallel.steps.get(x, 0)
        before, after = abs(step) * self.start, abs(step) * (self.kernel.parallel.length - self.stop)
        return (low + before, high - after) if step >= 0 else (low + after, high - before)

    def regions(self, memory: Callable[[Symbol], Any]) -> Regions:
        """The bytes that it reads, and those that it writes."""
        touched: dict[Symbol, Region] = {
            x: self.region(x, memory(x)) for x in self.kernel.arguments if isinstance(x, Array)
        }
        return list(touched.values()), [touched[self.kernel.one_of(x)] for x in self.kernel.written]


@dataclass(slots=True)
class _Accesses:
    """What a thread has read, written and computed since the last barrier."""

    read: list[Region] = field(default_factory=list)
    written: list[Region] = field(default_factory=list)
    work: int = 0
    fails: bool = False

    def conflict(self, kernel: Kernel, regions: Regions) -> bool:
        """Whether a barrier must come before a part of a kernel that touches these regions in another thread."""
        read, written = regions
        late = self.fails and kernel.lasts
        return late or _overlap(self.written, [*read, *written]) or _overlap(self.read, written)


def phases(kernels: Sequence[Kernel], threads: int, memory: Callable[[Symbol], Any]) -> list[list[list[Part]]]:
    """The kernels in phases of at most `threads` lists of parts; the lists of one phase may run at the same time.

    A part that reads what another list has written, or writes what it has read or written, opens a new phase, after a
    barrier. So does one that changes a parameter, say, beside a list that may still fail. What its own list does
    before is done: so a chain of small kernels stays in one list, without a barrier.

    Args:
        memory: where an array lies.
    """
    done: list[list[list[Part]]] = []
    accesses: list[_Accesses] = []
    for kernel in kernels:
        parts = split(kernel, threads)
        regions = [part.regions(memory) for part in parts]
        lists = _lists_for(kernel, regions, accesses)
        if lists is None:
            done.append([[] for _ in range(threads)])
            accesses = [_Accesses() for _ in range(threads)]
            lists = range(len(parts))
        for i, part, (read, written) in zip(lists, parts, regions, strict=True):
            done[-1][i].append(part)
            accesses[i].read += read
            accesses[i].written += written
            accesses[i].work += kernel.work // len(parts)
            accesses[i].fails |= kernel.fails
    return [[parts for parts in phase if parts] for phase in done]


def _lists_for(kernel: Kernel, regions: Sequence[Regions], accesses: Sequence[_Accesses]) -> Sequence[int] | None:
    """Which lists of this phase a kernel's parts can join, by what each touches; None if a barrier must come first."""

    def free(i: int, region: Regions) -> bool:
        return not any(other.conflict(kernel, region) for j, other in enumerate(accesses) if j != i)

    lists = range(len(accesses))
    if len(regions) > 1:
        return lists if accesses and all(map(free, lists, regions)) else None
    possible = [i for i in lists if free(i, regions[0])]
    return [min(possible, key=lambda i: accesses[i].work)] if possible else None


def split(kernel: Kernel, threads: int) -> list[Part]:
    """As many parts as there are threads, of about the same size; one if that is not worth it."""
    length, grain = kernel.parallel.length, kernel.parallel.grain
    ends = [length * i // threads // grain * grain for i in range(threads)]
    if kernel.work < SMALL or length < 2 * grain * (threads - 1) or sorted(set(ends)) != ends:
        return [Part(kernel, 0, length)]
    return [Part(kernel, start, stop) for start, stop in zip(ends, [*ends[1:], length], strict=True)]


def _overlap(first: Sequence[Region], second: Sequence[Region]) -> bool:
    return any(a < d and c < b for a, b in first for c, d in second)
