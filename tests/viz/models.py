"""Models of no engine: objects with parameters, as viz finds them in a user's model."""

import itertools
from collections.abc import Sequence

from tests.viz.stub import Stub, constant, operation, parameter


class Neuron:
    """activation(w·x + b), as one sum of products."""

    def __init__(self, size: int, activation: str = "tanh") -> None:
        self.w = [parameter(0.5, f"w{i + 1}") for i in range(size)]
        self.b = parameter(0.0, "b")
        self.activation = activation

    def __call__(self, x: Sequence[Stub]) -> Stub:
        z = operation("+", operation("·", *self.w, *x), self.b)
        return operation(self.activation, z) if self.activation != "linear" else z

    def parameters(self) -> list[Stub]:
        return [*self.w, self.b]


class Layer:
    def __init__(self, size: int, width: int, activation: str = "tanh") -> None:
        self.neurons = [Neuron(size, activation) for _ in range(width)]

    def __call__(self, x: Sequence[Stub]) -> list[Stub]:
        return [neuron(x) for neuron in self.neurons]

    def parameters(self) -> list[Stub]:
        return [p for neuron in self.neurons for p in neuron.parameters()]


class Network:
    """Layers in a row; the last is linear."""

    def __init__(self, *sizes: int) -> None:
        last = len(sizes) - 2
        self.layers = [
            Layer(fan_in, fan_out, "linear" if i == last else "tanh")
            for i, (fan_in, fan_out) in enumerate(itertools.pairwise(sizes))
        ]

    def __call__(self, x: Sequence[Stub]) -> list[Stub]:
        for layer in self.layers:
            x = layer(x)
        return list(x)

    def parameters(self) -> list[Stub]:
        return [p for layer in self.layers for p in layer.parameters()]


class Scale:
    """a · x, whose parameter is an attribute."""

    def __init__(self) -> None:
        self.a = parameter(2.0, "a")

    def __call__(self, x: Stub) -> Stub:
        return operation("×", self.a, x)

    def parameters(self) -> list[Stub]:
        return [self.a]


class Twice:
    """A module in two places of another, and a step without parameters between its two uses."""

    def __init__(self) -> None:
        self.scale = Scale()
        self.also = (self.scale,)

    def __call__(self, x: Stub) -> Stub:
        return self.scale(operation("exp", self.scale(x)))

    def parameters(self) -> list[Stub]:
        return self.scale.parameters()


def inputs(number: int) -> list[Stub]:
    return [Stub(float(i), f"x{i + 1}") for i in range(number)]


def loss(score: Stub) -> Stub:
    """(score − 1)², which is no part of any model."""
    return operation("**", operation("−", score, constant(1.0)), constant(2), label="loss")
