"""How the gallery draws a graph: as much of it as can be read."""

from __future__ import annotations

from typing import Any, NamedTuple

import viz
from viz.graph import Direction
from viz.walk import topological

TOLD = 40  # up to this number of nodes, the messages of the backward pass stand on the edges
SHOWN = 160  # a picture with more cards is no longer read: the operations next to the output stand for the whole
SKETCHED = 16  # and with more nodes, a thumbnail
DEPTHS = (12, 10, 8, 6, 5, 4, 3, 2, 1)
PLAYED = 150  # the most nodes that are worth stepping through


class Picture(NamedTuple):
    """A drawing, and what it leaves out, "" for nothing."""

    drawing: viz.Drawing
    caption: str


def size(node: Any) -> int:
    """How many nodes the graph has."""
    return len(topological([node]))


def has_ledger(node: Any) -> bool:
    """Whether the node has a chain rule of its own: an output of several elements has one only for a given gradient."""
    try:
        return bool(node.chain_rule())
    except (AttributeError, RuntimeError, ValueError):
        return False


def draw(node: Any, direction: Direction = "LR") -> Picture:
    """The graph with values and gradients; a small one with every message, a large one only near its output."""
    nodes = size(node)
    if nodes <= SHOWN:
        messages = nodes <= TOLD and has_ledger(node)
        return Picture(viz.draw(node, messages=messages, direction=direction), "")
    drawing, depth = _near_the_output(node, SHOWN, direction=direction)
    operations = "operation" if depth == 1 else f"{depth} operations"
    return Picture(
        drawing, f"The whole graph has {nodes:,} nodes; what lies at most {operations} below the output is shown."
    )


def sketch(node: Any, direction: Direction = "LR") -> viz.Drawing:
    """The shape of the graph, for a thumbnail: names and operations, and numbers where there are very few."""
    if size(node) <= 6:
        return viz.draw(node, direction=direction)
    return _near_the_output(node, SKETCHED, values=False, gradients=False, direction=direction)[0]


def _near_the_output(node: Any, most: int, **options: Any) -> tuple[viz.Drawing, int]:
    """The deepest drawing that has at most this number of cards."""
    for depth in DEPTHS:
        drawing = viz.draw(node, depth=depth, **options)
        if len(drawing.graph.cards) <= most:
            return drawing, depth
    return viz.draw(node, depth=1, **options), 1
