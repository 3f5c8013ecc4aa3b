"""The order of the backward sweep."""

import math
from collections.abc import Iterator
from heapq import heapify, heappop, heappush

from scalar.node import N


def reverse_topological(*outputs: N, since: int = 0) -> Iterator[N]:
    """Yield the outputs and every node they were computed from, each before all of its own operands.

    Why this order? A variable's gradient is a sum over its uses. It may be passed on only when all of them have
    reported, and every use was created after the variable. So: always take the youngest node that is waiting.
    The walk is lazy (the first ten nodes of a large graph cost little) and does not recurse.

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
            raise ValueError("backward: expected a graph without cycles, but a node is among its own operands")
        previous = key
        node = waiting.pop(key)
        yield node
        for parent in node.parents:
            key = -parent.number
            if key not in waiting and -key >= since:
                waiting[key] = parent
                heappush(heap, key)
