"""What the output does when one leaf is moved: computed in advance, so that the page needs nobody to ask."""

import math
import warnings
from collections.abc import Iterator, Sequence
from typing import Any

from viz.node import Node

SAMPLES = 20  # on either side of where the leaf is
MAX_LEAVES = 40  # with more, a list of them is no longer read
MAX_NODES = 8000  # to be computed once for each sample; a page should not take seconds to make


def nudges(order: Sequence[Node], gradients: dict[int, Any]) -> Iterator[tuple[Node, dict[str, Any]]]:
    """For each leaf that is a number and has a gradient: where it is, and the output at places around.

    order: the graph's nodes in topological order, the output last; without `evaluate` there is nothing to tell.
    gradients: by the `id` of a node.
    """
    output: Any = order[-1]
    leaves = [node for node in order if not node.parents and id(node) in gradients]
    numbers = all(getattr(node.data, "size", 1) == 1 for node in (output, *leaves))
    if not numbers or not all(hasattr(node, "evaluate") for node in order):
        return
    for leaf in leaves[: min(MAX_LEAVES, MAX_NODES // len(order))]:
        x = float(leaf.data)  # type: ignore[arg-type]  # a number
        step = 10 ** math.floor(math.log10(max(abs(x), 1))) / SAMPLES if math.isfinite(x) else 0.0
        found = [_moved(order, leaf, x + step * i) for i in range(-SAMPLES, SAMPLES + 1)]
        values = [value if math.isfinite(value) else None for value in found]  # JSON knows no other numbers
        if step and all(map(math.isfinite, (found[SAMPLES], gradients[id(leaf)]))):
            yield leaf, {"x": x, "slope": float(gradients[id(leaf)]), "step": step, "values": values}


def _moved(order: Sequence[Node], leaf: Node, x: float) -> float:
    """The output with the leaf at x."""
    data: dict[int, Any] = {id(leaf): x}
    node: Any
    try:
        with warnings.catch_warnings(action="ignore"):  # a place may lie outside the domain
            for node in order:
                if any(id(parent) in data for parent in node.parents):
                    data[id(node)] = node.evaluate(*(data.get(id(parent), parent.data) for parent in node.parents))
    except (ArithmeticError, ValueError):
        return math.nan
    return float(data.get(id(order[-1]), order[-1].data))
