"""What happens when an operation makes NaN or infinity: a warning, or an error that names it."""

import math
import sys
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from functools import partial
from types import FrameType
from typing import Any, Literal

from scalar.node import Node
from scalar.op import Op


class AnomalyError(ArithmeticError):
    """Raised under `detect_anomaly` by the first operation that makes NaN or infinity."""


Reaction = Literal["warn", "raise", "ignore"]

# A context variable, so that one thread's anomaly mode is not another's.
_reaction: ContextVar[Reaction] = ContextVar("scalar.diagnostics.anomaly", default="warn")


@contextmanager
def detect_anomaly() -> Iterator[None]:
    """Turn the first NaN or infinity, forward or backward, into an `AnomalyError` that names its operation.

    >>> import scalar
    >>> with scalar.detect_anomaly():
    ...     scalar.Value(-1.0, "x").log()
    Traceback (most recent call last):
    scalar.diagnostics.anomaly.AnomalyError: log(-1.0) is nan: expected operands for which log is finite
    """
    with _reacting("raise"):
        yield


@contextmanager
def _reacting(reaction: Reaction) -> Iterator[None]:
    token = _reaction.set(reaction)
    try:
        yield
    finally:
        _reaction.reset(token)


ignored = partial(_reacting, "ignore")  # NaN and infinity pass in silence: of local derivatives that none may ask for


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
    warnings.warn(f"{call} is {out}", RuntimeWarning, stacklevel=_frames_inside())


def _frames_inside() -> int:
    """How many frames, this one included, lie inside this package: the next one is the user's line."""
    frame: FrameType | None = sys._getframe()
    inside = 0
    while frame and str(frame.f_globals.get("__name__")).partition(".")[0] == "scalar":
        inside += 1
        frame = frame.f_back
    return inside


def check_message(
    node: Node, argument: int, way: Literal["backward", "forward"], factor: Any, message: Any, total: Any
) -> None:
    """Raise if what is sent along one edge, from `node` backward or to it forward, is not finite.

    factor: what the local derivative was multiplied by: the upstream gradient, or the operand's tangent.
    total: what has arrived at the other end so far, this message included.

    Raises AnomalyError: naming the operation, its operands and the two factors.
    """
    factor, message, total = (getattr(x, "data", x) for x in (factor, message, total))
    if math.isfinite(total):
        return
    operands = ", ".join(repr(parent.data) for parent in node.parents)
    kind = "upstream" if way == "backward" else "tangent"
    added = f", where the sum of such products becomes {total:g}" if math.isfinite(message) else ""
    raise AnomalyError(
        f"{way} of {node.op}({operands}): {kind} {factor:g} · local {node.locals[argument]:g} is {message:g} for "
        f"operand {argument}{added}; expected a finite derivative; {node.op} is {getattr(node.rule, '__doc__', '')}"
    )
