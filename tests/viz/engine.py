"""A small engine for numbers and arrays, whose derivatives can be planted wrong: what `verify` is tested on."""

import math
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from tests.viz.stub import Step, Stub, Term

Rule = Callable[..., tuple[Any, ...]]
"""(g, out, *operands) → what is sent back to each operand."""


class Computed(Stub):
    """The result of an operation: `forward` gives it, `rule` what it sends back."""

    def __init__(self, op: str, forward: Callable[..., Any], rule: Rule, *parents: Stub) -> None:
        self.forward, self.rule = forward, rule
        super().__init__(forward(*(parent.data for parent in parents)), "", "operation", op, parents)

    def evaluate(self, *operands: Any) -> Any:
        return self.forward(*operands)

    def chain_rule(self) -> Iterator[Step]:
        received: dict[int, Any] = {id(self): np.ones_like(self.data) if isinstance(self.data, np.ndarray) else 1.0}
        for node in reversed(list(order(self))):
            if isinstance(node, Computed):
                yield Step(tuple(node.sent(received)))

    def sent(self, received: dict[int, Any]) -> Iterator[Term]:
        g = received[id(self)]
        operands = [parent.data for parent in self.parents]
        locals_ = [None] * len(operands) if isinstance(g, np.ndarray) else self.rule(1.0, self.data, *operands)
        for argument, message in enumerate(self.rule(g, self.data, *operands)):
            parent = self.parents[argument]
            received[id(parent)] = received.get(id(parent), 0.0) + message
            yield Term(self, argument, g, locals_[argument], message)

    def backward(self) -> None:
        received: dict[int, Any] = {id(self): 1.0}
        for node in reversed(list(order(self))):
            if isinstance(node, Computed):
                list(node.sent(received))
            if node.role != "constant":
                node.grad = received[id(node)]


def order(output: Stub) -> Iterator[Stub]:
    """Operands before results, by recursion: for small graphs."""
    seen: set[int] = set()

    def visit(node: Stub) -> Iterator[Stub]:
        if id(node) not in seen:
            seen.add(id(node))
            for parent in node.parents:
                yield from visit(parent)
            yield node

    return visit(output)


def add(x: Stub, y: Stub) -> Computed:
    return Computed("+", lambda x, y: x + y, lambda g, out, x, y: (g, g), x, y)


def mul(x: Stub, y: Stub) -> Computed:
    return Computed("×", lambda x, y: x * y, lambda g, out, x, y: (g * y, g * x), x, y)


def sin(x: Stub, wrong: float = 0.0) -> Computed:
    return Computed("sin", np.sin, lambda g, out, x: (g * (np.cos(x) + wrong),), x)


def relu(x: Stub, at_0: float = 0.0) -> Computed:
    return Computed("relu", lambda x: np.maximum(x, 0.0), lambda g, out, x: (g * np.where(x == 0, at_0, x > 0),), x)


def log(x: Stub) -> Computed:
    return Computed("log", math.log, lambda g, out, x: (g / x,), x)


def total(x: Stub) -> Computed:
    return Computed("sum", lambda x: x.sum(), lambda g, out, x: (g * np.ones_like(x),), x)


def matmul(x: Stub, y: Stub, wrong: float = 0.0) -> Computed:
    return Computed("@", lambda x, y: x @ y, lambda g, out, x, y: (g @ y.T * (1 + wrong), x.T @ g), x, y)
