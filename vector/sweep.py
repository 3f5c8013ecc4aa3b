"""The two directions of the chain rule: one backward sweep, one forward sweep, over the recorded graph."""

from __future__ import annotations

import functools
import math
import operator
from collections.abc import Callable, Mapping, Sequence
from heapq import heappop, heappush
from typing import TYPE_CHECKING, Any

import numpy as np

from vector import modes
from vector.anomaly import changed
from vector.arrays import check_real
from vector.broadcasting import unbroadcast
from vector.topology import CYCLE, reverse_topological
from vector.watcher import Watcher

if TYPE_CHECKING:
    from vector.op import Op
    from vector.tensor import Tensor

Times = Callable[[Any, Any], Any]
Gradients = dict["Tensor", tuple[Any, bool]]


def gradients(
    output: Tensor, g: Any, keep: Callable[[Tensor], bool], *, create_graph: bool = False, since: int = 0
) -> Gradients:
    """(gradient, shared) of each node below output that is to be kept, in reverse topological order.

    Args:
        output: the tensor to differentiate.
        g: its upstream gradient, an array of its shape, or a Tensor with create_graph.
        keep: which nodes' gradients are wanted.
        create_graph: run the rules on Tensors, so that the gradients themselves are recorded.
        since: nodes with a smaller creation number belong to somebody else's graph and are left out.

    A gradient is `shared` when its memory may belong to another gradient or to the caller; whoever keeps it and lets
    it be written to must copy it.

    Raises:
        RuntimeError: an operand was changed in place after it was used.
        AnomalyError: under `detect_anomaly`, something sent back is not finite.
    """
    careful = modes.watcher().careful
    with np.errstate(all="ignore"):  # an infinite slope is no news unless it arrives somewhere
        found, may_stop = _sweep(output, g, keep, stopping if careful else operator.mul, create_graph, since)
        if may_stop and not careful and any(_has_nan(_numbers(total)) for total, _ in found.values()):
            found, _ = _sweep(output, g, keep, stopping, create_graph, since)
    return found


def stopping(g: Any, slope: Any) -> Any:
    """g·slope, where a g of 0 stops: 0·∞ and 0·NaN are 0.

    Why? In where(x > 0, log(x), 0) the logarithm is sent 0 for the places that were not taken, and its slope there
    may be infinite; what nobody asked for must not make NaN. The second look costs time, so a sweep multiplies
    plainly first, and comes back with this product only when a gradient turns out to be NaN. The result lies in memory
    as g·slope does, so that sums over it round alike: `g == 0` alone of a broadcast g would lie in rows.
    """
    message = g * slope
    if getattr(slope, "dtype", None) == np.bool_:  # a mask has no infinite slope
        return message
    return np.where(np.where(np.isnan(message), g, 1) == 0, 0, message)


def _sweep(
    output: Tensor, g: Any, keep: Callable[[Tensor], bool], times: Times, record: bool, since: int
) -> tuple[Gradients, bool]:
    """The gradients, and whether `times` was given a slope that could be infinite."""
    may_stop = False
    watcher = modes.watching.get()
    g = watcher.read(g) if watcher else g
    found: Gradients = {}
    # The walk of `reverse_topological`, written out, for this loop is busy: who waits, by creation number, with the sum
    # of what was sent so far, and whether that is shared.
    waiting: dict[int, list[Any]] = {-output.number: [output, g, True]}
    youngest = [-output.number]
    previous = -math.inf
    while youngest:
        key = heappop(youngest)
        if key <= previous:
            raise ValueError(CYCLE)
        previous = key
        node, g, shared = waiting.pop(key)
        if keep(node):
            found[node] = g, shared
        if node.rule is None:
            if node.operands:  # no operation gave it these: they were put there by hand, to close a circle
                raise ValueError(CYCLE)
            continue
        linear = node.rule.linear
        may_stop = may_stop or node.rule.may_stop
        for _, parent, message in messages(node, g, times, record, since, watcher):
            known = waiting.get(-parent.number)
            if known is None:
                waiting[-parent.number] = [parent, message, linear or message is g]
                heappush(youngest, -parent.number)
            else:
                known[1] = known[1] + message
                known[2] = False
                if watcher:
                    watcher.saw("the sum of what was sent to one operand", _numbers(known[1]), [message], "gradient")
    return found, may_stop


