"""A second opinion on derivatives, beside difference quotients: a judge that the caller of `draw` passes in.

viz imports no framework, so that a picture never needs one; `draw(..., verify=judge)` takes any object with the
protocol `Judge`.
`demos.pytorch.Judge` asks PyTorch.
"""

import math
from collections.abc import Mapping, Sequence
from typing import Any, Protocol

from viz.node import Node


class Judge(Protocol):
    """Derivatives of single operations by other rules than the engine's."""

    @property
    def name(self) -> str:
        """Who it is, for the legend and beside a number that disagrees."""

    def __call__(self, node: Node, upstream: Any, /) -> Sequence[Any] | None:
        """What the operation that made `node` sends back to each of its operands, in order, for an upstream gradient.

        node: an operation; the operands are `node.parents`.
        upstream: a number or an array of the shape of `node.data`.

        Returns numbers or arrays of the operands' shapes; None for an operation that the judge does not know.
        """


def second_opinion(judge: Judge, order: Sequence[Node], seed: Any) -> Mapping[int, Any]:
    """A judge's own backward pass: by the `id` of a node its gradient, where the judge knows all of the way.

    The output, the last in the order, is left out: its gradient is the seed.
    """
    output = id(order[-1])
    received: dict[int, Any] = {output: seed}
    unknown: set[int] = set()
    for node in reversed(order):
        known = node.parents and id(node) not in unknown
        if known and (messages := judge(node, received[id(node)])) is not None:
            for parent, message in zip(node.parents, messages, strict=True):
                received[id(parent)] = received.get(id(parent), 0.0) + message
        else:
            unknown |= {id(parent) for parent in node.parents}
    return {node: gradient for node, gradient in received.items() if node not in unknown | {output}}


def agree(claimed: float, second: float, *, tolerance: float, size: float, rounding: float = 0.0) -> bool:
    """Whether two numbers are one, up to rounding and a tolerance relative to them or to the `size` of their parts."""
    if not (math.isfinite(claimed) and math.isfinite(second)):
        return claimed == second or (math.isnan(claimed) and math.isnan(second))
    return abs(claimed - second) <= tolerance * max(abs(second), size) + rounding
