"""The nodes behind a graph's outputs: all of them in order, or those that are near."""

from collections.abc import Sequence

from viz.node import Node

# Nodes differ by identity here and everywhere in viz, for engines compare them by value.


def topological(outputs: Sequence[Node]) -> list[Node]:
    """The nodes behind `outputs`, each once and after its operands. Linear in nodes and edges; no recursion."""
    order: list[Node] = []
    seen: set[int] = set()
    stack = [(node, False) for node in reversed(outputs)]
    while stack:
        node, operands_done = stack.pop()
        if operands_done:
            order.append(node)
        elif id(node) not in seen:
            seen.add(id(node))
            stack.append((node, True))
            stack.extend((parent, False) for parent in reversed(node.parents))
    return order


def distances(order: Sequence[Node], outputs: Sequence[Node]) -> dict[int, int]:
    """By the `id` of each node of `order` (topological): how many operations it lies below the nearest output."""
    distance = {id(node): 0 for node in outputs}
    for node in reversed(order):
        for parent in node.parents:
            below = distance[id(node)] + 1
            distance[id(parent)] = min(below, distance.get(id(parent), below))
    return distance
