"""A node class that is no engine, and every shape of graph that must be drawable.

That viz draws these shows that it asks for nothing but its Protocol. Like the engines' nodes, a stub is compared by
value and hashed by identity, which trips whoever tells nodes apart with `==` or `in`.
"""

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np


@dataclass(frozen=True)
class Term:
    child: "Stub"
    argument: int
    upstream: Any
    local: Any
    product: Any


@dataclass(frozen=True)
class Formula(Term):
    formula: str


@dataclass(frozen=True)
class Step:
    terms: tuple[Term, ...]


class Steps(tuple[Step, ...]):
    """A ledger with names."""

    names: dict["Stub", str]


class Stub:
    def __init__(
        self, data: Any, label: str = "", role: str = "input", op: str = "", parents: tuple["Stub", ...] = ()
    ) -> None:
        self.data = data
        self.grad: Any = None
        self.label = label
        self.role = role
        self.op = op
        self.parents = parents
        self.requires_grad = True

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Stub) and bool(self.data == other.data)

    __hash__ = object.__hash__


class Product(Stub):
    """x · y: the one operation whose chain rule the tests write out."""

    def __init__(self, x: Stub, y: Stub, label: str = "") -> None:
        super().__init__(x.data * y.data, label, "operation", "×", (x, y))

    def chain_rule(self) -> Iterator[Step]:
        x, y = self.parents
        yield Step((Term(self, 0, 1.0, y.data, y.data), Term(self, 1, 1.0, x.data, x.data)))


class Sine(Stub):
    """sin x, with a ledger that knows formulas and names."""

    formula = "cos(v1)"

    def __init__(self, x: Stub) -> None:
        super().__init__(math.sin(x.data), "", "operation", "sin", (x,))

    def chain_rule(self) -> Steps:
        local = math.cos(self.parents[0].data)
        steps = Steps([Step((Formula(self, 0, 1.0, local, local, self.formula),))])
        steps.names = {self.parents[0]: "v1", self: "v2"}
        return steps


class MatrixProduct(Stub):
    """x @ y, whose Jacobians are not written out."""

    def __init__(self, x: Stub, y: Stub) -> None:
        super().__init__(x.data @ y.data, "", "operation", "@", (x, y))

    def chain_rule(self) -> list[Step]:
        x, y = (parent.data for parent in self.parents)
        g = np.ones_like(self.data)
        return [Step((Term(self, 0, g, None, g @ y.T), Term(self, 1, g, None, x.T @ g)))]


def operation(op: str, *parents: Stub, data: Any = 1.5, label: str = "") -> Stub:
    return Stub(data, label, "operation", op, parents)


def parameter(data: Any, label: str = "w") -> Stub:
    return Stub(data, label, "parameter")


def constant(data: Any) -> Stub:
    return Stub(data, "", "constant")


def with_gradient(node: Stub, gradient: Any) -> Stub:
    node.grad = gradient
    return node


def chain(length: int) -> Stub:
    node = Stub(1.0, "x")
    for _ in range(length):
        node = operation("tanh", node)
    return node


def doublings(levels: int) -> Stub:
    """levels + 1 nodes, and 2**levels paths from x to the output."""
    node = Stub(1.0, "x")
    for _ in range(levels):
        node = operation("+", node, node)
    return node


def neuron() -> Stub:
    x, w, b = Stub(2.0, "x"), parameter(-3.0), parameter(1.0, "b")
    return operation("tanh", operation("+", operation("×", w, x, data=-6.0), b, data=-5.0), data=-0.9999, label="y")


def square() -> Stub:
    x = with_gradient(Stub(3.0, "x"), 6.0)
    return with_gradient(Product(x, x, "y"), 1.0)


def two_outputs() -> list[Stub]:
    x = Stub(1.0, "x")
    first = operation("exp", x, label="a")
    return [first, operation("log", first, label="b")]


NASTY = (
    '{x} | <b>&amp; "q" \\ \\n \\N \\G #35; %%{init}%% `c` *m* [i](u) $t$ -->\n\u05e9\u05dc\u05d5\u05dd 🎉 漢字 e\u0301'
)

SHAPES: dict[str, Callable[[], Any]] = {
    "a leaf": lambda: Stub(1.0, "x"),
    "a parameter": lambda: parameter(1.0),
    "a constant": lambda: constant(0.5),
    "a neuron": neuron,
    "a square": square,
    "a power of a constant": lambda: operation("**", Stub(2.0, "x"), constant(3)),
    "fan-out": lambda: operation("−", operation("exp", node := Stub(1.0, "x")), operation("÷", node, node)),
    "two outputs": two_outputs,
    "one output twice": lambda: [node := square(), node],
    "five operands": lambda: operation("concatenate", *(Stub(float(i)) for i in range(5))),
    "a hundred doublings": lambda: doublings(100),
    "a long chain": lambda: chain(200),
    "nasty labels": lambda: operation(
        "<&>", Stub(1.0, NASTY), parameter(1.0, "\x00\x1b[31m\ud800\uffff\t"), label="a\nb"
    ),
    "blank labels": lambda: operation("+", Stub(1.0, " "), Stub(1.0, "\n")),
    "special numbers": lambda: operation("max", *(Stub(v) for v in (math.nan, math.inf, -0.0, 1e300, 5e-324))),
    "integers": lambda: operation("+", constant(2), constant(10**30), data=True),
    "complex numbers": lambda: operation("+", Stub(1 + 2j), Stub(-0j)),
    "small arrays": lambda: operation("@", with_gradient(parameter(np.eye(2)), np.ones((2, 2))), Stub(np.arange(2))),
    "large arrays": lambda: operation("@", parameter(np.ones((64, 784), np.float32)), Stub(np.arange(784.0))),
    "empty and 0-d arrays": lambda: operation("sum", Stub(np.zeros((0, 3))), Stub(np.array(1.0))),
    "arrays with NaN": lambda: operation("abs", Stub(np.array([math.inf, -math.inf] * 8)), Stub(np.full(9, math.nan))),
    "arrays of complex numbers": lambda: operation("abs", Stub(np.ones(3) * 1j), Stub(np.full(9, 1 - 1j))),
    "arrays of booleans": lambda: operation("where", Stub(np.ones(2, bool)), Stub(np.ones(99, bool))),
}
