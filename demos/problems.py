"""What there is to learn: the data, the model and the recipe of each problem."""

from __future__ import annotations

import random
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

import scalar
import vector
from demos.engines import Engine
from vector import data, nn, training

Array = NDArray[Any]
ALPHA = 1e-4  # weight of the L2 penalty in the plane


class Problem(StrEnum):
    """The problems, as the command line names them."""

    xor = "xor"
    moons = "moons"
    spirals = "spirals"
    digits = "digits"
    mnist = "mnist"

    @property
    def in_plane(self) -> bool:
        """Whether its data are two classes of points in the plane, else images."""
        return self in (Problem.xor, Problem.moons, Problem.spirals)


@dataclass(frozen=True)
class Source:
    """A user's own table: the file, the column to learn, those to leave out, and how to read the target."""

    csv: str
    target: str
    drop: tuple[str, ...] = ()
    task: str | None = None


@dataclass(frozen=True)
class Recipe:
    """How a model is made and trained, and the accuracy, in [0, 1], that this is stated to reach.

    Attributes:
        batch: samples a step; 0 takes all at each step.
        options: the other options of `training.Config`.
    """

    goal: float
    engine: Engine
    hidden: tuple[int, ...]
    batch: int
    options: Mapping[str, Any]
    activation: str = "relu"
    dtype: str = "float32"


_PLANE = {"optimizer": "sgd", "schedule": "linear", "weight_decay": 2 * ALPHA}  # of α·‖θ‖² the gradient is 2·α·θ

RECIPES = {
    # After the two-moons demonstration of A. Karpathy's micrograd.
    Problem.xor: Recipe(1.0, Engine.scalar, (16, 16), 0, {**_PLANE, "epochs": 50, "lr": 0.5}, dtype="float64"),
    Problem.moons: Recipe(1.0, Engine.scalar, (16, 16), 0, {**_PLANE, "epochs": 100, "lr": 1.0}, dtype="float64"),
    Problem.spirals: Recipe(
        0.99, Engine.vector, (32, 32), 0, {"epochs": 500, "lr": 2e-2, "schedule": "cosine"}, "tanh", "float64"
    ),
    Problem.digits: Recipe(0.95, Engine.vector, (64,), 32, {"epochs": 20, "lr": 3e-3, "schedule": "linear"}),
    Problem.mnist: Recipe(0.982, Engine.vector, (256, 128), 128, {"epochs": 10, "lr": 2e-3, "schedule": "cosine"}),
}
TABLE = Recipe(0.0, Engine.vector, (64, 64), 32, {"epochs": 100, "schedule": "cosine", "validation": 0.2})


@dataclass(frozen=True)
class Task:
    """What a model learns, and how its report is drawn.

    Attributes:
        x, y: training samples and targets. test: samples that decide nothing, or None.
        outputs: how many numbers the model gives.
        plane: two classes of points. images: height and width of the samples, or None.
        names: of the classes, or None.
        columns: of a table, the names of x's. lines: where in the file its rows end.
    """

    x: Array
    y: Array
    outputs: int
    test: tuple[Array, Array] | None = None
    plane: bool = False
    images: tuple[int, int] | None = None
    names: tuple[str, ...] | None = None
    columns: tuple[str, ...] | None = None
    lines: Array | None = None


def load(problem: Problem | Source, seed: int) -> Task:
    """The data of a problem; `seed` decides the points and the split of the digits.

    Raises:
        vector.data.DataError: the data are damaged, or neither found nor downloaded.
        ImportError: the data need a package that is not installed.
    """
    if isinstance(problem, Source):
        table = data.read_csv(Path(problem.csv), problem.target, drop=problem.drop, task=problem.task)
        outputs = len(table.classes) if table.classes else 1
        return Task(table.x, table.y, outputs, names=table.classes, columns=table.columns, lines=table.lines)
    if problem.in_plane:
        generator = np.random.default_rng(seed)
        if problem is Problem.spirals:
            points, labels = data.spirals(200, 1.0, 0.01, 2, generator)
        else:
            points, labels = data.xor() if problem is Problem.xor else data.moons(100, 0.1, generator)
        return Task(points, labels, 1, plane=True)
    images = data.digits(seed=seed) if problem is Problem.digits else data.mnist()
    side = round(images.train_images.shape[1] ** 0.5)
    test = (images.test_images, images.test_labels)
    return Task(images.train_images, images.train_labels, 10, test, images=(side, side))


def make_model(task: Task, recipe: Recipe, config: training.Config) -> nn.Module:
    """The network with its first weights, which `config.seed` decides.

    In the plane they are those of a `scalar.nn.MLP`, so that both engines take the same path from the same start.
    """
    sizes = [*recipe.hidden, task.outputs]
    if task.plane and recipe.activation in scalar.nn.ACTIVATIONS:
        twin = scalar.nn.MLP(task.x.shape[1], sizes, activation=recipe.activation, generator=random.Random(config.seed))
        return nn.MLP.from_scalar(twin, dtype=recipe.dtype)
    generator = np.random.default_rng(config.seed)
    model = nn.MLP(task.x.shape[1], sizes, recipe.activation, dtype=recipe.dtype, generator=generator)
    if task.plane or task.images:
        return model
    # A column's mean and deviation are those of the training samples alone, never of the held out ones.
    x, y = task.x, task.y
    if config.validation:
        x, y, _ = vector.training.samples.split(x, y, config.validation, config.seed)
    return training.Tabular(model, x, None if task.names else y)
