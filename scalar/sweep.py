"""The two directions of the chain rule: one backward sweep, one forward sweep, over the recorded graph."""

from collections.abc import Mapping, Sequence
from typing import Any

from scalar import modes
from scalar.diagnostics import anomaly
from scalar.node import N, Node
from scalar.topology import reverse_topological


def gradients(output: N) -> dict[N, float]:
    """∂output/∂node for output and every node below it, in reverse topological order.

    Reverse mode: each use sends back g · local, and a node's own g is the sum of what it was sent
    (Baydin et al., "Automatic Differentiation in Machine Learning: a Survey", 2018, section 3.2).
    """
    detecting = anomaly.detecting()
    totals = {output: 1.0}
    get = totals.get
    for node in reverse_topological(output):
        g = totals[node]
        for argument, (parent, local) in enumerate(zip(node.parents, node.locals, strict=True)):
            message = g * local
            totals[parent] = get(parent, 0.0) + message
            if detecting and parent.role != "constant":
                anomaly.check_message(node, argument, "backward", g, message, totals[parent])
    return totals


def recorded_gradients(output: N, since: int) -> dict[N, Any]:
    """Like `gradients`, but computed with Values, so that the derivatives can be differentiated again.

    Nodes created before the number `since` belong to a graph from outside and are left out.
    """
    detecting = anomaly.detecting()
    totals: dict[N, Any] = {output: 1.0}
    for node in reverse_topological(output, since=since):
        g = totals.get(node, 0.0)  # constants are sent nothing
        for argument, (parent, local) in enumerate(zip(node.parents, recorded_locals(node), strict=True)):
            if parent.number >= since and parent.role != "constant":
                message = g * local
                totals[parent] = totals[parent] + message if parent in totals else message
                if detecting:
                    anomaly.check_message(node, argument, "backward", g, message, totals[parent])
    return totals


def recorded_locals(node: Node) -> Sequence[Any]:
    """The local derivatives of node, read from its rule with Values; constants are read as plain numbers."""
    if node.rule is None:
        return ()
    operands = [parent.data if parent.role == "constant" else parent for parent in node.parents]
    with anomaly.ignored():  # such as ln x for the exponent of x², which is no variable
        try:
            return node.rule.local(node, *operands)
        except modes.UnknownNumber:  # a compiler is recording
            return modes.hooks.get().on_locals(node.rule.local, (node, *operands))


def tangents(outputs: Sequence[N], seeds: Mapping[N, Any], since: int, *, record: bool) -> list[Any]:
    """How fast each output moves when the seeded nodes move at the given speeds.

    Forward mode: a node's speed is the sum over its operands of local × the operand's speed (same survey, section 3.1).
    """
    detecting = anomaly.detecting()
    speeds: dict[N, Any] = dict(seeds)
    for node in reversed(list(reverse_topological(*outputs, since=since))):
        if node in speeds:
            continue
        locals = recorded_locals(node) if record else node.locals
        for argument, (parent, local) in enumerate(zip(node.parents, locals, strict=True)):
            if parent in speeds:
                push = local * speeds[parent]
                speeds[node] = speeds[node] + push if node in speeds else push
                if detecting:
                    anomaly.check_message(node, argument, "forward", speeds[parent], push, speeds[node])
    return [speeds.get(output, 0.0) for output in outputs]
