"""What the nodes of a graph are called, and how a step is told."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from viz import labels
from viz.walk import topological

TOLD = ("axis", "axes", "dim", "keepdims", "keepdim", "reduction", "correction", "ddof", "eps", "approximate")
"""The parameters of an operation that are worth a place beside its operands."""


def every(root: Any) -> list[Any]:
    """All nodes behind an output, operands first, and the output."""
    return [*topological([root])]


def named(root: Any) -> dict[int, str]:
    """By the `id` of a node, what the engine's namer calls it, as every picture and ledger does."""
    return {id(node): str(name) for node, name in type(root).name_all(root).items()}


def label_held(root: Any, held: Mapping[str, Any]) -> None:
    """Label the arrays in a graph that are arguments which no gradient flows to."""
    arrays = {name: value for name, value in held.items() if isinstance(value, np.ndarray) and value.size > 1}
    for node in every(root) if arrays else ():
        if not node.parents and not node.label:
            node.label = next((name for name, x in arrays.items() if np.array_equal(x, np.asarray(node.data))), "")


def described(node: Any, names: Mapping[int, str]) -> str:
    """`v3 = mean(v2, axis=0)`; without parameters as a ledger writes it, `v3 = v1·v2`."""
    params = getattr(node, "params", {})
    known = {key: value for key, value in params.items() if not isinstance(key, str) or key in TOLD}
    more = [f"{key}={value}" if isinstance(key, str) else str(value) for key, value in known.items() if _short(value)]
    operands = [names[id(parent)] for parent in node.parents]
    if more:
        return f"{names[id(node)]} = {node.op}({', '.join([*operands, *more])})"
    if labels.is_infix(node.op, len(operands)):
        operands = [name if labels.is_word(name) else f"({name})" for name in operands]
    arrays = node.op == "×" and all(np.ndim(parent.data) for parent in node.parents)
    return f"{names[id(node)]} = {labels.expression('⊙' if arrays else node.op, operands)}"


def _short(value: Any) -> bool:
    """Whether a parameter is short, and not just switched off."""
    if isinstance(value, (tuple, list)):
        return len(value) < 5 and all(isinstance(x, int) for x in value)
    return isinstance(value, (bool, int, float, str)) and value is not False
