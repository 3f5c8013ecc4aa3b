"""The choices that a backward pass makes where mathematics leaves one."""

import functools
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

import numpy as np

from vector.names import written
from vector.node import Node
from vector.op import Op
from vector.sweep import gradients
from vector.topology import reverse_topological

Interval = tuple[float, float]


class Convention(NamedTuple):
    """The kinks, ties or 0·∞ that one operation meets in one operand, and the derivative chosen there.

    At kinks and ties the choice is PyTorch's. At 0·∞ a gradient of 0 meets an infinite slope and stops: the side
    that `where` did not take makes no NaN.
    """

    node: Node  # the result of the operation that has the kinks
    argument: int  # which of its operands
    places: int  # how many
    first: tuple[int, ...]  # the index of the first: in the result of an elementwise operation, else in the operand
    chosen: float  # the local derivative there, for an upstream gradient of ones
    interval: Interval  # the subgradients it was chosen from; infinite at a jump, and for 0·∞
    stopped: bool = False  # whether it is 0·∞

    def __str__(self) -> str:
        low, high, chosen = map(written, (*self.interval, self.chosen))
        places = "1 place" if self.places == 1 else f"{self.places} places, the first"
        at = f" at {list(self.first)}" if self.first else ""
        found = "meets 0·∞" if self.stopped else f"has a slope in [{low}, {high}]"
        return f"{self.node.op}: operand {self.argument} {found} in {places}{at}, chosen {chosen}"


def conventions(output: Node) -> list[Convention]:
    """Each operation below output that meets kinks, ties or 0·∞, the nearest to it first."""
    upstream = functools.cache(lambda: gradients(output, np.ones(output.shape, output.dtype), lambda node: True))
    with np.errstate(all="ignore"):
        return [
            convention
            for node in reverse_topological(output)
            for argument, parent in enumerate(node.parents)
            if parent.requires_grad and node.rule
            for convention in _choices(node, argument, node.rule, upstream)
        ]


def _choices(
    node: Node, argument: int, op: Op, upstream: Callable[[], dict[Node, tuple[Any, bool]]]
) -> Iterator[Convention]:
    """Those of one operation in one operand; the gradients are asked for when an infinite slope is seen."""
    out, inputs = node.data, [parent.data for parent in node.parents]
    slope = np.asarray(op.partials[argument](out, *inputs)) if op.partials else None
    kinks = op.kinks(out, *inputs, **node.params)[argument] if op.kinks else None
    if kinks and np.any(kinks[0]):
        mask, bounds = kinks
        if slope is None:
            chosen = op.vjps[argument](np.ones(out.shape, out.dtype), out, *inputs, **node.params)
        else:
            mask, chosen = np.broadcast_to(mask, out.shape), slope
        count, first = _places(mask)
        low, high, chosen = (float(np.broadcast_to(x, mask.shape)[first]) for x in (*bounds, chosen))
        yield Convention(node, argument, count, first, chosen, (low, high))
    if slope is not None and slope.dtype.kind == "f" and not np.isfinite(slope).all():
        stopped = ~np.isfinite(slope) & (upstream()[node][0] == 0)
        if stopped.any():
            yield Convention(node, argument, *_places(stopped), 0.0, (-np.inf, np.inf), True)


def _places(mask: Any) -> tuple[int, tuple[int, ...]]:
    """How many there are, and the index of the first."""
    found = np.argwhere(mask)
    return len(found), tuple(found[0].tolist())
