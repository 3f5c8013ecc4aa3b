"""How the gallery draws a graph: as much of it as can be read at once, the rest behind doors."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any, NamedTuple

import viz
from viz.graph import Direction, Graph
from viz.walk import topological

TOLD = 40  # up to this number of nodes, the messages of the backward pass stand on the edges
SHOWN = 160  # nodes; a picture with more is no longer read, and they are divided, in the player too
SKETCHED = 16  # of a thumbnail with more, those next to the output
DEPTHS = (12, 10, 8, 6, 5, 4, 3, 2, 1)


class Picture(NamedTuple):
    """A drawing, the views that its doors open, itself the first, and what to say about them, "" for nothing."""

    drawing: viz.Drawing
    views: Sequence[Graph]
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
    """The graph with values and gradients; a small one with every message, a large one in parts that open."""
    nodes = size(node)
    messages = nodes <= TOLD and has_ledger(node)
    drawing = viz.draw(node, messages=messages, direction=direction, max_nodes=SHOWN)
    views = drawing.views()
    caption = f"The graph has {nodes:,} nodes; parts of it are one card each." if len(views) > 1 else ""
    return Picture(replace(drawing, graph=views[0]), views, caption)


def sketch(node: Any, direction: Direction = "LR") -> viz.Drawing:
    """The shape of the graph, for a thumbnail: names and operations, and numbers where there are very few."""
    if size(node) <= 6:
        return viz.draw(node, direction=direction)
    bare: Any = {"values": False, "gradients": False, "direction": direction}
    drawings = (viz.draw(node, depth=depth, **bare) for depth in DEPTHS)
    return next((x for x in drawings if len(x.graph.cards) <= SKETCHED), viz.draw(node, depth=1, **bare))