def messages(
    node: Tensor, g: Any, times: Times, record: bool = False, since: int = 0, watcher: Watcher | None = None
) -> list[tuple[int, Tensor, Any]]:
    """(argument, operand, gradient) of each operand that wants one: what node sends back, given its own g."""
    op, operands = node.rule, node.operands
    if op is None:
        return []
    if modes.latest_change[0] > node.number:
        _refuse_changed(node)
    out: Any = node
    inputs: Sequence[Any] = operands
    if not record:
        out, inputs = node._array, node.inputs
    if watcher:
        watcher.reads(node)
        out, inputs = watcher.read(out), [watcher.read(x) for x in inputs]
    sent = []
    for argument, parent in enumerate(operands):
        if not getattr(parent, "requires_grad", False) or parent.number < since:
            continue
        if op.partials:
            message = times(g, op.partials[argument](out, *inputs))
        else:
            message = op.vjps[argument](g, out, *inputs, **node.params)
        operand = parent._array
        if message.shape != operand.shape or message.dtype is not operand.dtype:
            message = fitted(message, operand)
        if watcher:
            watcher.saw(op.name, _numbers(message), [_numbers(x) for x in (g, *inputs)], "gradient")
        sent.append((argument, parent, message))
    return sent


def fitted(message: Any, operand: Any) -> Any:
    """The message in the shape and dtype of the operand that it goes to."""
    if message.shape != operand.shape:
        message = unbroadcast(message, operand.shape)
    if message.dtype != operand.dtype:
        check_real(message, "as the gradient that a rule sends back")
        message = message.astype(operand.dtype)
    return message


def _refuse_changed(node: Tensor) -> None:
    """Raise if a number that node's rule reads is no longer what it was in the forward pass."""
    number = node.number
    for used in () if node.rule and node.rule.linear else (node, *node.operands):
        if getattr(used, "changed", 0) > number:
            raise changed(node, f"{used.label!r}" if used.label else f"operand of shape {used.shape}")


def tangents(outputs: Sequence[Tensor], seeds: Mapping[Tensor, Any], since: int, *, record: bool) -> list[Any]:
    """How fast each output moves when the seeded nodes move at the given speeds; None for an output that does not.

    Forward mode: a node's speed is the sum over its operands of what each one's speed pushes forward.
    """
    read = _itself if record else _numbers
    watcher = modes.watching.get()
    speeds: dict[Tensor, Any] = dict(seeds)
    with np.errstate(all="ignore"):
        for node in reversed(list(reverse_topological(*outputs, since=since))):
            if node.rule is not None and node not in seeds:
                moving = [speeds.get(x) if hasattr(x, "rule") else None for x in node.operands]
                if any(speed is not None for speed in moving):
                    inputs = [read(x) for x in node.operands]
                    speeds[node] = pushforward(node.rule, moving, read(node), inputs, node.params)
                    if watcher:
                        watcher.saw(node.rule.name, _numbers(speeds[node]), [_numbers(x) for x in inputs], "tangent")
    for output in outputs:
        check_real(speeds.get(output, 0.0), "as a speed that a rule pushes forward")
    return [speeds.get(output) for output in outputs]


def pushforward(op: Op, speeds: Sequence[Any], out: Any, inputs: Sequence[Any], params: Mapping[str, Any]) -> Any:
    """The Jacobian-vector product of one operation, from the same row as its vector-Jacobian products.

    An elementwise operation multiplies by its local derivatives; a linear one is applied to the speeds; for any other
    the vjp, which is linear in g, is transposed: J·t is the derivative of ⟨Jᵀg, t⟩ with respect to g.
    """
    if op.linear:
        moved = [
            np.zeros_like(_numbers(x)) if speed is None else speed for x, speed in zip(inputs, speeds, strict=True)
        ]
        return op(*moved, **params)
    pushes = [
        stopping(speed, op.partials[argument](out, *inputs))
        if op.partials
        else _transposed(op, argument, speed, out, inputs, params)
        for argument, speed in enumerate(speeds)
        if speed is not None
    ]
    total = functools.reduce(operator.add, pushes)
    return total if total.shape == out.shape else np.broadcast_to(total, out.shape)


def _transposed(op: Op, argument: int, speed: Any, out: Any, inputs: Sequence[Any], params: Mapping[str, Any]) -> Any:
    """J·t for an operation known by its vjp: record Jᵀg for a fresh g, then sweep t back through it."""
    from vector.tensor import Tensor

    g = Tensor(np.ones(out.shape, out.dtype), requires_grad=True)
    pulled = op.vjps[argument](g, out, *inputs, **params)
    pulled = fitted(pulled, inputs[argument])
    record = isinstance(speed, Tensor) or any(isinstance(x, Tensor) for x in (out, *inputs))
    found = gradients(pulled, speed, lambda node: node is g, create_graph=record, since=g.number)
    return found[g][0] if g in found else np.zeros(out.shape, out.dtype)


def _has_nan(array: Any) -> bool:
    """Whether NaN is among the numbers: their sum of squares, one fast product, is NaN just then."""
    flat = array.ravel("K")
    squares = flat.dot(flat)
    return bool(squares != squares)


def _itself(x: Any) -> Any:
    return x


def _numbers(x: Any) -> Any:
    return getattr(x, "_array", x)
