"""The graphs of the exercises: six levels, each with numbers that can be worked out by hand."""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Any

import numpy as np

import scalar
import vector
from scalar import Value

DIGITS = (-4, -3, -2, 2, 3, 4, 5)
LARGEST = 200.0  # of the numbers on a sheet


def drawn(level: int, seed: int) -> Any:
    """The graph of a level: the same for the same seed.

    Raises:
        ValueError: there is no such level.
    """
    if level not in LEVELS:
        raise ValueError(f"expected a level from 1 to {len(LEVELS)}; got {level}")
    chance = random.Random(f"{level}, {seed}")
    while True:
        output = LEVELS[level][1](chance)
        if _is_fit(output):
            return output


def _is_fit(output: Any) -> bool:
    """Whether there is something to do and nothing too large: gradients of 0 alone, say, ask for nothing."""
    totals = [np.asarray(step.total, dtype=float) for step in output.chain_rule()]
    values = [np.asarray(step.variable.data, dtype=float) for step in output.chain_rule()]
    numbers = np.concatenate([np.ravel(x) for x in (*totals, *values)])
    leaves = [t for t, step in zip(totals, output.chain_rule(), strict=True) if not step.variable.parents]
    return bool(np.all(np.abs(numbers) <= LARGEST)) and all(np.any(x) for x in leaves[:1])


def named(label: str, node: Any) -> Any:
    """The node, called so."""
    node.label = label
    return node


def inputs(chance: random.Random, *names: str, role: str = "input") -> list[Value]:
    """Numbers of one digit, no two alike."""
    return [Value(float(x), name, role=role) for name, x in zip(names, chance.sample(DIGITS, len(names)), strict=True)]


def chain(chance: random.Random) -> Value:
    """One use of everything: (x∘y)∘z, perhaps squared."""
    x, y, z = inputs(chance, "x", "y", "z")
    a = named("a", _joined(chance, x, y, "+-*"))
    b = named("b", _joined(chance, a, z, "*" if chance.random() < 0.5 else "+-*"))
    return named("f", b**2 if chance.random() < 0.5 else b * chance.choice(DIGITS))


def fan_out(chance: random.Random) -> Value:
    """x is used twice or three times."""
    x, y, z = inputs(chance, "x", "y", "z")
    a = named("a", _joined(chance, x, y, "*+"))
    b = named("b", _joined(chance, x, z, "*-"))
    product = a * b
    return named("f", product + x * chance.choice((2, 3)) if chance.random() < 0.5 else product)


def kinks(chance: random.Random) -> Value:
    """relu, max, min and |·|, none of them at its kink."""
    x, y, z = inputs(chance, "x", "y", "z")
    a = named("a", chance.choice((scalar.max, scalar.min))(x, y))
    b = named("b", chance.choice((scalar.relu, abs))(_joined(chance, x, z, "*-")))
    return named("f", a * b + y * chance.choice((2, 3)))


def neuron(chance: random.Random) -> Value:
    """The loss of a neuron, its sigmoid at 0, where it is ½ and its slope ¼; or a relu."""
    x1, x2 = inputs(chance, "x1", "x2")
    w1, w2 = inputs(chance, "w1", "w2", role="parameter")
    products = w1 * x1 + w2 * x2
    smooth = chance.random() < 0.5
    b = Value(-products.data if smooth else float(chance.choice(DIGITS)), "b", role="parameter")
    t = Value(float(chance.choice((0, 1))), "t")
    y = named("y", (scalar.sigmoid if smooth else scalar.relu)(named("z", products + b)))
    return named("L", (y - t) ** 2)


def softmax(chance: random.Random) -> Any:
    """A sum weighted by the shares of a softmax, whose logits are logarithms of whole numbers."""
    shares = chance.choice(([1, 1, 2], [1, 2, 1], [2, 1, 1], [1, 3, 4], [1, 4, 5], [2, 3, 5]))
    z = vector.tensor(np.log(shares), requires_grad=True, label="z")
    c = vector.tensor(np.array(chance.sample(DIGITS, 3), float), label="c")
    p = named("p", vector.softmax(z))
    return named("L", np.sum(named("s", c * p)))


def matmul(chance: random.Random) -> Any:
    """A matrix product, weighted and summed."""
    X, W, C = (np.array([chance.sample(DIGITS, 2) for _ in range(2)], float) for _ in range(3))
    x, w = (vector.tensor(M, requires_grad=True, label=name) for M, name in ((X, "X"), (W, "W")))
    z = named("Z", x @ w)
    return named("L", np.sum(named("S", z * vector.tensor(C / 2, label="C"))))


def _joined(chance: random.Random, x: Value, y: Value, signs: str) -> Value:
    sign = chance.choice(signs)
    return x + y if sign == "+" else x - y if sign == "-" else x * y


LEVELS: dict[int, tuple[str, Callable[[random.Random], Any]]] = {
    1: ("a chain", chain),
    2: ("fan-out", fan_out),
    3: ("kinks", kinks),
    4: ("a neuron", neuron),
    5: ("a softmax", softmax),
    6: ("a matrix product", matmul),
}
