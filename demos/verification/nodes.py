"""Every intermediate number of a verified function, from all engines on which it runs, side by side."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from typing import Any

import numpy as np
from rich.box import SIMPLE_HEAD
from rich.table import Table

from demos.verification.matching import Matching
from demos.verification.naming import described, every, named
from demos.verification.side import Array, Numbers, Side
from scalar.names import written

MAX_LISTED = 500


def listed(
    sides: Sequence[Side], numbers: Numbers, weights: Sequence[Array], theirs: Side | None, matching: Matching | None
) -> tuple[Mapping[str, Any], ...]:
    """A row for each node of the first side's graph, with what the others have for it."""
    with ExitStack() as stack:
        roots = {}
        for side in sides:
            own = {name: numbers[name] for name in side.numbers} if set(side.numbers) <= set(numbers) else side.numbers
            roots[side.name] = stack.enter_context(side.graph(own, weights))
        if theirs is not None and matching is not None:
            roots["PyTorch"] = stack.enter_context(theirs.graph(matching.numbers(numbers, theirs.numbers), weights))
        return beside({name: root for name, root in roots.items() if root is not None})


def beside(roots: Mapping[str, Any]) -> tuple[Mapping[str, Any], ...]:
    """The nodes of several graphs of the same, matched by place where the graphs are alike, else by their numbers."""
    first, *others = roots
    own = [node for node in every(roots[first]) if node.role != "constant"]
    names = named(roots[first])
    twins = {name: _twins(own, [n for n in every(roots[name]) if n.role != "constant"]) for name in others}
    rows = []
    for i, node in enumerate(own[:MAX_LISTED]):
        row: dict[str, Any] = {"name": names[id(node)]}
        row["operation"] = described(node, names).partition(" = ")[2] if node.parents else node.role
        if any(np.ndim(other.data) for other in own):
            row["shape"] = "×".join(map(str, np.shape(node.data)))
        everyone = {first: node, **{name: twins[name][i] for name in others}}
        row |= {name: None if twin is None else _size(twin.data) for name, twin in everyone.items()}
        row |= {f"∂ {name}": None if twin is None else _size(twin.grad) for name, twin in everyone.items()}
        rows.append(row)
    return tuple(rows)


def _twins(own: Sequence[Any], others: Sequence[Any]) -> list[Any]:
    if [node.op for node in own] == [node.op for node in others]:
        return list(others)
    left = list(others)
    found: list[Any] = []
    for node in own:
        same = [
            twin for twin in left
            if np.size(twin.data) == np.size(node.data)
            and np.allclose(np.sort(np.ravel(twin.data)), np.sort(np.ravel(node.data)), 1e-9, 1e-12)
            and (node.label == twin.label or bool(node.parents))
        ]  # fmt: skip
        found.append(same[0] if same else None)
        if same:
            left.remove(same[0])
    return found


def _size(data: Any) -> float | None:
    """A number itself; of an array its norm."""
    if data is None or format(data) == "not computed":
        return None
    array = np.asarray(data, float)
    return float(array.reshape(())) if array.size == 1 else float(np.linalg.norm(array))


def node_table(nodes: Sequence[Mapping[str, Any]]) -> Table:
    """Every intermediate number, side by side, for a terminal; below it what stands for an array."""
    arrays = any(node.get("shape") for node in nodes)
    caption = "in the place of an array its norm, √Σx²; ∂: of the output's gradient" if arrays else None
    table = Table(box=SIMPLE_HEAD, padding=(0, 1, 0, 0), caption=caption, caption_justify="left")
    for head in nodes[0] if nodes else ():
        table.add_column(head, justify="left" if head in ("name", "operation", "shape") else "right", overflow="fold")
    for node in nodes:
        table.add_row(*(written(x, 7) if isinstance(x, float) else "–" if x is None else str(x) for x in node.values()))
    return table
