"""One training from its recipe to its report."""

from __future__ import annotations

import dataclasses
import functools
import json
import os
import warnings
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import scalar
from demos.activations import ACTIVATIONS
from demos.console import CommandError, ResultMissedError, say, writing
from demos.distortion import Distortion
from demos.engines import Engine
from demos.export.onnx_file import onnx_library
from demos.prefetch import Prefetch, WorkerError
from demos.problems import Problem, Source, Task, load
from demos.ranks import first_alone
from demos.recipes import Recipe, make_model
from demos.train_progress import Follow
from demos.train_report import described, write_report
from demos.train_scalar import scalar_step
from vector.data import DataError
from vector.distributed import RanksError, parallel
from vector.training import Callback, CheckpointError, Config, DivergedError, Feed, Trainer, evaluate
from vector.training.checkpoints.files import write_whole
from vector.training.processes import SingleProcess

RUNS = Path("runs")
_OURS = ("batch", "objective")  # options of the training that the recipe or the problem decides


def train(
    source: Problem | Source,
    recipe: Recipe,
    folder: Path,
    *,
    resume: bool = False,
    checkpoints: bool = True,
    onnx: bool = False,
    group: SingleProcess | None = None,
) -> list[Path]:
    """Train by `recipe`, write the report into `folder`, and return the paths of the plots.

    Args:
        resume: go on from the folder's checkpoint. checkpoints: whether there are any.
        onnx: whether the report holds the model as an ONNX file, too.
        group: the processes that train together, of which the leader writes; default: this one alone.

    Raises:
        ResultMissedError: the accuracy is below `recipe.goal`, or the loss left the finite numbers.
        CommandError: the recipe does not suit the problem, its data cannot be had, or `folder` cannot be written.
    """
    group = group or SingleProcess()
    _check(source, recipe, group)
    title = source.value if isinstance(source, Problem) else Path(source.csv).stem
    try:
        task = first_alone(group, lambda: load(source, recipe.options.get("seed", 0)))
        options = _Options(source, task, recipe, folder)
        watchers = [Follow(title), *([options] if checkpoints else [])]
        with group.together():
            if onnx:
                onnx_library()  # its absence is reported now, not after the training
            trainer = make_trainer(task, recipe, folder if checkpoints else None, resume, watchers, group)
        _run(trainer)
        if not group.leads:
            return []
        written = write_report(task, trainer, folder, onnx=onnx)
    except (DataError, CheckpointError, ImportError, RanksError, WorkerError) as error:
        raise CommandError(str(error)) from None
    except DivergedError as error:
        raise ResultMissedError(f"{error}; try a smaller --lr") from None
    _judge(title, task, trainer, recipe.goal)
    return written


def _run(trainer: Trainer) -> None:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", RuntimeWarning)  # a training that diverges is reported in one line
            trainer.run()
    except KeyboardInterrupt:
        if trainer.folder is not None:
            say(f"stopped after step {trainer.progress.step} of {trainer.steps}; --resume goes on in {trainer.folder}")
        raise
    done, epochs, best = trainer.progress.epoch, trainer.config.epochs, trainer.history.best_epoch
    if best is not None:
        early = f"stopped early, after epoch {done} of {epochs}; " if done < epochs else ""
        say(f"{early}the model is that of epoch {best}, whose validation loss is the smallest")


def free_folder(name: str) -> Path:
    """runs/NAME, or the first of runs/NAME-2, runs/NAME-3, … that is not there."""
    number = 1
    while (folder := _numbered(name, number)).exists():
        number += 1
    return folder


def newest_folder(name: str) -> Path:
    """The last of runs/NAME, runs/NAME-2, … that is there.

    Raises:
        CommandError: there is none.
    """
    number = 1
    while _numbered(name, number + 1).exists():
        number += 1
    if not (folder := _numbered(name, number)).exists():
        raise CommandError(f"nothing to resume: {folder} is not there; name the run's folder with --out")
    return folder


def _numbered(name: str, number: int) -> Path:
    return RUNS / (name if number == 1 else f"{name}-{number}")


def read_recipe(folder: Path, default: Recipe) -> Recipe:
    """The recipe of the run in `folder`; the default where it stopped before it was written.

    Raises:
        CommandError: the folder is not there, or its config.json cannot be read.
    """
    if not folder.is_dir():
        raise CommandError(f"nothing to resume: {folder} is not there")
    path = folder / "config.json"
    if not path.exists():
        return default
    try:
        recipe = json.loads(path.read_text(encoding="utf-8"))["recipe"]
        recipe |= {"engine": Engine(recipe["engine"]), "hidden": tuple(recipe["hidden"])}
        if (strengths := recipe["augment"]) is not None:
            recipe["augment"] = Distortion(**{**strengths, "shape": tuple(strengths["shape"])})
        return Recipe(**recipe)
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise CommandError(f"{path}: expected the options of a run ({error})") from None


