"""The schedule of compiled kernels: each loop split among threads, and what can run at the same time in one phase."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from vector.compilation.kernels import Kernel
from vector.compilation.program import Array, Symbol

SMALL = 4096
"""Work below which a kernel stays in one part: a barrier would take as long."""


@dataclass(slots=True)
class Part:
    """The iterations from `start` to `stop` of a kernel's parallel loop.

    Attributes:
        touches: (from, to, whether it writes) of the bytes of each array.
    """

    kernel: Kernel
    start: int
    stop: int
    touches: list[tuple[int, int, bool]] = field(default_factory=list)

    @property
    def work(self) -> int:
        """Its share of the kernel's."""
        return self.kernel.work * (self.stop - self.start) // self.kernel.parallel.length

    def region(self, x: Symbol, memory: Any) -> tuple[int, int]:
        """The bytes, (from, to), of an array, which lies in this memory, that the part may touch."""
        low, high = np.lib.array_utils.byte_bounds(memory)
        step = self.kernel.parallel.steps.get(x, 0)
        before, after = abs(step) * self.start, abs(step) * (self.kernel.parallel.length - self.stop)
        return (low + before, high - after) if step >= 0 else (low + after, high - before)

    def must_follow(self, earlier: "Part") -> bool:
        """Whether a barrier must come between a part of another list and this one."""
        if earlier.kernel.fails and self.kernel.lasts:
            return True
        pairs = ((mine, other) for mine in self.touches for other in earlier.touches)
        return any(a < d and c < b and (writes or wrote) for (a, b, writes), (c, d, wrote) in pairs)


def phases(kernels: Sequence[Kernel], threads: int, memory: Callable[[Symbol], Any]) -> list[list[list[Part]]]:
    """The kernels in phases of at most `threads` lists of parts; the lists of one phase may run at the same time.

    A part that reads what another list has written, or writes what it has read or written, opens a new phase, after a
    barrier. So does one that changes a parameter, say, beside a list that may still fail. What its own list does
    before is done: so a chain of small kernels stays in one list, without a barrier.

    Args:
        memory: where an array lies.
    """
    done: list[list[list[Part]]] = []
    for kernel in kernels:
        parts = split(kernel, threads)
        written = {kernel.one_of(x) for x in kernel.written}
        arrays = [x for x in kernel.arguments if isinstance(x, Array)]
        for part in parts:
            part.touches = [(*part.region(x, memory(x)), x in written) for x in arrays]
        lists = _lists_for(parts, done[-1]) if done else None
        if lists is None:
            lists = [[] for _ in range(threads)]
            done.append(lists)
        for part, list_ in zip(parts, lists, strict=False):
            list_.append(part)
    return [[parts for parts in phase if parts] for phase in done]


def _lists_for(parts: Sequence[Part], lists: list[list[Part]]) -> list[list[Part]] | None:
    """Which lists of a phase a kernel's parts can join; None if a barrier must come first."""

    def free(part: Part, own: list[Part]) -> bool:
        return not any(part.must_follow(earlier) for list_ in lists if list_ is not own for earlier in list_)

    if len(parts) > 1:
        return lists if all(map(free, parts, lists)) else None
    possible = [list_ for list_ in lists if free(parts[0], list_)]
    return [min(possible, key=lambda list_: sum(part.work for part in list_))] if possible else None


def split(kernel: Kernel, threads: int) -> list[Part]:
    """As many parts as there are threads, of about the same size; one if that is not worth it."""
    length, grain = kernel.parallel.length, kernel.parallel.grain
    ends = [length * i // threads // grain * grain for i in range(threads)]
    if kernel.work < SMALL or length < 2 * grain * (threads - 1) or sorted(set(ends)) != ends:
        return [Part(kernel, 0, length)]
    return [Part(kernel, start, stop) for start, stop in zip(ends, [*ends[1:], length], strict=True)]
