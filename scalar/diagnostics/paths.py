"""The derivative as a sum over paths: each path's product of local derivatives, and how many paths there are."""

import math
from collections.abc import Iterator
from typing import NamedTuple, TypeAlias

from scalar.node import Node
from scalar.topology import reverse_topological


class Path(NamedTuple):
    """One way from a variable up to the output."""

    nodes: tuple[Node, ...]  # from the variable to the output
    locals: tuple[float, ...]  # the local derivative of each edge, in the same direction

    @property
    def product(self) -> float:
        """What this path contributes to ∂output/∂variable, multiplied from the output on, as a backward pass does."""
        return math.prod(self.locals[::-1])


def count_paths(output: Node, x: Node) -> int:
    """The number of paths from x to output, counted in one sweep without walking them."""
    return _counts(output, x).get(output, 0)


def _counts(output: Node, x: Node) -> dict[Node, int]:
    """How many paths lead from x to itself and to each node between it and the output."""
    counts = {x: 1}
    for node in reversed(list(reverse_topological(output))):
        if number := sum(counts.get(parent, 0) for parent in node.parents):
            counts[node] = number
    return counts


def paths(output: Node, x: Node, limit: int) -> Iterator[Path]:
    """Yield each path from x to output.

    Raises ValueError: there are more than `limit`.
    """
    counts = _counts(output, x)
    number = counts.get(output, 0)
    if number > limit:
        many = number if number < 10**15 else f"about 10^{math.log10(number):.1f}"
        raise ValueError(
            f"paths: expected at most {limit} paths, got {many}; use count_paths, chain_rule() for their sum, or a "
            "larger limit"
        )
    ways: list[_Way] = [(output, 1.0, None)] if number else []
    while ways:
        way = ways.pop()
        start = way[0]
        if start is x:
            yield _path(way)
            continue
        for parent, local in reversed(list(zip(start.parents, start.locals, strict=True))):
            if parent in counts:
                ways.append((parent, local, way))


_Way: TypeAlias = "tuple[Node, float, _Way | None]"
"""A node, the local derivative of the edge above it, and the rest of the way up, which ways share."""


def _path(way: "_Way | None") -> Path:
    nodes: list[Node] = []
    locals: list[float] = []
    while way:
        node, local, way = way
        nodes.append(node)
        locals.append(local)
    return Path(tuple(nodes), tuple(locals[:-1]))  # above the output there is no edge
