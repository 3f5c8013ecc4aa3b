"""The order of the backward sweep."""

import math
from collections.abc import Iterator
from heapq import heapify, heappop, heappush

from vector.node import N

CYCLE = "backward: expected a graph without cycles, but a node is among its own operands"


def reverse_topological(*outputs: N, since: int = 0) -> Iterator[N]:
    """Yield the outputs and every tensor with a gradient that they were computed from, each before its own operands.

    The same walk as the scalar engine's: a tensor may pass its gradient on only when all its uses have reported, and
    every use was created after it. So: always take the youngest node that is waiting.

    outputs: where to start. since: nodes with a smaller creation number are left out.

    Raises ValueError: the graph has a cycle. The operators cannot build one; hand-made `parents` can.
    """
    waiting = {-output.number: output for output in outputs}
    heap = list(waiting)
    heapify(heap)
    previous = -math.inf
    while heap:
        key = heappop(heap)
        if key <= previous:
            raise ValueError(CYCLE)
        previous = key
        node = waiting.pop(key)
        yield node
        for operand in node.operands:
            if getattr(operand, "requires_grad", False):
                key = -operand.number
                if key not in waiting and -key >= since:
                    waiting[key] = operand
                    heappush(heap, key)
