"""The schedule of compiled kernels: each loop split among threads, with a barrier before and after."""

from collections.abc import Sequence
from dataclasses import dataclass

from vector.compilation.kernels import Kernel

SMALL = 4096
"""Work below which a kernel stays in one part: a barrier would take as long."""


@dataclass(slots=True)
class Part:
    """The iterations from `start` to `stop` of a kernel's parallel loop."""

    kernel: Kernel
    start: int
    stop: int


def phases(kernels: Sequence[Kernel], threads: int) -> list[list[list[Part]]]:
    """The kernels in phases of at most `threads` lists of parts; the lists of one phase may run at the same time.

    A phase is a kernel that is split, one part a list; or one list of neighbours that are too small to be.
    """
    done: list[list[list[Part]]] = []
    for kernel in kernels:
        parts = split(kernel, threads)
        if len(parts) == 1 and done and len(done[-1]) == 1:
            done[-1][0] += parts
        else:
            done.append([[part] for part in parts])
    return done


def split(kernel: Kernel, threads: int) -> list[Part]:
    """As many parts as there are threads, of about the same size; one if that is not worth it."""
    length, grain = kernel.length, kernel.grain
    ends = [length * i // threads // grain * grain for i in range(threads)]
    if kernel.work < SMALL or length < 2 * grain * (threads - 1) or sorted(set(ends)) != ends:
        return [Part(kernel, 0, length)]
    return [Part(kernel, start, stop) for start, stop in zip(ends, [*ends[1:], length], strict=True)]
