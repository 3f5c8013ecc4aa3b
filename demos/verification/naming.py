"""What the nodes of a graph are called."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from viz.walk import topological


def every(root: Any) -> list[Any]:
    """All nodes behind an output, operands first, and the output."""
    return [*topological([root])]


def named(root: Any) -> dict[int, str]:
    """By the `id` of a node, its label, else v1, v2, … in the order in which they were computed; numbers as such."""
    names: dict[int, str] = {}
    count = 0
    for node in every(root):
        if node.parents and not node.label:
            count += 1
        plain = node.role == "constant" and np.size(node.data) == 1
        text = f"{np.ravel(np.asarray(node.data))[0]:g}" if plain else "array"
        names[id(node)] = node.label or (f"v{count}" if node.parents else text)
    return names


def described(node: Any, names: Mapping[int, str]) -> str:
    """`v3 = mean(v2)`."""
    return f"{names[id(node)]} = {node.op}({', '.join(names[id(parent)] for parent in node.parents)})"
