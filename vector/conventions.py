"""The choices that a backward pass makes where mathematics leaves one."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from vector.topology import reverse_topological

if TYPE_CHECKING:
    from vector.tensor import Tensor

Interval = tuple[float, float]


class Convention(NamedTuple):
    """The kinks or ties that one operation meets in one operand, and the derivative chosen there (PyTorch's choice)."""

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
    """The subgradients it was chosen from; infinite at a jump."""

    def __str__(self) -> str:
        low, high = self.interval
        places = "1 place" if self.places == 1 else f"{self.places} places, the first"
        at = f" at {list(self.first)}" if self.first else ""
        return (
            f"{self.node.op}: operand {self.argument} has a slope in [{low:g}, {high:g}] in {places}{at}, "
            f"chosen {self.chosen:g}"
        )


def conventions(output: Tensor) -> list[Convention]:
    """Each operation below output that meets kinks or ties, the nearest to it first."""
    return [
        convention
        for node in reverse_topological(output)
        for argument, parent in enumerate(node.parents)
        if parent.requires_grad and (convention := _met(node, argument)) is not None
    ]


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
    first = tuple(int(i[0]) for i in np.nonzero(np.atleast_1d(mask)))[: mask.ndim]
    low, high, chosen = (float(np.broadcast_to(x, mask.shape)[first]) for x in (*bounds, slope))
    return Convention(node, argument, int(np.count_nonzero(mask)), first, chosen, (low, high))
