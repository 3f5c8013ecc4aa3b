"""The multi-layer perceptron."""

import itertools
from collections.abc import Callable, Sequence
from typing import Any, Self

import numpy as np
import numpy.typing as npt

from vector.arrays import Generator
from vector.nn import activations, pointwise
from vector.nn.linear import Linear
from vector.nn.module import Module
from vector.tensor import Tensor

ACTIVATIONS: dict[str, Callable[..., Module]] = {
    "linear": lambda **_: activations.Identity(),
    **{name: lambda make=make, **_: make() for name, make in pointwise.MODULES.items()},
    "gelu": lambda **_: activations.GELU(),
    "softplus": lambda **_: activations.Softplus(),
    "rrelu": lambda *, generator, **_: activations.RReLU(generator=generator),
    "prelu": lambda *, dtype, **_: activations.PReLU(dtype=dtype),
}
"""By name, how to make the module for a layer, given its number of features and the network's dtype and generator."""


class MLP(Module):
    """Linear layers in a row with an activation between them: x (batch, in) → logits (batch, sizes[-1]).

    Args:
        in_features: width of the input.
        sizes: width of each layer, the output's last.
        activation: a name from `ACTIVATIONS`, such as "relu"; the last layer has none.
        dtype, generator: as for `Linear`.

    Raises ValueError: no layer, or an unknown activation.

    >>> MLP(784, [128, 64, 10])
    MLP(784 → 128 → relu → 64 → relu → 10)
    """

    def __init__(self, in_features: int, sizes: Sequence[int], activation: str = "relu", *,
                 dtype: npt.DTypeLike = np.float32, generator: Generator = None) -> None:  # fmt: skip
        if not sizes:
            raise ValueError("MLP: expected at least one layer size, got none")
        if activation not in ACTIVATIONS:
            raise ValueError(f"MLP: expected activation in {sorted(ACTIVATIONS)}, got {activation!r}")
        generator = generator or np.random.default_rng()
        self.activation = activation
        fans, kind = itertools.pairwise([in_features, *sizes]), ACTIVATIONS[activation]
        self.layers = [Linear(fan_in, fan_out, dtype=dtype, generator=generator) for fan_in, fan_out in fans]
        self.activations = [kind(features=features, dtype=dtype, generator=generator) for features in sizes[:-1]]

    def __call__(self, x: Any) -> Tensor:
        """The logits."""
        for i, activation in enumerate(self.activations):
            x = activation(self.layers[i](x))
        return self.layers[-1](x)

    @classmethod
    def from_scalar(cls, model: Any, *, dtype: npt.DTypeLike = np.float64) -> Self:
        """The twin of a `scalar.nn.MLP`: the same architecture with a copy of its weights."""
        neurons = [layer.neurons for layer in model.layers]
        hidden = neurons[0][0].activation if len(neurons) > 1 else "linear"
        twin = cls(len(neurons[0][0].w), [len(layer) for layer in neurons], hidden, dtype=dtype)
        for ours, theirs in zip(twin.layers, neurons, strict=True):
            ours.weight.data[...] = [[w.data for w in neuron.w] for neuron in theirs]
            ours.bias.data[...] = [neuron.b.data for neuron in theirs]
        return twin

    def to_scalar(self, model: Any) -> None:
        """Copy the weights into a `scalar.nn.MLP` of the same architecture.

        Raises ValueError: the architectures differ.
        """
        neurons = [layer.neurons for layer in model.layers]
        shapes = [(len(layer), len(layer[0].w)) for layer in neurons]
        own = [layer.weight.shape for layer in self.layers]
        if shapes != own:
            raise ValueError(f"to_scalar: expected layers of shape {own}, got {shapes}")
        for ours, theirs in zip(self.layers, neurons, strict=True):
            for neuron, *row in zip(theirs, *ours.weight.data.T.tolist(), ours.bias.data.tolist(), strict=True):
                for p, number in zip(neuron.parameters(), row, strict=True):
                    p.data = number

    def __repr__(self) -> str:
        steps = [str(self.layers[0].weight.shape[1])]
        for layer in self.layers:
            steps += [str(layer.weight.shape[0]), self.activation]
        return f"MLP({' → '.join(steps[:-1])})"
