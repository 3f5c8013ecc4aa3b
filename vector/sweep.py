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
from vector.arrays import array_of, check_real, last_write
from vector.batching import Batch, diagonal_product, settled
from vector.diagnostics.anomaly import changed
from vector.modes import Hooks
from vector.topology import CYCLE, reverse_topological

if TYPE_CHECKING:
    from vector.node import N, Node
    from vector.op import Op

Times = Callable[[Any, Any], Any]
_SUM = "the sum of what was sent to one operand"


def gradients(
    output: N, g: Any, keep: Callable[[N], bool], *, create_graph: bool = False, since: int = 0
) -> dict[N, tuple[Any, bool]]:
    """(gradient, shared) of each node below output that is to be kept, in reverse topological order.

    Args:
        output: the tensor to differentiate.
        g: its upstream gradient, an array of its shape, or a Tensor with create_graph.
        keep: which nodes' gradients are wanted.
        create_graph: run the rules on Tensors, so that the gradients themselves are recorded.
        since: nodes with a smaller creation number belong to a graph from outside and are left out.

    A gradient is `shared` when its memory may belong to another gradient or to the caller: copy it before it is kept
    where it may be written to.

    Raises RuntimeError: an operand was changed in place after it was used; AnomalyError: under `detect_anomaly`,
    something sent back is not finite.
    """
    hooks = modes.hooks.get()
    masked = bool(hooks and hooks.masks)
    with np.errstate(all="ignore"):  # an infinite slope is no news unless it arrives somewhere
        found, needs_mask = _sweep(output, g, keep, masked_product if masked else operator.mul, create_graph, since)
        if needs_mask and not masked and any(_has_nan(array_of(total)) for total, _ in found.values()):
            found, _ = _sweep(output, g, keep, masked_product, create_graph, since)
    return found


def masked_product(g: Any, slope: Any) -> Any:
    """g·slope, where a g of 0 stops: 0·∞ and 0·NaN are 0.

    Why? In where(x > 0, log(x), 0) the logarithm is sent 0 for the places that were not taken, and its slope there
    may be infinite; a branch that was not taken must not make NaN. The second look costs time, so a sweep multiplies
    plainly first, and comes back with this product only when a gradient turns out to be NaN. The result lies in memory
    as g·slope does, so that sums over it round alike: `g == 0` alone of a broadcast g would lie in rows.
    """
    if (product := diagonal_product(g, slope, masked_product)) is not None:
        return product
    message = g * slope
    if getattr(slope, "dtype", None) == np.bool_:  # a mask has no infinite slope
        return message
    return np.where(np.where(np.isnan(message), g, 1) == 0, 0, message)


def _sweep(
    output: N, g: Any, keep: Callable[[N], bool], times: Times, record: bool, since: int
) -> tuple[dict[N, tuple[Any, bool]], bool]:
    """The gradients, and whether `times` was given a slope that could be infinite."""
    needs_mask = False
    hooks = modes.hooks.get()
    g = hooks.on_read(g) if hooks else g
    found: dict[N, tuple[Any, bool]] = {}
    # The walk of `reverse_topological`, written out, for this loop is busy: who waits, by creation number, with the sum
    # of what was sent so far, and whether that is shared: None if this sweep alone knows it, and may add to it.
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
        rule = node.rule
        if rule is None:
            if node.operands:  # no operation gave it these: they were put there by hand, to close a circle
                raise ValueError(CYCLE)
            continue
        shares = rule.shares
        needs_mask = needs_mask or rule.needs_mask
        if shares is None and not record and _added(node, g, waiting, hooks):
            continue
        for _, parent, message in messages(node, g, times, record, since, hooks):
            known = waiting.get(-parent.number)
            if known is None:
                waiting[-parent.number] = [parent, message, message is g or shares]
                heappush(youngest, -parent.number)
            else:
                known[1] = known[1] + message
                known[2] = None
                if hooks:
                    hooks.on_result(_SUM, array_of(known[1]), [message], "gradient")
    return found, needs_mask


def _added(node: Node, g: Any, waiting: Mapping[int, list[Any]], hooks: Hooks | None) -> bool:
    """Whether g was added to what the operand has been sent, of which this sweep alone knows."""
    known = waiting.get(-getattr(node.operands[0], "number", 0))
    if known is None or known[2] is not None or type(known[1]) is not type(g) or type(g) is Batch:
        return False
    node.rule.adds(known[1], g, **node.params)  # type: ignore[union-attr, misc]  # whose `shares` says so
    if hooks:
        hooks.on_result(_SUM, array_of(known[1]), [g], "gradient")
    return True


def messages(
    node: Node, g: Any, times: Times, record: bool = False, since: int = 0, hooks: Hooks | None = None
) -> list[tuple[int, Node, Any]]:
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
    if hooks:
        hooks.on_vjp(node)
        out, inputs = hooks.on_read(out), [hooks.on_read(x) for x in inputs]
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
        if hooks:
            hooks.on_result(op.name, array_of(message), [array_of(x) for x in (g, *inputs)], "gradient")
        sent.append((argument, parent, message))
    return sent


