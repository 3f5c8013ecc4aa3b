"""Plain data → a drawing for the terminal: results above their operands, each variable shown once.

    n5 y = ×  value -8  grad 1
    ├─ n3 d = +  value 4  grad -2
    │  ├─ n1 a  input  value 2  grad -2
    │  └─ n2 b  parameter  value 2  grad -6
    └─ n2 b  (shown above)

A branch too deep for the width ends in "(shown below)", and goes on there.
"""

import bisect
import itertools
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass

from viz import labels
from viz.graph import Card, Edge, Graph

CELLS_PER_LEVEL = 8  # a tree is at most width // 8 deep; what lies deeper starts a tree of its own


@dataclass(frozen=True, slots=True)
class _Branch:
    card: Card
    edge: Edge | None
    prefix: str
    last: bool
    depth: int


def to_text(graph: Graph, width: int = 100) -> str:
    """The whole drawing as text, no line wider than `width` terminal cells; linear in the number of edges."""
    blocks = [[_one_line(graph.title)]] if graph.title else []
    blocks += _trees(graph, max(1, width // CELLS_PER_LEVEL))
    return "\n\n".join("\n".join(_fitted(line, width) for line in lines) for lines in blocks) + "\n"


def _trees(graph: Graph, deepest: int) -> Iterator[list[str]]:
    cards = {card.id: card for card in graph.cards}
    operands: dict[str, list[Edge]] = defaultdict(list)
    for edge in graph.edges:
        operands[edge.head].append(edge)
    shown: set[str] = set()
    roots = list(graph.outputs)
    later = set(roots)  # those whose tree is still to come
    for root in roots:  # grows while it is walked
        later.discard(root)
        lines: list[str] = []
        stack = [_Branch(cards[root], None, "", last=True, depth=0)]
        while stack:
            branch = stack.pop()
            name = branch.card.id
            fresh = name not in shown and name not in later
            if fresh and branch.depth == deepest and operands[name]:
                roots.append(name)
                later.add(name)
                fresh = False
            lines.append(_line(branch, shown=name in shown, later=name in later))
            if fresh:
                shown.add(name)
                prefix = branch.prefix + (("   " if branch.last else "│  ") if branch.depth else "")
                stack += [
                    _Branch(cards[edge.tail], edge, prefix, last=edge is operands[name][-1], depth=branch.depth + 1)
                    for edge in reversed(operands[name])
                ]
        yield lines


def _line(branch: _Branch, *, shown: bool, later: bool) -> str:
    card = branch.card
    rail = branch.prefix + ("└─ " if branch.last else "├─ ") if branch.depth else ""
    name = labels.isolated(_one_line(card.name))
    called = card.role != "hidden" and not card.path and f"{card.id} {name}".rstrip()
    called = (called and labels.isolated(_one_line(card.called))) or called or name
    if shown or later:
        parts = [called, "(shown above)" if shown else "(shown below)"]
    elif card.symbol:
        parts = [f"{called} = {_one_line(card.symbol)}", *map(str, card.rows)]
    else:
        whole = f"{called} = {card.path}" if card.path else called
        parts = [whole, *([card.role] if card.role not in ("hidden", called) else []), *map(str, card.rows)]
    return rail + "  ".join([*parts, *(_sent(branch.edge) if branch.edge else [])])


def _sent(edge: Edge) -> Iterator[str]:
    if edge.formula:
        yield f"∂ {edge.formula}"
    if edge.message:
        yield f"← {edge.message}"
    if edge.stamp:
        yield str(edge.stamp)
    if edge.values > 1:
        yield f"← {edge.values} values"


def _one_line(text: str) -> str:
    return text.replace("\n", " ↵ ")


def _fitted(line: str, width: int) -> str:
    ends = list(itertools.accumulate(map(labels.cells, line)))
    if not ends or ends[-1] <= width:
        return line
    fits = line[: bisect.bisect_left(ends, width)]
    return f"{fits.rpartition('  ')[0] or fits}…"  # no half of a number
