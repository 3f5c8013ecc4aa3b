"""What the nodes of a graph are called, and how a step is told."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from viz.walk import topological

TOLD = ("axis", "axes", "dim", "keepdims", "keepdim", "reduction", "correction", "ddof", "eps", "approximate")
"""The parameters of an operation that are worth a place beside its operands."""


def every(root: Any) -> list[Any]:
    """All nodes behind an output, operands first, and the output."""
    return [*topological([root])]


def named(root: Any, held: Mapping[str, Any] | None = None) -> dict[int, str]:
    """By the `id` of a node, its label, else v1, v2, … in the order in which they were computed; numbers as such.

    Args:
        root: the output.
        held: arguments that no gradient flows to, by name.
    """
    names: dict[int, str] = {}
    count = 0
    for node in every(root):
        if node.parents and not node.label:
            count += 1
        names[id(node)] = node.label or (f"v{count}" if node.parents else _constant(node.data, held or {}))
    return names


def _constant(data: Any, held: Mapping[str, Any]) -> str:
    array = np.asarray(data)
    if array.size == 1:
        return f"{array.reshape(()):g}" if array.dtype.kind in "iuf" else str(array.reshape(()))
    same = [name for name, value in held.items() if np.array_equal(np.asarray(value), array)]
    return same[0] if same else f"array {'×'.join(map(str, array.shape))}"


def described(node: Any, names: Mapping[int, str]) -> str:
    """`v3 = mean(v2, axis=0)`."""
    params = getattr(node, "params", {})
    known = {key: value for key, value in params.items() if not isinstance(key, str) or key in TOLD}
    more = [f"{key}={value}" if isinstance(key, str) else str(value) for key, value in known.items() if _short(value)]
    return f"{names[id(node)]} = {node.op}({', '.join([*(names[id(parent)] for parent in node.parents), *more])})"


def _short(value: Any) -> bool:
    """Whether a parameter is short, and not just switched off."""
    if isinstance(value, (tuple, list)):
        return len(value) < 5 and all(isinstance(x, int) for x in value)
    return isinstance(value, (bool, int, float, str)) and value is not False