def fitted(message: Any, operand: Any) -> Any:
    """The message in the shape and dtype of the operand that it goes to, and in its batches."""
    message = settled(message, operand)
    if message.shape != operand.shape:
        message = unbroadcast(message, operand.shape)
    if message.dtype != operand.dtype:
        check_real(message, "as the gradient that a rule sends back")
        message = message.astype(operand.dtype)
    return message


def unbroadcast(g: Any, shape: tuple[int, ...]) -> Any:
    """Sum g over the axes along which an operand of this shape was repeated; the transpose of broadcasting.

    g: gradient of the broadcast result, an array or a Tensor. shape: the operand's own shape.

    >>> import numpy as np
    >>> unbroadcast(np.ones((4, 3)), (3,))
    array([4., 4., 4.])
    >>> unbroadcast(np.ones((4, 3)), (4, 1))
    array([[3.],
           [3.],
           [3.],
           [3.]])
    """
    added = len(g.shape) - len(shape)
    if added:
        g = g.sum(axis=tuple(range(added)))
        if g.shape == shape:
            return g
    stretched = tuple(i for i, n in enumerate(shape) if n == 1 and g.shape[i] != 1)
    return g.sum(axis=stretched, keepdims=True) if stretched else g


def _refuse_changed(node: Node) -> None:
    """Raise if a number that node's rule reads is no longer what it was in the forward pass."""
    number = node.number
    for used in () if node.rule and node.rule.linear else (node, *node.operands):
        if getattr(used, "changed", 0) > number or last_write(array_of(used)) > number:
            raise changed(node, f"{used.label!r}" if getattr(used, "label", "") else f"operand of shape {used.shape}")


def tangents(outputs: Sequence[N], seeds: Mapping[N, Any], since: int, *, record: bool) -> list[Any]:
    """How fast each output moves when the seeded nodes move at the given speeds; None for an output that does not.

    Forward mode: a node's speed is the sum over its operands of what each one's speed pushes forward.
    """
    hooks = modes.hooks.get()
    speeds: dict[N, Any] = dict(seeds)
    with np.errstate(all="ignore"):
        for node in reversed(list(reverse_topological(*outputs, since=since))):
            if node.rule is not None and node not in seeds:
                moving = [speeds.get(x) if hasattr(x, "rule") else None for x in node.operands]
                if any(speed is not None for speed in moving):
                    out, *inputs = (node, *node.operands) if record else map(array_of, (node, *node.operands))
                    speeds[node] = pushforward(node, node.rule, moving, out, inputs)
                    if hooks:
                        hooks.on_result(node.rule.name, array_of(speeds[node]), [*map(array_of, inputs)], "tangent")
    for output in outputs:
        check_real(speeds.get(output, 0.0), "as a speed that a rule pushes forward")
    return [speeds.get(output) for output in outputs]


def pushforward(node: Node, op: Op, speeds: Sequence[Any], out: Any, inputs: Sequence[Any]) -> Any:
    """The Jacobian-vector product of one node's operation, from the same row as its vector-Jacobian products.

    An elementwise operation multiplies by its local derivatives; a linear one is applied to the speeds; for any other
    the vjp, which is linear in g, is transposed: J·t is the derivative of ⟨Jᵀg, t⟩ with respect to g.
    """
    if op.linear:
        both = zip(inputs, speeds, strict=True)
        return op(*(np.zeros_like(array_of(x)) if speed is None else speed for x, speed in both), **node.params)
    moving = [(i, speed) for i, speed in enumerate(speeds) if speed is not None]
    if op.partials:
        pushes = [masked_product(speed, op.partials[i](out, *inputs)) for i, speed in moving]
    else:
        pushes = [_transposed(node, op, i, speed, out, inputs) for i, speed in moving]
    total = functools.reduce(operator.add, pushes)
    if total.dtype != out.dtype:
        check_real(total, "as a speed that a rule pushes forward")
        total = total.astype(out.dtype)
    return total if total.shape == out.shape else np.broadcast_to(total, out.shape)


def _transposed(node: Node, op: Op, argument: int, speed: Any, out: Any, inputs: Sequence[Any]) -> Any:
    """J·t for an operation known by its vjp: record Jᵀg for a fresh g, then sweep t back through it."""
    tensor: Any = type(node)
    g = tensor(np.ones(out.shape, out.dtype), requires_grad=True)
    pulled = fitted(op.vjps[argument](g, out, *inputs, **node.params), inputs[argument])
    record = any(isinstance(x, tensor) for x in (speed, out, *inputs))
    found = gradients(pulled, speed, lambda x: x is g, create_graph=record, since=g.number)
    return found[g][0] if g in found else np.zeros(out.shape, out.dtype)


def _has_nan(array: Any) -> bool:
    """Whether NaN is among the numbers: their sum of squares, one fast product, is NaN just then."""
    while isinstance(array, Batch):
        array = array.array
    flat = array.ravel("K")
    squares = flat.dot(flat)
    return bool(squares != squares)
