"""The training loops. Each is a generator of losses: a step is taken when the next loss is asked for."""

from __future__ import annotations

import itertools
import random
from collections.abc import Iterator, Sequence
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray

import scalar
import vector
from vector.data.batches import Batches

ALPHA = 1e-4  # weight of the L2 penalty

Floats = NDArray[np.floating[Any]]


def decayed(lr: float, step: int, steps: int) -> float:
    """The learning rate at `step` of `steps`: it falls in a straight line from `lr` towards a tenth of it."""
    return lr * (1 - 0.9 * step / steps)


def plane_model(sizes: Sequence[int], seed: int) -> scalar.nn.MLP:
    """A perceptron that gives one score for a point of the plane, above 0 for class 1."""
    return scalar.nn.MLP(sizes[0], sizes[1:], generator=random.Random(seed))


def train_scalar(
    model: scalar.nn.MLP, points: NDArray[np.float64], labels: NDArray[np.int64], *, steps: int, lr: float
) -> Iterator[float]:
    """Gradient descent on hinge loss + α·‖θ‖², all points at each step.

    points: (n, 2); labels: (n,), 0 or 1. Source: the two-moons demonstration of A. Karpathy's micrograd.
    """
    targets = (2 * labels - 1).tolist()
    optimizer = scalar.optim.SGD(model.parameters(), lr)
    for step in range(steps):
        optimizer.lr = decayed(lr, step, steps)
        scores = scalar_scores(model, points)
        data_loss = scalar.losses.mean([scalar.losses.hinge(s, t) for s, t in zip(scores, targets, strict=True)])
        loss = data_loss + ALPHA * scalar.dot(model.parameters(), model.parameters())
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        yield loss.data


def train_vector(
    model: vector.nn.MLP, points: NDArray[np.float64], labels: NDArray[np.int64], *, steps: int, lr: float
) -> Iterator[float]:
    """`train_scalar`'s twin: the same steps on arrays, and the same losses from the same weights."""
    targets = 2 * labels - 1
    optimizer = vector.optim.SGD(model.parameters(), lr)
    for step in range(steps):
        optimizer.lr = decayed(lr, step, steps)
        scores = model(points)[:, 0]
        data_loss = vector.nn.hinge(scores, targets)
        loss = data_loss + ALPHA * sum((p * p).sum() for p in model.parameters())
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        yield loss.item()


def train_classifier(model: vector.nn.MLP, minibatches: Batches, *, epochs: int, lr: float) -> Iterator[float]:
    """Adam on softmax cross-entropy."""
    optimizer = vector.optim.Adam(model.parameters(), lr)
    steps = epochs * len(minibatches)
    for step, (images, labels) in enumerate(itertools.chain.from_iterable(itertools.repeat(minibatches, epochs))):
        optimizer.lr = decayed(lr, step, steps)
        loss = vector.nn.cross_entropy(model(images), labels)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        yield loss.item()


def scalar_scores(model: scalar.nn.MLP, points: Floats) -> list[scalar.Value]:
    """(n, 2) → n scores, one forward pass a point."""
    return [cast(scalar.Value, model(point)) for point in points.tolist()]  # a model of one output gives no list


def vector_scores(model: vector.nn.MLP, points: Floats) -> Floats:
    """(n, 2) → (n,), in one forward pass."""
    with vector.no_grad():
        return model(points).data[:, 0]


def predict_classes(model: vector.nn.MLP, images: Floats) -> NDArray[np.int64]:
    """(n, pixels) → (n,), the class of the largest logit."""
    with vector.no_grad():
        return model(images).data.argmax(axis=1)
