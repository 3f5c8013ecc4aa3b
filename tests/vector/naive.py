"""Reverse mode as a textbook writes it, in plain NumPy: the state machine's oracle, which is no engine's.

A node keeps copies of what its operation read and gave, so it knows by itself when a change in place would make a
gradient wrong. All rules read complex numbers, as analytic functions: a gradient at x + ih gives second derivatives.
"""

import itertools
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[Any]


class ChangedError(Exception):
    """A sweep met an operation whose operands hold other numbers than it read."""


class Rule(NamedTuple):
    """What an operation gives, and what it sends back to each operand."""

    value: Callable[..., Any]
    pull: Callable[..., Sequence[Any]]
    """(g, *operands, **params) → a gradient for each operand, before broadcasting is undone."""
    linear: bool = False
    """Whether a later change of the operands does no harm: `pull` reads nothing of them but their shapes.

    The engine refuses a little more than it must: a changed operand of `where`, whose mask alone its rule reads.
    """


def _expanded(g: Array, x: Array, axis: int | None, keepdims: bool) -> Array:
    return g * np.ones(x.shape) if axis is None or keepdims else np.expand_dims(g, axis) * np.ones(x.shape)


def _scattered(g: Array, x: Array, index: Any) -> Array:
    out = np.zeros(x.shape, g.dtype)
    np.add.at(out, index, g)
    return out


def _won(x: Array, y: Array) -> Array:
    return np.where(x.real > y.real, 1.0, np.where(x.real == y.real, 0.5, 0.0))


RULES: Mapping[str, Rule] = {
    "add": Rule(lambda x, y: x + y, lambda g, x, y: (g, g), True),
    "subtract": Rule(lambda x, y: x - y, lambda g, x, y: (g, -g), True),
    "multiply": Rule(lambda x, y: x * y, lambda g, x, y: (g * y, g * x)),
    "divide": Rule(lambda x, y: x / y, lambda g, x, y: (g / y, -g * x / y**2)),
    "maximum": Rule(
        lambda x, y: np.where(x.real == y.real, (x + y) / 2, np.where(x.real > y.real, x, y)),
        lambda g, x, y: (g * _won(x, y), g * (1 - _won(x, y))),
    ),
    "where": Rule(
        lambda x, y, mask: np.where(mask, x, y),
        lambda g, x, y, mask: (np.where(mask, g, 0), np.where(mask, 0, g)),
    ),
    "matmul": Rule(lambda x, y: x @ y, lambda g, x, y: (g @ y.T, x.T @ g)),
    "tanh": Rule(np.tanh, lambda g, x: (g * (1 - np.tanh(x) ** 2),)),
    "exp": Rule(np.exp, lambda g, x: (g * np.exp(x),)),
    "relu": Rule(lambda x: np.where(x.real > 0, x, 0), lambda g, x: (g * (x.real > 0),)),
    "sum": Rule(np.sum, lambda g, x, axis, keepdims: (_expanded(g, x, axis, keepdims),), True),
    "mean": Rule(
        np.mean,
        lambda g, x, axis, keepdims: (
            _expanded(g, x, axis, keepdims) / (x.size if axis is None else x.shape[axis]),
        ),
        True,
    ),
    "reshape": Rule(lambda x, shape: x.reshape(shape), lambda g, x, shape: (g.reshape(x.shape),), True),
    "transpose": Rule(lambda x: x.T, lambda g, x: (g.T,), True),
    "index": Rule(lambda x, index: x[index], lambda g, x, index: (_scattered(g, x, index),), True),
    "broadcast": Rule(np.broadcast_to, lambda g, x, shape: (g,), True),
    "concatenate": Rule(
        lambda *xs: np.concatenate(xs),
        lambda g, *xs: np.split(g, np.cumsum([len(x) for x in xs])[:-1]),
        True,
    ),
    "stack": Rule(lambda *xs: np.stack(xs), lambda g, *xs: list(g), True),
    "scaled": Rule(lambda x: 3 * x, lambda g, x: (3 * g,)),
}  # fmt: skip


class Node:
    """An array, the operation that made it from its operands, and the sum of the gradients that it was given."""

    numbers = itertools.count()

    def __init__(self, value: Any, requires_grad: bool, op: str = "", operands: Sequence["Node"] = (), **params: Any):
        self.value = np.asarray(value)
        self.requires_grad, self.op, self.operands, self.params = requires_grad, op, operands, params
        self.read = [x.value.copy() for x in (self, *operands)]
        self.grad: Array | None = None
        self.retains_grad = False
        self.number = next(Node.numbers)

    def below(self) -> list["Node"]:
        """Self and whatever it was computed from that requires a gradient, the youngest first."""
        found, look = {self.number: self}, [self]
        while look:
            for x in look.pop().operands:
                if x.requires_grad and x.number not in found:
                    found[x.number] = x
                    look.append(x)
        return [found[number] for number in sorted(found, reverse=True)]

    def gradients(self, g: Array) -> dict["Node", Array]:
        """∂⟨g, self⟩ / ∂node for each node below self.

        Raises:
            ChangedError: an operation would read other numbers than in the forward pass.
        """
        sums: dict[Node, Array] = {self: np.array(g)}
        for node in self.below():
            if not node.op:
                continue
            rule, now = RULES[node.op], [x.value for x in node.operands]
            if not rule.linear and not all(map(np.array_equal, [node.value, *now], node.read)):
                raise ChangedError
            for x, sent in zip(node.operands, rule.pull(sums[node], *now, **node.params), strict=True):
                if x.requires_grad:
                    sums[x] = np.asarray(sums.get(x, 0) + summed_to(sent, x.value.shape))
        return sums

    def backward(self, g: Array, retain_all: bool) -> None:
        """Add the gradients to what the leaves have, and the other nodes that keep theirs."""
        for node, found in self.gradients(g).items():
            if retain_all or node.retains_grad or not node.op:
                node.grad = found if node.grad is None else np.asarray(node.grad + found)


def apply(op: str, operands: Sequence[Node], recording: bool, **params: Any) -> Node:
    """The node of an operation, or a constant where none of the operands needs more, or nothing is recorded."""
    value = RULES[op].value(*[x.value for x in operands], **params)
    if recording and any(x.requires_grad for x in operands):
        return Node(value, True, op, operands, **params)
    return Node(value, False)


def summed_to(g: Array, shape: tuple[int, ...]) -> Array:
    """A gradient of a result, as one of an operand that was broadcast to it."""
    while g.ndim > len(shape):
        g = g.sum(0)
    for axis, size in enumerate(shape):
        if size == 1:
            g = g.sum(axis, keepdims=True)
    return np.array(g)
