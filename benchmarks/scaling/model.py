"""What a step costs on many ranks: one rank's work, measured, and the sum over the ranks, by the α-β model.

A message of n bytes takes α + n·β seconds, a sum of two arrays n·γ (Hockney 1994; the formulas of the algorithms are
those of Thakur, Rabenseifner & Gropp, Int. J. High Perform. Comput. Appl. 19, 2005).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple


class Network(NamedTuple):
    """α: seconds a message; β: seconds a byte sent; γ: seconds a byte added."""

    alpha: float
    beta: float
    gamma: float


def ring(network: Network, ranks: int, size: float) -> float:
    """2·(p − 1) messages of n/p bytes: the fewest bytes, the most messages.

    >>> ring(Network(1.0, 0.0, 0.0), 8, 1e6)
    14.0
    """
    alpha, beta, gamma = network
    return 2 * (ranks - 1) * alpha + (ranks - 1) / ranks * size * (2 * beta + gamma)


def halving(network: Network, ranks: int, size: float) -> float:
    """Recursive halving, then doubling (Rabenseifner): 2·log₂ p messages with the ring's bytes; p is a power of 2.

    >>> halving(Network(1.0, 0.0, 0.0), 8, 1e6)
    6.0
    """
    alpha, beta, gamma = network
    return 2 * math.log2(ranks) * alpha + (ranks - 1) / ranks * size * (2 * beta + gamma)


ALGORITHMS: dict[str, Callable[[Network, int, float], float]] = {"ring": ring, "recursive halving": halving}


class Point(NamedTuple):
    """A step on this number of ranks, in seconds, and how much faster than one rank they go through the samples."""

    ranks: int
    batch: int
    """Samples of each rank."""
    work: float
    sum: float
    speedup: float

    @property
    def efficiency(self) -> float:
        """The speed-up over the ranks."""
        return self.speedup / self.ranks


def weak(one: float, work: Mapping[int, float], batch: int, sums: Mapping[int, float]) -> list[Point]:
    """More ranks, more samples: `batch` on each.

    Args:
        one: seconds of a step of one process with `batch` samples.
        work: by samples, seconds of a rank's own work in a step.
        sums: by ranks, seconds of the sum over them.
    """
    return [Point(p, batch, work[batch], sums[p], p * one / (work[batch] + sums[p])) for p in sums]


def strong(one: float, work: Mapping[int, float], total: int, sums: Mapping[int, float]) -> list[Point]:
    """More ranks, the same minibatch: total/p samples on each; `one` is a step of one process with all of them."""
    return [
        Point(p, total // p, work[total // p], sums[p], one / (work[total // p] + sums[p]))
        for p in sums
        if total // p in work
    ]


def pays_up_to(points: Sequence[Point], least: float = 0.5) -> int | None:
    """The largest number of ranks with that efficiency; None when there is none."""
    return max((point.ranks for point in points if point.efficiency >= least), default=None)
