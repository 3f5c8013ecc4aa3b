"""Graphs of every size, as pages should show them: for the browser tests and for `python -m tests.viz.first_paint`."""

import random
from collections.abc import Callable
from typing import Any

import numpy as np

import scalar
import vector

Case = tuple[Any, Any]  # an output after a backward pass, and its model or None


def labelled(output: Any, label: str = "y") -> Any:
    output.label = label
    output.backward()
    return output


def perceptron(*sizes: int) -> Case:
    model = scalar.nn.MLP(sizes[0], list(sizes[1:]), generator=random.Random(0))
    return labelled(model([scalar.Value(0.5 - i, f"x{i + 1}") for i in range(sizes[0])])), model


def perceptron_on_arrays(*sizes: int) -> Case:
    generator = np.random.default_rng(0)
    model = vector.nn.MLP(sizes[0], list(sizes[1:]), generator=generator)
    x = vector.tensor(generator.normal(size=(4, sizes[0])).astype(np.float32), label="X")
    return labelled(np.mean((model(x) - 1) ** 2), "loss"), model


def chain(layers: int) -> Case:
    y: Any = scalar.Value(0.7, "x")
    for i in range(layers):
        y = scalar.tanh(scalar.Value(0.9, f"w{i + 1}", role="parameter") * y)
    return labelled(y), None


def transformer_block() -> Case:
    """Attention and a feed-forward layer, with their residual connections."""
    generator = np.random.default_rng(0)

    def weight(label: str, *shape: int) -> Any:
        return vector.tensor(generator.normal(size=shape) / 2, requires_grad=True, label=label)

    x = vector.tensor(generator.normal(size=(3, 4)), label="x")
    q, k, v = (x @ weight(label, 4, 4) for label in ("Q", "K", "V"))
    h = x + vector.softmax(q @ k.T / 2, axis=-1) @ v @ weight("O", 4, 4)
    y = h + np.maximum(h @ weight("W1", 4, 8), 0) @ weight("W2", 8, 4)
    return labelled(np.mean(y**2), "loss"), None


def uses(number: int) -> Case:
    x = scalar.Value(0.7, "x")
    return labelled(scalar.sum([scalar.sin(x * float(i + 1)) for i in range(number)])), None


def chained_uses(number: int) -> Case:
    """Operations in a row that all use one input: Graphviz would take minutes for its edges."""
    x = scalar.Value(0.5, "x")
    y: Any = x
    for _ in range(number):
        y = scalar.tanh(y * x)
    return labelled(y), None


def nodes(number: int) -> Case:
    """A chain of so many nodes: a third of them constants."""
    y: Any = scalar.Value(0.5, "x")
    for _ in range(number // 3):
        y = scalar.sin(y) + 0.1
    return labelled(y), None


SIZES: dict[str, Callable[[], Case]] = {
    "MLP 2-8-8-1": lambda: perceptron(2, 8, 8, 1),
    "MLP 2-16-16-1": lambda: perceptron(2, 16, 16, 1),
    "MLP 2-8-8-1 on arrays": lambda: perceptron_on_arrays(2, 8, 8, 1),
    "MLP 2-16-16-1 on arrays": lambda: perceptron_on_arrays(2, 16, 16, 1),
    "30 layers": lambda: chain(30),
    "transformer block": transformer_block,
    "100 uses": lambda: uses(100),
    "100 chained uses": lambda: chained_uses(100),
}
