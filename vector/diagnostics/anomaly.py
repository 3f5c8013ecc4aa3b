"""Naming the operation that made NaN or infinity, and the numbers that changed behind the graph's back."""

import contextlib
import zlib
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

import numpy as np

from vector import modes
from vector.modes import Hooks
from vector.node import Node
from vector.op import Op
from vector.trees import tree_leaves


class AnomalyError(ArithmeticError):
    """Raised under `detect_anomaly` by the first operation that makes NaN or infinity."""


def changed(node: Node, name: str) -> RuntimeError:
    """The error for a backward pass through node that would read other numbers than the forward pass."""
    return RuntimeError(
        f"backward through {node.op}: {name} was changed in place after the forward pass used it, so the gradient "
        "would be wrong; run the forward pass again, or change a copy"
    )


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
    vector.diagnostics.anomaly.AnomalyError: log made nan at index (1,) in its value; its operands there: -1.0
    """
    with modes.switched(modes.hooks, Detector()), np.errstate(all="ignore"):  # the error replaces NumPy's warning
        yield


class Detector(Hooks):
    """Stops the engine at the first NaN or infinity."""

    def on_result(self, name: str, result: Any, operands: Sequence[Any], where: str) -> None:
        """Raise if an array has a NaN or an infinity that none of its operands has at that place.

        Raises AnomalyError with the first offending index and the operands there, where they broadcast with the result.
        """
        finite = np.isfinite(result)
        for operand in () if finite.all() else operands:  # an infinity that was given is handed on, not made
            with contextlib.suppress(TypeError, ValueError):
                finite |= np.isinf(result) & np.isinf(np.broadcast_to(operand, np.shape(result)))
        if not finite.all():
            index = tuple(np.argwhere(~finite)[0].tolist())
            there = ", ".join(_at(operand, np.shape(result), index) for operand in operands)
            place = f" at index {index}" if index else ""
            raise AnomalyError(f"{name} made {result[index]}{place} in its {where}; its operands there: {there}")

    def on_record(self, op: Op, out: Any, inputs: list[Any], params: Mapping[str, Any]) -> list[Any]:
        """The inputs, with a checksum of each array that the backward pass will read."""
        kept = _Checksummed(inputs)
        kept.checksums = [_checksum(x) for _, x in _read_backward(op, out, inputs, params)]
        return kept

    def on_vjp(self, node: Node) -> None:
        """Check that these arrays are what they were, if they were seen then."""
        inputs = node.inputs
        if node.rule is not None and isinstance(inputs, _Checksummed):
            now = _read_backward(node.rule, node._array, inputs, node.params)
            for (name, x), checksum in zip(now, inputs.checksums, strict=True):
                if _checksum(x) != checksum:
                    label = getattr(node.operands[name], "label", "") if isinstance(name, int) else ""
                    name = repr(label) if label else f"operand {name}" if isinstance(name, int) else name
                    raise changed(node, f"{name}, an array of shape {x.shape},")


class _Checksummed(list[Any]):
    """The inputs of an operation, with checksums taken in the forward pass."""

    checksums: Sequence[int] = ()


def _read_backward(
    op: Op, out: Any, inputs: Sequence[Any], params: Mapping[str, Any]
) -> Iterator[tuple[int | str, Any]]:
    """(argument or name, array) of all that the backward pass of an operation may read."""
    for name, value in params.items():
        yield from ((f"its {name}", x) for x in tree_leaves(value))
    if not op.linear:
        yield from enumerate(inputs)
        yield "its value", out


def _checksum(x: Any) -> int:
    """A number that an array changes with; 0 for a number, which cannot change."""
    if not isinstance(x, np.ndarray):
        return 0
    return zlib.crc32(np.ascontiguousarray(x.T if x.flags.f_contiguous else x).data)


def _at(operand: Any, shape: tuple[int, ...], index: tuple[int, ...]) -> str:
    """The operand's element that went into the result's element at `index`, or its shape where there is no such one."""
    try:
        return str(np.broadcast_to(operand, shape)[index])
    except ValueError:
        return f"array of shape {np.shape(operand)}"
