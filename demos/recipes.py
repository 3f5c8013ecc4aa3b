"""How each problem is learnt: the model, the options, the distortion, and the source of all three."""

from __future__ import annotations

import random
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

import scalar
from demos.distortion import Distortion
from demos.engines import Engine
from demos.perceptron import Perceptron as Perceptron
from demos.problems import Problem, Task
from demos.tabular import Tabular
from vector import nn, training
from vector.training.samples import split

ALPHA = 1e-4  # weight of the L2 penalty in the plane
BY_SIZE = -1  # a batch that depends on the number of rows
VALIDATION = 0.15  # the share of a table's rows that chooses the epoch, where there are enough
CHOOSERS = 500  # the most of them: more do not choose better, and would be missing where the weights are learnt


@dataclass(frozen=True)
class Recipe:
    """How a model is made and trained, and the accuracy, in [0, 1], that this is stated to reach.

    Attributes:
        hidden: widths of the hidden layers; none for a linear model.
        batch: samples a step; 0 takes all at each step.
        options: the other options of `training.Config`.
        augment: changes the images of each minibatch; a worker does it ahead.
        compiled: whether the step is compiled.
        source: where it comes from.
    """

    goal: float
    engine: Engine
    hidden: tuple[int, ...]
    batch: int
    options: Mapping[str, Any]
    activation: str = "relu"
    dtype: str = "float32"
    augment: Distortion | None = None
    compiled: bool = False
    source: str = ""


_PLANE = {"optimizer": "sgd", "schedule": "linear", "weight_decay": 2 * ALPHA}  # of α·‖θ‖² the gradient is 2·α·θ

_BENT = Distortion((28, 28), rotation=12.0, scaling=0.12, shear=0.12, alpha=36.0, sigma=5.0)

MNIST = {
    "perceptron": Recipe(
        0.85,
        Engine.vector,
        (),
        32,
        {"objective": "perceptron", "optimizer": "sgd", "lr": 0.02, "schedule": "linear", "epochs": 10},
        source="F. Rosenblatt, The perceptron, Psychological Review 65, 1958; for several classes R. Duda and P. Hart, "
        "Pattern Classification and Scene Analysis, 1973, section 5.12",
    ),
    "softmax": Recipe(
        0.92,
        Engine.vector,
        (),
        128,
        {"lr": 2e-3, "schedule": "cosine", "epochs": 15},
        source="C. Bishop, Pattern Recognition and Machine Learning, 2006, section 4.3.4",
    ),
    "mlp": Recipe(
        0.982,
        Engine.vector,
        (256, 128),
        128,
        {"lr": 2e-3, "schedule": "cosine", "epochs": 10},
        source="Y. LeCun, L. Bottou, Y. Bengio and P. Haffner, Gradient-based learning applied to document "
        "recognition, Proceedings of the IEEE 86, 1998, section III.C, with today's units and optimizer",
    ),
    "simard": Recipe(
        0.9925,
        Engine.vector,
        (800,),
        512,
        {"optimizer": "adamw", "lr": 4e-3, "schedule": "cosine", "epochs": 160},
        augment=_BENT,
        compiled=True,
        source="P. Simard, D. Steinkraus and J. Platt, Best practices for convolutional neural networks applied to "
        "visual document analysis, ICDAR 2003",
    ),
    "deep": Recipe(
        0.9945,
        Engine.vector,
        (1000, 500),
        512,
        {"optimizer": "adamw", "lr": 3e-3, "schedule": "cosine", "epochs": 215},
        augment=_BENT,
        compiled=True,
        source="D. Cireşan, U. Meier, L. Gambardella and J. Schmidhuber, Deep, big, simple neural nets for handwritten "
        "digit recognition, Neural Computation 22, 2010",
    ),
}
"""For the 70,000 handwritten digits, by name."""

RECIPES = {
    # After the two-moons demonstration of A. Karpathy's micrograd.
    Problem.xor: Recipe(1.0, Engine.scalar, (16, 16), 0, {**_PLANE, "epochs": 50, "lr": 0.5}, dtype="float64"),
    Problem.moons: Recipe(1.0, Engine.scalar, (16, 16), 0, {**_PLANE, "epochs": 100, "lr": 1.0}, dtype="float64"),
    Problem.spirals: Recipe(
        0.99, Engine.vector, (32, 32), 0, {"epochs": 500, "lr": 2e-2, "schedule": "cosine"}, "tanh", "float64"
    ),
    Problem.digits: Recipe(0.95, Engine.vector, (64,), 32, {"epochs": 20, "lr": 3e-3, "schedule": "linear"}),
    Problem.mnist: MNIST["mlp"],
}
TABLE = Recipe(
    0.0,
    Engine.vector,
    (128, 128),
    BY_SIZE,
    {"optimizer": "adamw", "weight_decay": 0.01, "schedule": "cosine", "epochs": None, "validation": None},
)
"""For a table; the batch and what is None depend on the number of its rows, see `sized`."""


def enough(classes: bool) -> int:
    """How many rows of a table, those of the test aside, let some of them choose the epoch.

    A regression fits the noise of its targets early, so a choice pays from a few hundred rows on; the accuracy of
    classes suffers less from late epochs than from the rows that a choice takes away.
    """
    return 2_000 if classes else 300


def sized(recipe: Recipe, rows: int, *, classes: bool) -> Recipe:
    """The recipe for a table of so many rows, those of the test aside: what is left open is decided.

    Where no epoch is chosen, there are fewer. A large table takes larger steps, and fewer epochs.
    """
    options = dict(recipe.options)
    if options.get("validation") is None:
        chosen = rows >= enough(classes) or options.get("patience")
        options["validation"] = round(min(VALIDATION, CHOOSERS / rows), 3) if chosen else 0.0
    if options.get("epochs") is None:
        most = 100 if options["validation"] else 60
        options["epochs"] = most if rows < 10_000 else 50 if rows < 50_000 else 25
    batch = (32 if rows < 5_000 else 64 if rows < 20_000 else 256) if recipe.batch == BY_SIZE else recipe.batch
    return replace(recipe, batch=batch, options=options)


def make_model(task: Task, recipe: Recipe, config: training.Config) -> nn.Module:
    """The network with its first weights, which `config.seed` decides.

    In the plane they are those of a `scalar.nn.MLP`, so that both engines take the same path from the same start.
    """
    sizes = [*recipe.hidden, task.outputs]
    if task.plane and recipe.activation in scalar.nn.ACTIVATIONS:
        twin = scalar.nn.MLP(task.x.shape[1], sizes, activation=recipe.activation, generator=random.Random(config.seed))
        return nn.MLP.from_scalar(twin, dtype=recipe.dtype)
    model = network(task.x.shape[1], task.outputs, recipe, config.seed)
    if task.plane or task.images:
        return model
    # A column's mean and deviation are those of the training samples alone, never of the held out ones.
    x, y = task.x, task.y
    if config.validation:
        x, y, _ = split(x, y, config.validation, config.seed)
    return Tabular(model, x, None if task.names else y)


def network(inputs: int, outputs: int, recipe: Recipe, seed: int) -> nn.MLP:
    """The perceptron that a recipe describes."""
    generator = np.random.default_rng(seed)
    return nn.MLP(inputs, [*recipe.hidden, outputs], recipe.activation, dtype=recipe.dtype, generator=generator)
