"""What there is to learn: the data, the model and the recipe of each problem."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

import vector
from demos.engines import Engine
from demos.training import (
    plane_model,
    predict_classes,
    scalar_scores,
    train_classifier,
    train_scalar,
    train_vector,
    vector_scores,
)

Floats = NDArray[np.floating[Any]]


class Problem(StrEnum):
    """The problems, as the command line names them."""

    xor = "xor"
    moons = "moons"
    digits = "digits"
    mnist = "mnist"

    @property
    def in_plane(self) -> bool:
        """Whether its data are two classes of points in the plane, else images."""
        return self in (Problem.xor, Problem.moons)


@dataclass(frozen=True)
class Recipe:
    """How a problem is trained, and the accuracy, in [0, 1], that this is stated to reach."""

    goal: float
    engine: Engine
    epochs: int
    lr: float
    batch: int = 0  # 0: all points at each step
    sizes: tuple[int, ...] = (2, 16, 16, 1)


RECIPES = {
    Problem.xor: Recipe(goal=1.0, engine=Engine.scalar, epochs=50, lr=0.5),
    Problem.moons: Recipe(goal=1.0, engine=Engine.scalar, epochs=100, lr=1.0),
    Problem.digits: Recipe(goal=0.95, engine=Engine.vector, epochs=20, lr=3e-3, batch=32, sizes=(64, 64, 10)),
    Problem.mnist: Recipe(goal=0.975, engine=Engine.vector, epochs=5, lr=2e-3, batch=128, sizes=(784, 256, 128, 10)),
}


@dataclass(frozen=True)
class Plane:
    """What a decision boundary is plotted from."""

    scores: Callable[[Floats], Floats]
    points: Floats
    labels: NDArray[np.int64]


@dataclass(frozen=True)
class Training:
    """A training about to begin: asking for the next loss takes a step."""

    losses: Iterator[float]
    steps: int
    epochs: int
    accuracy: Callable[[], float]
    plane: Plane | None = None


def prepare(problem: Problem, recipe: Recipe, seed: int) -> Training:
    """Load the data and make the model; `seed` decides the weights, the points and the order of the images.

    Raises:
        vector.data.DataError: MNIST is damaged, or neither found nor downloaded.
        ImportError: the data need a package that is not installed.
    """
    return _prepare_plane(problem, recipe, seed) if problem.in_plane else _prepare_images(problem, recipe, seed)


def _prepare_plane(problem: Problem, recipe: Recipe, seed: int) -> Training:
    if problem is Problem.xor:
        points, labels = vector.data.xor()
    else:
        points, labels = vector.data.moons(100, 0.1, np.random.default_rng(seed))
    model = plane_model(recipe.sizes, seed)
    scores: Callable[[Floats], Floats]
    if recipe.engine is Engine.scalar:
        losses = train_scalar(model, points, labels, steps=recipe.epochs, lr=recipe.lr)

        def scores(points: Floats) -> Floats:
            return np.array([score.data for score in scalar_scores(model, points)])

    else:
        twin = vector.nn.MLP.from_scalar(model)  # from the same weights both engines take the same path
        losses = train_vector(twin, points, labels, steps=recipe.epochs, lr=recipe.lr)
        scores = partial(vector_scores, twin)

    def accuracy() -> float:
        return float(np.mean((scores(points) > 0) == labels))

    return Training(losses, recipe.epochs, recipe.epochs, accuracy, Plane(scores, points, labels))


def _prepare_images(problem: Problem, recipe: Recipe, seed: int) -> Training:
    data = vector.data.digits(seed=seed) if problem is Problem.digits else vector.data.mnist()
    generator = np.random.default_rng(seed)
    model = vector.nn.MLP(recipe.sizes[0], recipe.sizes[1:], generator=generator)
    minibatches = vector.data.batches(data.train_images, data.train_labels, recipe.batch, generator)
    losses = train_classifier(model, minibatches, epochs=recipe.epochs, lr=recipe.lr)

    def accuracy() -> float:
        return float(np.mean(predict_classes(model, data.test_images) == data.test_labels))

    return Training(losses, recipe.epochs * len(minibatches), recipe.epochs, accuracy)
