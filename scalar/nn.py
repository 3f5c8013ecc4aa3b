"""Neurons, layers and multi-layer perceptrons, with micrograd's names and signatures."""

import functools
import itertools
import random
from collections.abc import Callable, Iterator, Sequence
from random import Random
from typing import Any, NamedTuple

from scalar import rules
from scalar.op import Activation
from scalar.value import NOT_COMPUTED, Operand, Value

ACTIVATIONS: dict[str, Callable[[Value], Value]] = {
    "linear": lambda z: z,
    **{name: op for name, op in vars(rules).items() if isinstance(op, Activation)},
}
"""By name; what has a parameter, such as the slope of leaky_relu, has it at its default."""


class Module:
    """Something with parameters, its own and those of the modules in it, found in its attributes.

    When a module is made, its parameters without a label of the user's are labelled with their paths.
    """

    def __init_subclass__(cls) -> None:
        init: Callable[..., None] = cls.__init__

        @functools.wraps(init)
        def labelled(self: Module, *args: Any, **options: Any) -> None:
            init(self, *args, **options)
            for path, parameter in self.named_parameters():
                if f".{path}".endswith(parameter.label and f".{parameter.label}"):  # none, or an inner module's
                    parameter.label = path

        cls.__init__ = labelled  # type: ignore[assignment, method-assign]

    def parameters(self) -> list[Value]:
        """The Values that training changes, in order of assignment."""
        return [parameter for _, parameter in self.named_parameters()]

    def named_parameters(self) -> Iterator[tuple[str, Value]]:
        """(path, parameter), such as ("layers.0.neurons.2.w1", …): places in lists count from 0, weights from 1."""
        for name, x in vars(self).items():
            yield from _named(name, x)

    def zero_grad(self) -> None:
        """Forget the gradients of all parameters."""
        for parameter in self.parameters():
            parameter.grad = NOT_COMPUTED


def _named(path: str, x: Any) -> Iterator[tuple[str, Value]]:
    """The parameters in one attribute."""
    if isinstance(x, Value) and x.role == "parameter":
        yield path, x
    elif isinstance(x, Module):
        yield from ((f"{path}.{inner}", parameter) for inner, parameter in x.named_parameters())
    elif isinstance(x, (list, tuple, dict)):
        for key, item in x.items() if isinstance(x, dict) else enumerate(x):
            is_weight = isinstance(item, Value) and isinstance(key, int)
            yield from _named(f"{path}{key + 1}" if is_weight else f"{path}.{key}", item)


class ThresholdUnit(Module):
    """The hard-threshold unit, 1 where w·x + b > 0, else 0 (McCulloch & Pitts, 1943); its derivative is 0 everywhere.

    weights: w, one number per input. bias: b.

    >>> nand = ThresholdUnit([-1, -1], 1.5)
    >>> [int(nand([a, b]).data) for a in (0, 1) for b in (0, 1)]
    [1, 1, 1, 0]
    """

    def __init__(self, weights: Sequence[float], bias: float) -> None:
        self.w = [Value(weight, role="parameter") for weight in weights]
        self.b = Value(bias, role="parameter")

    def __call__(self, x: Sequence[Operand]) -> Value:
        """x: as many numbers or Values as weights → 0 or 1 as a Value."""
        return (rules.dot(self.w, x) + self.b).step()

    def __repr__(self) -> str:
        return f"{type(self).__name__}({len(self.w)})"


class Fit(NamedTuple):
    """How `Perceptron.fit` ended."""

    separated: bool  # whether every example is now on its right side
    epochs: int
    mistakes: int  # examples on the wrong side in the last epoch
    statement: str  # the same in a sentence


