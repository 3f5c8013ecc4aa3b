"""Switches that hold for a block of code, in the current thread or task only."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

import numpy as np

recording: ContextVar[bool] = ContextVar("vector.recording", default=True)
detecting_anomaly: ContextVar[bool] = ContextVar("vector.detect_anomaly", default=False)


@contextmanager
def _switched(switch: ContextVar[bool], value: bool) -> Iterator[None]:
    token = switch.set(value)
    try:
        yield
    finally:
        switch.reset(token)


@contextmanager
def no_grad() -> Iterator[None]:
    """Compute without recording: results inside the block do not require gradients.

    >>> import vector
    >>> x = vector.tensor([1.0, 2.0], requires_grad=True)
    >>> with vector.no_grad():
    ...     (x * 2).requires_grad
    False
    """
    with _switched(recording, False):
        yield


@contextmanager
def detect_anomaly() -> Iterator[None]:
    """Turn the first NaN or infinity, forward or backward, into an `AnomalyError` that names the operation.

    >>> import vector
    >>> with vector.detect_anomaly():
    ...     vector.tensor([1.0, -1.0]).log()
    Traceback (most recent call last):
    vector.anomaly.AnomalyError: log made nan at index (1,) in its value; its operands there: -1.0
    """
    with _switched(detecting_anomaly, True), np.errstate(all="ignore"):  # the error replaces NumPy's warning
        yield
