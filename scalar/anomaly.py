"""What happens when an operation makes NaN or infinity: a warning, or an error that names it."""

from __future__ import annotations

import math
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from scalar.op import Op


class AnomalyError(ArithmeticError):
    """Raised under `detect_anomaly` by the first operation that makes NaN or infinity."""


# A context variable, so that one thread's anomaly mode is not another's.
_detecting: ContextVar[bool] = ContextVar("scalar.detect_anomaly", default=False)


@contextmanager
def detect_anomaly() -> Iterator[None]:
    """Turn the first NaN or infinity into an `AnomalyError` that names the operation and its operands.

    >>> import scalar
    >>> with scalar.detect_anomaly():
    ...     scalar.Value(-1.0, "x").log()
    Traceback (most recent call last):
    scalar.anomaly.AnomalyError: log(-1.0) is nan: expected operands for which log is finite
    """
    token = _detecting.set(True)
    try:
        yield
    finally:
        _detecting.reset(token)


def report(op: Op, inputs: Sequence[float], out: float) -> None:
    """Warn that `op` made NaN or infinity, or raise under `detect_anomaly`; quiet when an operand already was."""
    if not all(map(math.isfinite, inputs)):
        return
    call = f"{op.name}({', '.join(map(repr, inputs))})"
    if _detecting.get():
        raise AnomalyError(f"{call} is {out}: expected operands for which {op.name} is finite")
    warnings.warn(f"{call} is {out}", RuntimeWarning, stacklevel=4)
