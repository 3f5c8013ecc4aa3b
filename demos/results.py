"""`results`: train the recipes for MNIST, several seeds each, and write what came out on a page."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any

import typer

from demos.console import CommandError, ResultMissedError, say, writing
from demos.prefetch import WorkerError
from demos.problems import Problem, Task, load
from demos.recipes import MNIST, Recipe
from demos.results_page import write_page
from demos.train_progress import Follow
from demos.train_run import make_trainer
from vector.data import DataError
from vector.training import CheckpointError, DivergedError, Trainer, evaluate
from vector.training.checkpoints.files import write_whole

HELD_OUT = 1 / 12
"""The share of the training images, 5,000 of 60,000, that chooses the epoch."""


def results_command(
    recipes: Annotated[list[str] | None, typer.Argument(help=f"Of {', '.join(MNIST)}; default: all.")] = None,
    seeds: Annotated[int, typer.Option(min=1, help="Trainings of each recipe.")] = 3,
    quick: Annotated[bool, typer.Option("--quick", help="Two epochs on a tenth of the images, to try it out.")] = False,
    runs: Annotated[Path | None, typer.Option(help="The trainings' folder; default: runs/results.")] = None,
    out: Annotated[Path | None, typer.Option(help="The page; default: docs/mnist.md.")] = None,
) -> None:
    """Train the recipes for MNIST and write their errors, curves and times on a page.

    5,000 of the 60,000 training images, drawn by the seed, choose the epoch; the test images are looked at once, when a
    training is done. What is done stays: after an interruption the same command goes on, and the page shows all recipes
    that are done, whenever they were.
    """
    names = recipes or list(MNIST)
    for name in names:
        if name not in MNIST:
            raise CommandError(f"expected recipes among {', '.join(MNIST)}, got {name}")
    runs = runs or Path("runs/quick" if quick else "runs/results")
    out = out or (runs / "mnist.md" if quick else Path("docs/mnist.md"))
    try:
        task = load(Problem.mnist, 0)
        for name in names:
            for seed in range(seeds):
                recipe = _shortened(MNIST[name]) if quick else MNIST[name]
                result = train_once(_tenth(task) if quick else task, recipe, seed, runs / f"{name}-{seed}", name)
                errors = f"validation error {result['validation_error']:.2%}, test error {result['test_error']:.2%}"
                say(f"{name}, seed {seed}: {errors}, {result['seconds']:.0f} s")
    except (DataError, CheckpointError, ImportError, WorkerError) as error:
        raise CommandError(str(error)) from None
    except DivergedError as error:
        raise ResultMissedError(str(error)) from None
    done = {name: [read(path) for path in sorted(runs.glob(f"{name}-*/results.json"))] for name in MNIST}
    for path in write_page({name: found for name, found in done.items() if found}, out):
        say(f"wrote {path}")


def train_once(task: Task, recipe: Recipe, seed: int, folder: Path, title: str) -> dict[str, Any]:
    """One training from its beginning, its last checkpoint or, when it is done, its results: what they are.

    Raises:
        CommandError: the folder has the results of another recipe, or cannot be written.
    """
    recipe = dataclasses.replace(recipe, options={**recipe.options, "validation": HELD_OUT, "seed": seed})
    stated = json.loads(json.dumps(dataclasses.asdict(recipe)))
    path = folder / "results.json"
    if path.exists():
        result = read(path)
        if result["recipe"] != stated:
            raise CommandError(f"{path} is of another version of the recipe: remove {folder} to train it anew")
        return result
    trainer = make_trainer(
        dataclasses.replace(task, test=None), recipe, folder, True, [Follow(f"{title}, seed {seed}")]
    )
    trainer.run()
    result = {"recipe": stated, "seed": seed, **_measured(trainer, task)}
    with writing(path):
        write_whole(path, (json.dumps(result, indent=1) + "\n").encode())
    return result


def read(path: Path) -> dict[str, Any]:
    """The results of one training.

    Raises:
        CommandError: the file cannot be read.
    """
    try:
        found: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        return {**found, "recipe": found["recipe"]}
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise CommandError(f"{path}: expected the results of a training ({error})") from None


def _measured(trainer: Trainer, task: Task) -> dict[str, Any]:
    epochs = trainer.history.epochs
    held_out = trainer.samples.validation
    if held_out is None or task.test is None:
        raise ValueError("expected held out and test samples")
    return {
        "parameters": sum(p.data.size for p in trainer.model.parameters()),
        "images": len(trainer.samples.x),
        "held_out": len(held_out[0]),
        "epochs": len(epochs),
        "best_epoch": trainer.history.best_epoch,
        "seconds": sum(line["seconds"] for line in epochs),
        "validation_error": _error(trainer, held_out),
        "test_error": _error(trainer, task.test),
        "curve": [1 - line["validation_accuracy"] for line in epochs],
    }


def _error(trainer: Trainer, samples: Sequence[Any]) -> float:
    return 1 - evaluate(trainer.model, trainer.objective, *samples)["accuracy"]


def _shortened(recipe: Recipe) -> Recipe:
    return dataclasses.replace(recipe, options={**recipe.options, "epochs": 2})


def _tenth(task: Task) -> Task:
    return dataclasses.replace(task, x=task.x[::10], y=task.y[::10])
