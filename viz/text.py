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

from viz import labels
from viz.graph import Card, Edge, Graph

CELLS_PER_LEVEL = 8  # a tree is at most width // 8 deep; what lies deeper starts a tree of its own


def to_text(graph: Graph, width: int = 100) -> str:
    """The whole drawing as text, no line wider than `width` terminal cells; linear in the number of edges."""
    blocks = [[_one_line(graph.title)]] if graph.title else []
    blocks += _trees(graph, max(1, width // CELLS_PER_LEVEL))
    return "\n\n".join("\n".join(_fitted(line, width) for line in lines) for lines in blocks) + "\n"


def _trees(graph: Graph, deepest: int) -> Iterator[list[str]]:
    cards = {card.id: card for card in graph.cards}
    operands: dict[str, list[Edge]] = defaultdict(list)
    for use in graph.edges:
        operands[use.head].append(use)
    shown: set[str] = set()
    roots = list(graph.outputs)
    later = set(roots)  # those whose tree is still to come
    for root in roots:  # grows while it is walked
        later.discard(root)
        lines: list[str] = []
        stack: list[tuple[str, Edge | None, str, str]] = [(root, None, "", "")]
        while stack:
            name, edge, rail, indent = stack.pop()
            fresh = name not in shown and name not in later
            if fresh and len(indent) == len("│  ") * deepest and operands[name]:
                roots.append(name)
                later.add(name)
                fresh = False
            lines.append(rail + _line(cards[name], edge, shown=name in shown, later=name in later))
            if fresh:
                shown.add(name)
                for use in reversed(operands[name]):
                    own, below = ("└─ ", "   ") if use is operands[name][-1] else ("├─ ", "│  ")
                    stack.append((use.tail, use, indent + own, indent + below))
        yield lines


def _line(card: Card, edge: Edge | None, *, shown: bool, later: bool) -> str:
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
    return "  ".join([*parts, *(_sent(edge) if edge else [])])


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
