"""`train`: toy problems on either engine, handwritten digits on the vector engine."""

from __future__ import annotations

import math
import warnings
from dataclasses import replace
from pathlib import Path
from typing import Annotated, Any

import typer

from demos.console import CommandError, ResultMissedError, follow, say, writing
from demos.engines import Engine
from demos.problems import RECIPES, Problem, Recipe, Training, prepare
from vector.data import DataError
from viz import plots


def train_command(
    problem: Annotated[Problem, typer.Argument(help="What to learn.")],
    engine: Annotated[
        Engine | None, typer.Option(help="xor and moons: scalar (default) or vector; digits and mnist: vector.")
    ] = None,
    epochs: Annotated[int | None, typer.Option(min=1, help="Passes over the data; xor and moons: steps.")] = None,
    batch: Annotated[int | None, typer.Option(min=1, help="Images a step; xor and moons take all points.")] = None,
    lr: Annotated[float | None, typer.Option(help="Learning rate; it falls in a line to a tenth.")] = None,
    seed: Annotated[int, typer.Option(min=0, help="Of the weights, the points and the order of the images.")] = 0,
    out: Annotated[Path, typer.Option(help="The folder for the plots.")] = Path("out"),
) -> None:
    """Train a network, tell its accuracy and plot its losses (xor, moons: and the decision boundary).

    Exit status 1 when the accuracy stays below the stated one: 100 % of the points of xor and moons, 95 % of digits'
    and 97.5 % of MNIST's test images. MNIST is downloaded unless it is on disk already.
    """
    given: dict[str, Any] = {"engine": engine, "epochs": epochs, "batch": batch, "lr": lr}
    recipe = replace(RECIPES[problem], **{name: value for name, value in given.items() if value is not None})
    train(problem, recipe, seed, out)


def train(problem: Problem, recipe: Recipe, seed: int, out: Path) -> list[Path]:
    """Train by `recipe`, and return the paths of the plots.

    Raises:
        ResultMissedError: the accuracy is below `recipe.goal`, or the loss left the finite numbers.
        CommandError: the recipe does not suit the problem, its data cannot be had, or `out` cannot be written.
    """
    _check(problem, recipe)
    with writing(out):
        out.mkdir(parents=True, exist_ok=True)
    try:
        training = prepare(problem, recipe, seed)
    except (DataError, ImportError) as error:
        raise CommandError(str(error)) from None
    losses, accuracies = _run(problem, training)
    written = _plot(problem, training, losses, accuracies, out)
    reached = accuracies[-1]
    samples = "points" if problem.in_plane else "test images"
    say(f"{problem}: {reached:.2%} of the {samples} right; stated: at least {recipe.goal:.1%}")
    if reached < recipe.goal:
        raise ResultMissedError(f"{problem}: accuracy {reached:.2%} is below the stated {recipe.goal:.1%}")
    return written


def _check(problem: Problem, recipe: Recipe) -> None:
    if not 0 < recipe.lr < math.inf:
        raise CommandError(f"expected 0 < --lr < infinity, got {recipe.lr}")
    if problem.in_plane and recipe.batch:
        raise CommandError(f"{problem} takes all points at each step: leave out --batch")
    if not problem.in_plane and recipe.engine is Engine.scalar:
        raise CommandError(f"{problem} would take the scalar engine hours: leave out --engine scalar")


def _run(problem: Problem, training: Training) -> tuple[list[float], list[float]]:
    """The loss of each step, and the accuracy after each epoch (in the plane, where an epoch is a step, at the end)."""
    losses: list[float] = []
    accuracies: list[float] = []
    epoch = training.steps if problem.in_plane else training.steps // training.epochs
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)  # a training that diverges is told in one line below
        for loss in follow(training.losses, training.steps, problem):
            losses.append(loss)
            if not math.isfinite(loss):
                raise ResultMissedError(f"the loss became {loss} at step {len(losses)}: try a smaller --lr")
            if len(losses) % epoch == 0:
                accuracies.append(training.accuracy())
                if not problem.in_plane:
                    say(f"epoch {len(losses) // epoch}: test accuracy {accuracies[-1]:.2%}")
    return losses, accuracies


def _plot(problem: Problem, training: Training, losses: list[float], accuracies: list[float], out: Path) -> list[Path]:
    curve, boundary = out / f"{problem}_loss.svg", out / f"{problem}_boundary.svg"
    with writing(curve):
        figure = plots.loss_curve(losses, accuracies=accuracies if len(accuracies) > 1 else None)
        written = [plots.save(figure, curve)]
    if training.plane:
        with writing(boundary):
            plane = training.plane
            written.append(plots.save(plots.decision_boundary(plane.scores, plane.points, plane.labels), boundary))
    for path in written:
        say(f"wrote {path}")
    return written
