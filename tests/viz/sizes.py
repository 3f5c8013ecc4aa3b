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


def several(*sizes: int) -> Case:
    """A perceptron of several outputs, with their squared error."""
    model = scalar.nn.MLP(sizes[0], list(sizes[1:]), generator=random.Random(0))
    scores: Any = model([scalar.Value(0.5 - i, f"x{i + 1}") for i in range(sizes[0])])
    return labelled(scalar.sum([(score - i) ** 2 for i, score in enumerate(scores)]), "loss"), model


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


def recurrent_cell() -> Case:
    """A long short-term memory on two steps of a sequence."""
    generator = np.random.default_rng(0)
    gates = vector.nn.Linear(5, 8, generator=generator)
    h, c = (vector.tensor(np.zeros((1, 2), np.float32), label=label) for label in ("h", "c"))
    for step in range(2):
        x = vector.tensor(generator.normal(size=(1, 3)).astype(np.float32), label=f"x{step + 1}")
        i, f, g, o = np.split(gates(np.concatenate([x, h], axis=1)), 4, axis=1)
        c = vector.sigmoid(f) * c + vector.sigmoid(i) * np.tanh(g)
        h = vector.sigmoid(o) * np.tanh(c)
    return labelled(np.sum(h**2), "loss"), gates


def softmax_by_hand() -> Case:
    """The cross-entropy of five logits, number by number."""
    z = [scalar.Value(0.3 * i - 0.5, f"z{i + 1}") for i in range(5)]
    shares = [scalar.exp(x) for x in z]
    total = scalar.sum(shares)
    loss = -scalar.sum([scalar.log(share / total) * (0.2 * i) for i, share in enumerate(shares)])
    return labelled(loss, "loss"), None


def convolution_block() -> Case:
    """Two convolutions, each normalised, and their residual connection; then pooling, and a linear layer."""
    generator = np.random.default_rng(0)
    convolutions = [vector.nn.Conv2d(3, 3, 3, padding=1, generator=generator) for _ in range(2)]
    head = vector.nn.Linear(12, 2, generator=generator)
    x = vector.tensor(generator.normal(size=(2, 3, 4, 4)).astype(np.float32), label="x")
    y: Any = x
    for convolution in convolutions:
        z = convolution(y)
        mean, variance = z.mean(axis=(0, 2, 3), keepdims=True), z.var(axis=(0, 2, 3), keepdims=True)
        y = np.maximum((z - mean) / np.sqrt(variance + 1), 0)
    pooled = vector.nn.MaxPool2d(2)(x + y)
    loss = vector.nn.cross_entropy(head(pooled.reshape(2, 12)), np.array([0, 1]))
    return labelled(loss, "loss"), vector.nn.Sequential(*convolutions, head)


class Block:
    """Perceptrons in a row, and perhaps blocks in it."""

    def __init__(self, depth: int) -> None:
        self.before = scalar.nn.MLP(2, [3, 2], activation="tanh", generator=random.Random(depth))
        self.inner = [Block(depth - 1)] if depth else []

    def __call__(self, x: Any) -> Any:
        y: Any = self.before(x)
        for block in self.inner:
            y = block(y)
        return [a + b for a, b in zip(x, y, strict=True)]

    def parameters(self) -> list[Any]:
        return [*self.before.parameters(), *(p for block in self.inner for p in block.parameters())]


def nested() -> Case:
    """Blocks in blocks in blocks, each with perceptrons and a residual connection."""
    model = Block(3)
    return labelled(scalar.sum(model([scalar.Value(0.5, "x1"), scalar.Value(-1.0, "x2")]))), model


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
    "MLP 2-6-10-3": lambda: several(2, 6, 10, 3),
    "MLP 2-8-8-1 on arrays": lambda: perceptron_on_arrays(2, 8, 8, 1),
    "MLP 2-16-16-1 on arrays": lambda: perceptron_on_arrays(2, 16, 16, 1),
    "30 layers": lambda: chain(30),
    "60 layers": lambda: chain(60),
    "transformer block": transformer_block,
    "recurrent cell": recurrent_cell,
    "softmax by hand": softmax_by_hand,
    "convolutions": convolution_block,
    "blocks in blocks": nested,
    "100 uses": lambda: uses(100),
    "250 uses": lambda: uses(250),
    "100 chained uses": lambda: chained_uses(100),
}
