"""The network that is trained, a `scalar.nn.MLP`, and the graph of its loss for one example."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from random import Random
from typing import Any, NamedTuple

from demos.playground.inside.training.points import Point
from demos.playground.inside.training.setup import Setup
from scalar import Value, losses
from scalar.nn import MLP
from scalar.rules import sin

FEATURES: Mapping[str, Callable[[Value, Value], Value]] = {
    "x": lambda x, y: x,
    "y": lambda x, y: y,
    "x²": lambda x, y: x * x,
    "y²": lambda x, y: y * y,
    "x·y": lambda x, y: x * y,
    "sin 2x": lambda x, y: sin(2 * x),
    "sin 2y": lambda x, y: sin(2 * y),
}
"""What the network may be given of a point."""

EQUAL = 0.5  # all weights of a network that starts with equal ones


class Layer(NamedTuple):
    """What one example makes of a layer, a number for each neuron: Σ w·x, z = Σ w·x + b, and a, the activation of z."""

    sums: list[Value]
    z: list[Value]
    a: list[Value]


class Example(NamedTuple):
    """One example on its way through the network: each of its numbers has its name."""

    x: Value
    y: Value
    target: Value
    inputs: list[Value]
    layers: list[Layer]
    score: Value
    loss: Value


def network(setup: Setup) -> MLP:
    """The network as it starts.

    start: "uniform", weights from (−1, 1), as micrograd has them; "scaled", those divided by √n for n inputs of the
    neuron; "equal", all of them ½. Biases are 0.

    >>> network(Setup(layers=("3 relu", "2 tanh"))).layers[:2]
    [Layer of [ReLUNeuron(2), ReLUNeuron(2), ReLUNeuron(2)], Layer of [TanhNeuron(3), TanhNeuron(3)]]
    """
    nin, *nouts = setup.sizes
    model = MLP(nin, nouts, generator=Random(setup.start_seed))
    for layer, (_, activation) in zip(model.layers, setup.hidden, strict=False):
        for neuron in layer.neurons:
            neuron.activation, neuron.nonlin = activation, activation != "linear"
    for neuron in [neuron for layer in model.layers for neuron in layer.neurons]:
        for w in neuron.w:
            if setup.start == "equal":
                w.data = EQUAL
            elif setup.start == "scaled":
                w.data /= math.sqrt(len(neuron.w))
    return model


def target(setup: Setup, kind: int) -> float:
    """What a loss calls a class: 0 or 1 for the logistic loss, −1 or 1 for the others.

    >>> target(Setup(), 0), target(Setup(loss="hinge"), 0)
    (0.0, -1.0)
    """
    return float(kind) if setup.loss == "logistic_cross_entropy" else 2.0 * kind - 1.0


def loss_of(setup: Setup, score: Any, wanted: Any) -> Value:
    """The loss of one example."""
    loss: Value = getattr(losses, setup.loss)(score, wanted)
    return loss


def example(setup: Setup, model: MLP, point: Point) -> Example:
    """The graph of the loss of one example, with a name on each number."""
    x, y, t = Value(point.x, "x"), Value(point.y, "y"), Value(target(setup, point.kind), "t")
    inputs = [FEATURES[name](x, y) for name in setup.features]
    for name, number in zip(setup.features, inputs, strict=True):
        number.label = number.label or name.replace(" ", "")
    layers: list[Layer] = []
    numbers = inputs
    for i, layer in enumerate(model.layers):
        made = Layer([], [], [])
        for j, neuron in enumerate(layer.neurons):
            a = neuron(numbers)
            z = a.parents[0] if neuron.nonlin else a
            is_last = layer is model.layers[-1]
            for letter, number in (("u", z.parents[0]), ("z", z), ("a", a)):
                number.label = number.label or ("s" if is_last and number is a else f"layers.{i}.neurons.{j}.{letter}")
            made.sums.append(z.parents[0])
            made.z.append(z)
            made.a.append(a)
        layers.append(made)
        numbers = made.a
    (score,) = numbers
    loss = loss_of(setup, score, t)
    loss.label = "L"
    return Example(x, y, t, inputs, layers, score, loss)
