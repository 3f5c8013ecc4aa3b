"""Switches that hold for a block of code, in the current thread or task only."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from threading import RLock
from typing import Any

import numpy as np

from vector import anomaly
from vector.watcher import Watcher

recording: ContextVar[bool] = ContextVar("vector.recording", default=True)
watching: ContextVar[Watcher | None] = ContextVar("vector.watching", default=None)
UNWATCHED = Watcher()

shared = RLock()
"""Held while a thread changes what others may change too: a `grad`, the mark of a change, the nodes of a graph."""
latest_change = [0]
"""The creation number that was current when a tensor was last changed in place: older graphs must look for it."""
differentiating: ContextVar[str] = ContextVar("vector.differentiating", default="")
"""The `Function` whose backward is being recorded, so that it can be differentiated."""


def watcher() -> Watcher:
    """Whoever looks on, here and now."""
    return watching.get() or UNWATCHED


def refuse_cut(what: str) -> None:
    """Raise where the numbers of a Tensor would leave a graph that is being recorded.

    Raises:
        RuntimeError: the backward of a `Function` is being recorded.
    """
    if name := differentiating.get():
        raise RuntimeError(
            f"{name}.backward: expected NumPy functions on the tensors, for it is itself being differentiated (second "
            f"derivatives, forward mode), got .{what}, which would cut the graph; use the tensor itself"
        )


@contextmanager
def switched(switch: ContextVar[Any], value: Any) -> Iterator[None]:
    """Give a switch a value for a block of code."""
    token = switch.set(value)
    try:
        yield
    finally:
        switch.reset(token)


@contextmanager
def no_grad() -> Iterator[None]:
    """Compute without recording: results inside the block do not require gradients.

    A leaf is changed in place here by `p -= rate * p.grad`, `p[i] = v` and their like, keeping its dtype and shape; so
    are, as in NumPy and PyTorch, the views of its memory. Elsewhere `a += b` gives the name a new tensor.

    >>> import vector
    >>> x = vector.tensor([1.0, 2.0], requires_grad=True)
    >>> with vector.no_grad():
    ...     (x * 2).requires_grad
    False
    """
    with switched(recording, False):
        yield


@contextmanager
def detect_anomaly() -> Iterator[None]:
    """Turn the first NaN or infinity, forward or backward, into an `AnomalyError` that names the operation.

    It also notices numbers that change behind the graph's back. A backward pass reads operands, masks, targets, bounds
    and indices where they lie; what writes into their arrays after the forward pass, `mask[0] = False` or
    `t.data[0] = 1`, makes it wrong, and leaves no mark. If both passes run in such a block, checksums tell, and a
    RuntimeError names the operand; each pass then reads everything once more, and no array is copied. What a `Function`
    keeps on its `ctx` besides inputs and outputs is not seen.

    >>> import vector
    >>> with vector.detect_anomaly():
    ...     vector.tensor([1.0, -1.0]).log()
    Traceback (most recent call last):
    vector.anomaly.AnomalyError: log made nan at index (1,) in its value; its operands there: -1.0
    """
    with switched(watching, anomaly.Detector()), np.errstate(all="ignore"):  # the error replaces NumPy's warning
        yield
