"""A training step whose derivatives the scalar engine computes, one number at a time."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from typing import Any, cast

import numpy as np

import scalar
import vector
from demos.console import CommandError
from vector import nn


def scalar_step(model: nn.Module, loss: Callable[[Any, Any], Any], optimizer: vector.optim.Optimizer) -> Any:
    """`vector.training.training_step`'s twin, for a perceptron with one score for points of two classes.

    The weights are copied to a `scalar.nn.MLP`, its gradients are copied back, and the optimizer does the rest: so
    checkpoints, schedules and optimizers are the same on both engines.

    Raises:
        CommandError: the model is none that the scalar engine has.
    """
    if not isinstance(model, nn.MLP) or model.activation not in scalar.nn.ACTIVATIONS:
        raise CommandError(f"the scalar engine's activations are {', '.join(scalar.nn.ACTIVATIONS)}")
    sizes = [layer.weight.shape[0] for layer in model.layers]
    inputs, unused = model.layers[0].weight.shape[1], random.Random(0)  # its first weights are never seen
    twin = scalar.nn.MLP(inputs, sizes, activation=model.activation, generator=unused)

    def step(points: Any, labels: Any) -> scalar.Value:
        model.to_scalar(twin)
        scores = [cast(scalar.Value, twin(point)) for point in points.tolist()]  # one output gives no list
        value = scalar.losses.mean(
            [scalar.losses.hinge(score, 2 * label - 1) for score, label in zip(scores, labels.tolist(), strict=True)]
        )
        twin.zero_grad()
        value.backward()
        for ours, theirs in zip(model.layers, twin.layers, strict=True):
            ours.weight.grad = _gradients(ours.weight, [neuron.w for neuron in theirs.neurons])
            ours.bias.grad = _gradients(ours.bias, [neuron.b for neuron in theirs.neurons])
        optimizer.step()
        return value

    return step


def _gradients(parameter: vector.Tensor, values: Sequence[Any]) -> Any:
    """The gradients of Values, laid out as the parameter is."""
    nested = [[w.grad for w in row] if isinstance(row, Sequence) else row.grad for row in values]
    gradients = np.empty_like(parameter.data)
    gradients[...] = np.array(nested, float)
    return gradients
