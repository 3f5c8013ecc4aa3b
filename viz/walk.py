"""The nodes behind a graph's outputs: all of them in order, or those that are near."""

from collections import Counter
from collections.abc import Collection, Iterable, Sequence

from viz.node import Node

LONG = 1000  # ranks that all edges together may pass; with more, Graphviz takes minutes, and nobody can follow them
OFTEN = 8

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


def scattered(order: Iterable[str], edges: Sequence[tuple[str, str]]) -> Collection[str]:
    """What is used so often and so far away that each use is better drawn with a copy of its name beside it.

    order: the ids of the cards, operands before results.
    edges: from operand to result.
    """
    place = {card: position for position, card in enumerate(order)}
    rank = dict.fromkeys(place, 0)
    for tail, head in sorted(edges, key=lambda edge: place[edge[1]]):
        rank[head] = max(rank[head], rank[tail] + 1)
    uses, passed = Counter(tail for tail, _ in edges), Counter[str]()
    for tail, head in edges:
        passed[tail] += max(rank[head] - rank[tail] - 1, 0)
    return {tail for tail in passed if passed[tail] > LONG // 4 and uses[tail] > OFTEN and passed.total() > LONG}