class Perceptron(ThresholdUnit):
    """A threshold unit that learns by the perceptron rule (Rosenblatt, 1958), starting from zero.

    On each mistake w ← w + (t − y)·x and b ← b + (t − y): towards the example when it should have fired, away from it
    when it should not. If a line separates the classes, finitely many mistakes find one (Novikoff, 1962).

    >>> unit = Perceptron(2)
    >>> points = [(a, b) for a in (0, 1) for b in (0, 1)]
    >>> unit.fit(points, [a or b for a, b in points]).statement
    'separated after 4 epochs'
    >>> unit.fit(points, [a ^ b for a, b in points]).separated
    False
    """

    def __init__(self, nin: int) -> None:
        super().__init__([0.0] * nin, 0.0)

    def fit(self, inputs: Sequence[Sequence[float]], targets: Sequence[int], max_epochs: int = 1000) -> Fit:
        """Go through the examples until an epoch has no mistake, the weights come round again, or epochs run out.

        The rule is deterministic: once an epoch ends with the weights of an earlier one, it repeats them without end,
        which proves that no line separates the classes.

        targets: 0 or 1 for each input.

        Raises ValueError: a target that is not 0 or 1, or not one target per input.
        """
        if len(inputs) != len(targets) or not set(targets) <= {0, 1}:
            raise ValueError(
                f"fit: expected one target in {{0, 1}} per input, got {len(targets)} targets {sorted(set(targets))} "
                f"for {len(inputs)} inputs"
            )
        seen: dict[tuple[float, ...], int] = {}
        mistakes = 0
        for epoch in range(1, max_epochs + 1):
            mistakes = sum(self._correct(x, target) for x, target in zip(inputs, targets, strict=True))
            if not mistakes:
                return Fit(True, epoch, 0, f"separated after {epoch} epochs")
            state = tuple(p.data for p in self.parameters())
            if state in seen:
                again = f"the weights after epoch {epoch} are those after epoch {seen[state]}"
                statement = f"not separable by a line: {again}, so the rule goes round without end"
                return Fit(False, epoch, mistakes, statement)
            seen[state] = epoch
        return Fit(False, max_epochs, mistakes, f"not separated after {max_epochs} epochs: {mistakes} mistakes left")

    def _correct(self, x: Sequence[float], target: int) -> bool:
        """Learn from one example; whether it was a mistake."""
        error = target - self(x).data
        for w, number in zip(self.w, x, strict=True):
            w.data += error * number
        self.b.data += error
        return error != 0


class Neuron(Module):
    """activation(w·x + b).

    Args:
        nin: number of inputs.
        nonlin: whether to apply the activation; without it the neuron is linear.
        activation: a name from `ACTIVATIONS`, such as "relu" or "linear".
        generator: source of the initial weights, uniform in (−1, 1); default: the `random` module's own.

    Raises ValueError: unknown activation.
    """

    def __init__(
        self, nin: int, nonlin: bool = True, *, activation: str = "relu", generator: Random | None = None
    ) -> None:
        if activation not in ACTIVATIONS:
            raise ValueError(f"Neuron: expected activation in {sorted(ACTIVATIONS)}, got {activation!r}")
        uniform = generator.uniform if generator else random.uniform
        self.w = [Value(uniform(-1, 1), role="parameter") for _ in range(nin)]
        self.b = Value(0.0, role="parameter")
        self.nonlin = nonlin and activation != "linear"
        self.activation = activation if self.nonlin else "linear"

    def __call__(self, x: Sequence[Operand]) -> Value:
        """x: nin numbers or Values → one Value.

        Raises ValueError: len(x) != nin.
        """
        return ACTIVATIONS[self.activation](rules.dot(self.w, x) + self.b)

    def __repr__(self) -> str:
        name = "ReLU" if self.activation == "relu" else self.activation.capitalize()
        return f"{name}Neuron({len(self.w)})"


class Layer(Module):
    """nout neurons that see the same nin inputs; keyword arguments are Neuron's."""

    def __init__(
        self, nin: int, nout: int, *, nonlin: bool = True, activation: str = "relu", generator: Random | None = None
    ) -> None:
        self.neurons = [Neuron(nin, nonlin, activation=activation, generator=generator) for _ in range(nout)]

    def __call__(self, x: Sequence[Operand]) -> Value | list[Value]:
        """x: nin numbers → nout Values as a list; a layer of one neuron gives the Value itself, as in micrograd."""
        out = [neuron(x) for neuron in self.neurons]
        return out[0] if len(out) == 1 else out

    def __repr__(self) -> str:
        return f"Layer of [{', '.join(str(neuron) for neuron in self.neurons)}]"


class MLP(Module):
    """Layers in a row, nin → nouts[0] → … → nouts[-1]; every layer but the last applies the activation.

    >>> model = MLP(2, [3, 1])
    >>> len(model.parameters()), model.layers[-1]
    (13, Layer of [LinearNeuron(3)])
    """

    def __init__(
        self, nin: int, nouts: Sequence[int], *, activation: str = "relu", generator: Random | None = None
    ) -> None:
        self.layers = [
            Layer(fan_in, fan_out, nonlin=i < len(nouts) - 1, activation=activation, generator=generator)
            for i, (fan_in, fan_out) in enumerate(itertools.pairwise([nin, *nouts]))
        ]

    def __call__(self, x: Sequence[Operand]) -> Value | list[Value]:
        """x: nin numbers → nouts[-1] Values as a list, or the Value itself when there is one output."""
        for layer in self.layers[:-1]:
            x = [neuron(x) for neuron in layer.neurons]
        return self.layers[-1](x)

    def __repr__(self) -> str:
        return f"MLP of [{', '.join(str(layer) for layer in self.layers)}]"