def make_trainer(
    task: Task,
    recipe: Recipe,
    folder: Path | None,
    resume: bool,
    callbacks: Sequence[Callback],
    group: SingleProcess | None = None,
) -> Trainer:
    """What trains by the recipe, on the processes of a group.

    Raises:
        CommandError: the recipe does not suit the task.
        vector.data.DataError: the data cannot be learnt from.
    """
    objective = "margin" if task.plane else "classification" if task.names or task.images else "regression"
    try:
        config = Config(**{"batch": recipe.batch or len(task.x), "objective": objective, **recipe.options})
        return Trainer(
            make_model(task, recipe, config),
            task.x,
            task.y,
            config,
            test=task.test,
            folder=folder,
            resume=resume,
            callbacks=callbacks,
            notify=say,
            **_seams(recipe, group or SingleProcess(), config.batch),
        )
    except DataError:
        raise
    except ValueError as error:
        raise CommandError(str(error)) from None


def _seams(recipe: Recipe, group: SingleProcess, batch: int) -> dict[str, Any]:
    """How a step is taken, where its minibatch comes from, and by whom."""
    if recipe.engine is Engine.scalar:
        return {"make_step": scalar_step, "watch": scalar.detect_anomaly}
    make_feed: Any = Feed
    if recipe.augment is not None:
        make_feed = functools.partial(Prefetch if _spare_core() else Feed, augment=recipe.augment)
    return parallel(group, batch, compile=recipe.compiled, make_feed=make_feed)


def _spare_core() -> bool:
    """Whether BLAS leaves a core to a worker; one that takes turns with BLAS's threads would hold them all up."""
    try:
        from threadpoolctl import threadpool_info
    except ImportError:
        return False
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    threads = max((pool["num_threads"] for pool in threadpool_info() if pool["user_api"] == "blas"), default=cores)
    return os.name == "posix" and threads < cores


def _check(source: Problem | Source, recipe: Recipe, group: SingleProcess) -> None:
    if recipe.engine is Engine.scalar and not (isinstance(source, Problem) and source.in_plane):
        raise CommandError("this would take the scalar engine hours: leave out --engine scalar")
    if recipe.engine is Engine.scalar and group.size > 1:
        raise CommandError("the scalar engine trains in one process: add --engine vector, or leave mpiexec out")
    if recipe.engine is Engine.scalar and recipe.dtype != "float64":
        raise CommandError("the scalar engine computes in float64: leave out --dtype")
    if recipe.engine is Engine.scalar and recipe.compiled:
        raise CommandError("the scalar engine's step cannot be compiled: leave out --compile")
    if recipe.dtype not in ("float32", "float64"):
        raise CommandError(f"expected --dtype float32 or float64, got {recipe.dtype}")
    if recipe.activation not in ACTIVATIONS:
        raise CommandError(f"expected --activation in {', '.join(ACTIVATIONS)}, got {recipe.activation}")


class _Options(Callback):
    """Write the options into config.json, for the report's reader and for --resume."""

    def __init__(self, source: Problem | Source, task: Task, recipe: Recipe, folder: Path) -> None:
        learnt = {"problem": source} if isinstance(source, Problem) else dataclasses.asdict(source)
        self.contents = {**learnt, **described(task), "recipe": dataclasses.asdict(recipe)}
        self.path = folder / "config.json"

    def on_start(self, trainer: Trainer) -> None:
        """The folder is known to be this run's."""
        self.write(trainer)

    def write(self, trainer: Trainer) -> None:
        """Whole or not at all; the options that were left to their defaults, too."""
        options = dataclasses.asdict(trainer.config)
        recipe = {**self.contents["recipe"], "options": {name: options[name] for name in options if name not in _OURS}}
        with writing(self.path):
            self.path.parent.mkdir(parents=True, exist_ok=True)
        write_whole(self.path, (json.dumps({**self.contents, "recipe": recipe}, indent=1) + "\n").encode())


def _judge(title: str, task: Task, trainer: Trainer, goal: float) -> None:
    samples = trainer.samples
    kind, part = "training samples", (samples.x, samples.y)
    if samples.validation is not None:
        kind, part = "validation samples", samples.validation
    if samples.test is not None:
        kind, part = "test images", samples.test
    if task.plane:
        kind, part = "points", (task.x.astype(samples.x.dtype), task.y)
    measured = evaluate(trainer.model, trainer.objective, *part)
    if "accuracy" not in measured:
        shown = ", ".join(f"{name} {value:.4g}" for name, value in measured.items())
        say(f"{title}: {shown} on the {kind}")
        return
    reached = measured["accuracy"]
    stated = f"; stated: at least {goal:.1%}" if goal else ""
    say(f"{title}: {reached:.2%} of the {kind} right{stated}")
    if reached < goal:
        raise ResultMissedError(f"{title}: accuracy {reached:.2%} is below the stated {goal:.1%}")
