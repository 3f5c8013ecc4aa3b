"""How large a graph is, looked at no further than need be."""

from __future__ import annotations

from collections.abc import Iterable

from scalar import Value


def nodes_behind(output: Value, most: int) -> int | None:
    """The number of nodes behind a value, itself among them; None for more than `most`.

    >>> x = Value(2.0)
    >>> nodes_behind(x * x + x, 100), nodes_behind(x * x + x, 2)
    (3, None)
    """
    seen = {output}
    waiting = [output]
    while waiting:
        for parent in waiting.pop().parents:
            if parent not in seen:
                seen.add(parent)
                waiting.append(parent)
        if len(seen) > most:
            return None
    return len(seen)


def dismantle(values: Iterable[Value]) -> None:
    """Take the operands away from all nodes behind these values, which are not needed any more.

    Python frees a node after the results made of it, one inside the other: a chain of a hundred thousand would exceed
    the stack that a browser grants.

    >>> x = Value(2.0)
    >>> y = x * x
    >>> dismantle([y])
    >>> y.parents
    ()
    """
    found = dict.fromkeys(values)
    waiting = [*found]
    while waiting:
        for parent in waiting.pop().parents:
            if parent not in found:
                found[parent] = None
                waiting.append(parent)
    for node in found:  # none is freed before all have lost their operands
        node.parents = ()


def depth_for(output: Value, most: int) -> int:
    """The number of operations below a value down to which there are at most so many nodes, and at least one.

    >>> x = y = Value(2.0)
    >>> for _ in range(100):
    ...     y = y * x
    >>> depth_for(y, 11)
    9
    """
    seen = {output}
    level = [output]
    depth = 0
    while level:
        level = [*dict.fromkeys(parent for node in level for parent in node.parents if parent not in seen)]
        seen.update(level)
        if len(seen) > most:
            return max(depth, 1)
        depth += 1
    return depth
