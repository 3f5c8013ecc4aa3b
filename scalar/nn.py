"""Neurons, layers and multi-layer perceptrons, with micrograd's names and signatures."""

from __future__ import annotations

import itertools
import random
from collections.abc import Callable, Sequence

from scalar import rules
from scalar.value import NOT_COMPUTED, Operand, Value

ACTIVATIONS: dict[str, Callable[[Value], Value]] = {
    "linear": lambda z: z,
    "relu": Value.relu,
    "tanh": Value.tanh,
    "sigmoid": Value.sigmoid,
    "softplus": Value.softplus,
}


class Module:
    """Something with parameters."""

    def parameters(self) -> list[Value]:
        """The Values that training changes."""
        return []

    def zero_grad(self) -> None:
        """Forget the gradients of all parameters."""
        for parameter in self.parameters():
            parameter.grad = NOT_COMPUTED


class Neuron(Module):
    """activation(w·x + b).

    Args:
        nin: number of inputs.
        nonlin: whether to apply the activation; without it the neuron is linear.
        activation: "relu", "tanh", "sigmoid", "softplus" or "linear".
        generator: source of the initial weights, uniform in (−1, 1); default: the `random` module's own.

    Raises:
        ValueError: unknown activation.
    """

    def __init__(
        self, nin: int, nonlin: bool = True, *, activation: str = "relu", generator: random.Random | None = None
    ) -> None:
        if activation not in ACTIVATIONS:
            raise ValueError(f"Neuron: expected activation in {sorted(ACTIVATIONS)}, got {activation!r}")
        uniform = generator.uniform if generator else random.uniform
        self.w = [Value(uniform(-1, 1), "w", role="parameter") for _ in range(nin)]
        self.b = Value(0.0, "b", role="parameter")
        self.nonlin = nonlin and activation != "linear"
        self.activation = activation if self.nonlin else "linear"

    def __call__(self, x: Sequence[Operand]) -> Value:
        """x: nin numbers or Values → one Value.

        Raises:
            ValueError: len(x) != nin.
        """
        return ACTIVATIONS[self.activation](rules.dot(self.w, x) + self.b)

    def parameters(self) -> list[Value]:
        """The weights, then the bias."""
        return [*self.w, self.b]

    def __repr__(self) -> str:
        names = {"relu": "ReLU", "tanh": "Tanh", "sigmoid": "Sigmoid", "softplus": "Softplus", "linear": "Linear"}
        return f"{names[self.activation]}Neuron({len(self.w)})"


class Layer(Module):
    """nout neurons that see the same nin inputs; keyword arguments are Neuron's."""

    def __init__(
        self,
        nin: int,
        nout: int,
        *,
        nonlin: bool = True,
        activation: str = "relu",
        generator: random.Random | None = None,
    ) -> None:
        self.neurons = [Neuron(nin, nonlin, activation=activation, generator=generator) for _ in range(nout)]

    def __call__(self, x: Sequence[Operand]) -> Value | list[Value]:
        """x: nin numbers → nout Values as a list; a layer of one neuron gives the Value itself, as in micrograd."""
        out = [neuron(x) for neuron in self.neurons]
        return out[0] if len(out) == 1 else out

    def parameters(self) -> list[Value]:
        """The neurons' parameters, one neuron after the other."""
        return [p for neuron in self.neurons for p in neuron.parameters()]

    def __repr__(self) -> str:
        return f"Layer of [{', '.join(str(neuron) for neuron in self.neurons)}]"


class MLP(Module):
    """Layers in a row, nin → nouts[0] → … → nouts[-1]; every layer but the last applies the activation.

    >>> model = MLP(2, [3, 1])
    >>> len(model.parameters()), model.layers[-1]
    (13, Layer of [LinearNeuron(3)])
    """

    def __init__(
        self, nin: int, nouts: Sequence[int], *, activation: str = "relu", generator: random.Random | None = None
    ) -> None:
        sizes = [nin, *nouts]
        self.layers = [
            Layer(fan_in, fan_out, nonlin=i < len(nouts) - 1, activation=activation, generator=generator)
            for i, (fan_in, fan_out) in enumerate(itertools.pairwise(sizes))
        ]

    def __call__(self, x: Sequence[Operand]) -> Value | list[Value]:
        """x: nin numbers → nouts[-1] Values as a list, or the Value itself when there is one output."""
        for layer in self.layers[:-1]:
            x = [neuron(x) for neuron in layer.neurons]
        return self.layers[-1](x)

    def parameters(self) -> list[Value]:
        """The layers' parameters, one layer after the other."""
        return [p for layer in self.layers for p in layer.parameters()]

    def __repr__(self) -> str:
        return f"MLP of [{', '.join(str(layer) for layer in self.layers)}]"
