"""What happens when an operation makes NaN or infinity: a warning, or an error that names it."""

from __future__ import annotations

import math
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from scalar.op import Op
    from scalar.value import Value


class AnomalyError(ArithmeticError):
    """Raised under `detect_anomaly` by the first operation that makes NaN or infinity."""


Reaction = Literal["warn", "raise", "ignore"]

# A context variable, so that one thread's anomaly mode is not another's.
_reaction: ContextVar[Reaction] = ContextVar("scalar.anomaly", default="warn")


@contextmanager
def detect_anomaly() -> Iterator[None]:
    """Turn the first NaN or infinity, forward or backward, into an `AnomalyError` that names its operation.

    >>> import scalar
    >>> with scalar.detect_anomaly():
    ...     scalar.Value(-1.0, "x").log()
    Traceback (most recent call last):
    scalar.anomaly.AnomalyError: log(-1.0) is nan: expected operands for which log is finite
    """
    with _reacting("raise"):
        yield


@contextmanager
def ignored() -> Iterator[None]:
    """Let NaN and infinity pass in silence, for local derivatives that nothing may ask for."""
    with _reacting("ignore"):
        yield


@contextmanager
def _reacting(reaction: Reaction) -> Iterator[None]:
    token = _reaction.set(reaction)
    try:
        yield
    finally:
        _reaction.reset(token)


def detecting() -> bool:
    """Whether `detect_anomaly` is on."""
    return _reaction.get() == "raise"


def report(op: Op, inputs: Sequence[float], out: float) -> None:
    """React to `op` having made NaN or infinity; quiet when an operand already was."""
    reaction = _reaction.get()
    if reaction == "ignore" or not all(map(math.isfinite, inputs)):
        return
    call = f"{op.name}({', '.join(map(repr, inputs))})"
    if reaction == "raise":
        raise AnomalyError(f"{call} is {out}: expected operands for which {op.name} is finite")
    warnings.warn(f"{call} is {out}", RuntimeWarning, stacklevel=4)


def check_message(node: Value, argument: int, upstream: float, message: float) -> None:
    """Raise if what `node` sends back to one of its operands is not finite.

    Raises:
        AnomalyError: naming the operation, its operands and the two factors.
    """
    if math.isfinite(message):
        return
    operands = ", ".join(repr(parent.data) for parent in node.parents)
    raise AnomalyError(
        f"backward of {node.op}({operands}): upstream {upstream:g} × local {node.locals[argument]:g} is {message:g} "
        f"for operand {argument}; expected a finite derivative"
    )
