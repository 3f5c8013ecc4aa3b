"""Reverse mode: one backward sweep gives the derivative of an output with respect to everything below it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from scalar.topology import reverse_topological

if TYPE_CHECKING:
    from scalar.value import Value


def gradients(output: Value) -> dict[Value, float]:
    """∂output/∂node for output and every node below it, in reverse topological order.

    The chain rule, once per node: each use sends back g × local, and a node's own g is the sum of what it was sent
    (Baydin et al., "Automatic Differentiation in Machine Learning: a Survey", 2018, section 3.2).
    """
    totals = {output: 1.0}
    get = totals.get
    for node in reverse_topological(output):
        g = totals[node]
        for parent, local in zip(node.parents, node.locals, strict=True):
            totals[parent] = get(parent, 0.0) + g * local
    return totals
