"""The choices that a backward pass makes where mathematics leaves one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from vector.sweep import gradients
from vector.topology import reverse_topological

if TYPE_CHECKING:
    from vector.tensor import Tensor

Interval = tuple[float, float]


class Convention(NamedTuple):
    """The kinks, ties or 0·∞ that one operation meets in one operand, and the derivative chosen there.

    At kinks and ties the choice is PyTorch's. At 0·∞ a gradient of 0 comes to an infinite slope and stops: what nobody
    asked for, as on the side that `where` did not take, makes no NaN.
    """

    node: Tensor
    """The result of the operation that has the kinks."""
    argument: int
    """Which of its operands."""
    places: int
    """How many."""
    first: tuple[int, ...]
    """The index of the first of them: in the result of an elementwise operation, else in the operand."""
    chosen: float
    """The local derivative there, for an upstream gradient of ones."""
    interval: Interval
    """The subgradients it was chosen from; infinite at a jump, and for 0·∞."""
    stopped: bool = False
    """Whether it is 0·∞."""

    def __str__(self) -> str:
        low, high = self.interval
        places = "1 place" if self.places == 1 else f"{self.places} places, the first"
        at = f" at {list(self.first)}" if self.first else ""
        if self.stopped:
            return f"{self.node.op}: operand {self.argument} meets 0·∞ in {places}{at}, chosen 0"
        return (
            f"{self.node.op}: operand {self.argument} has a slope in [{low:g}, {high:g}] in {places}{at}, "
            f"chosen {self.chosen:g}"
        )


def conventions(output: Tensor) -> list[Convention]:
    """Each operation below output that meets kinks, ties or 0·∞, the nearest to it first."""
    upstream: dict[Tensor, Any] = {}
    return [
        convention
        for node in reverse_topological(output)
        for argument, parent in enumerate(node.parents)
        if parent.requires_grad
        for convention in (_met(node, argument), _stopped(output, node, argument, upstream))
        if convention is not None
    ]


def _stopped(output: Tensor, node: Tensor, argument: int, upstream: dict[Tensor, Any]) -> Convention | None:
    """Where a gradient of 0 comes to a slope that is not finite; the gradients are computed when the first is seen."""
    op = node.rule
    if op is None or not op.partials:
        return None
    with np.errstate(all="ignore"):
        slope = np.asarray(op.partials[argument](node.data, *[parent.data for parent in node.parents]))
    if slope.dtype.kind != "f" or np.isfinite(slope).all():
        return None
    if not upstream:
        found = gradients(output, np.ones(output.shape, output.dtype), lambda node: True)
        upstream.update((node, g) for node, (g, _) in found.items())
    mask = ~np.isfinite(slope) & (upstream[node] == 0)
    if not mask.any():
        return None
    return Convention(node, argument, int(np.count_nonzero(mask)), _first(mask), 0.0, (-np.inf, np.inf), True)


def _first(mask: Any) -> tuple[int, ...]:
    """The index of the first place."""
    return tuple(int(i[0]) for i in np.nonzero(np.atleast_1d(mask)))[: mask.ndim]


def _met(node: Tensor, argument: int) -> Convention | None:
    op = node.rule
    if op is None or op.kinks is None:
        return None
    out, inputs = node.data, [parent.data for parent in node.parents]
    with np.errstate(all="ignore"):
        kinks = op.kinks(out, *inputs, **node.params)[argument]
        if kinks is None or not np.any(kinks[0]):
            return None
        mask, bounds = kinks
        if op.partials:
            mask = np.broadcast_to(mask, out.shape)
            slope = op.partials[argument](out, *inputs)
        else:
            slope = op.vjps[argument](np.ones(out.shape, out.dtype), out, *inputs, **node.params)
    first = _first(mask)
    low, high, chosen = (float(np.broadcast_to(x, mask.shape)[first]) for x in (*bounds, slope))
    return Convention(node, argument, int(np.count_nonzero(mask)), first, chosen, (low, high))
