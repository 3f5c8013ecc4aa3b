"""The order of the backward sweep."""

from __future__ import annotations

from collections.abc import Iterator
from heapq import heappop, heappush
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from vector.tensor import Tensor


def reverse_topological(root: Tensor) -> Iterator[Tensor]:
    """Yield root and every tensor with a gradient that it was computed from, each before all of its own operands.

    The same walk as the scalar engine's: a tensor may pass its gradient on only when all its uses have reported, and
    every use was created after it. So: always take the youngest node that is waiting.

    Raises:
        ValueError: the graph has a cycle. The operators cannot build one; hand-made `parents` can.
    """
    waiting = {-root.number: root}
    heap = [-root.number]
    previous = -root.number - 1
    while heap:
        key = heappop(heap)
        if key <= previous:
            raise ValueError("backward: expected a graph without cycles, but a node is among its own operands")
        previous = key
        node = waiting.pop(key)
        yield node
        for parent in node.parents:
            key = -parent.number
            if parent.requires_grad and key not in waiting:
                waiting[key] = parent
                heappush(heap, key)
