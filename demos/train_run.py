"""One training from its recipe to its report."""

from __future__ import annotations

import dataclasses
import functools
import os
import warnings
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import scalar
from demos.activations import ACTIVATIONS
from demos.console import CommandError, ResultMissedError, say
from demos.engines import Engine
from demos.export.onnx_file import onnx_library
from demos.machine import cores
from demos.prefetch import Prefetch, WorkerError
from demos.problems import Problem, Source, Task, load, table_task
from demos.ranks import first_alone
from demos.recipes import VALIDATION, Recipe, enough, make_model, sized
from demos.report import Watch, described, judge, write_report
from demos.run_folder import has_checkpoints, read_run, write_run
from demos.tables import Table
from demos.train_progress import Follow
from demos.train_scalar import scalar_step
from vector.data import DataError
from vector.distributed import RanksError, parallel
from vector.training import Callback, CheckpointError, Config, DivergedError, Feed, Trainer
from vector.training.checkpoints.tensors import pack
from vector.training.processes import SingleProcess

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
    title = source.value if isinstance(source, Problem) else source.name
    try:
        task, recipe, learnt = first_alone(group, lambda: _prepared(source, recipe, folder if resume else None))
        options = _Options(learnt, task, recipe, folder)
        watch = Watch(title, options.contents, task, recipe, folder, resumable=checkpoints)
        watchers = [Follow(title), *([options] if checkpoints else []), watch]
        with group.together():
            if onnx:
                onnx_library()  # its absence is reported now, not after the training
            if checkpoints:
                pack({}, {})  # so is that of safetensors, not when a folder is begun
            trainer = make_trainer(task, recipe, folder if checkpoints else None, resume, watchers, group)
        with watch:
            _run(trainer)
            if not group.leads:
                return []
            watch.results, written = write_report(task, trainer, folder, onnx=onnx)
    except (DataError, CheckpointError, ImportError, RanksError, WorkerError) as error:
        raise CommandError(str(error)) from None
    except DivergedError as error:
        raise ResultMissedError(f"{error}; try a smaller --lr") from None
    judge(title, watch.results, recipe.goal)
    return written


def _prepared(source: Problem | Source, recipe: Recipe, resumed: Path | None) -> tuple[Task, Recipe, dict[str, Any]]:
    """The data, the recipe with all that depends on their number, and what config.json says of their source."""
    seed = recipe.options.get("seed", 0)
    if isinstance(source, Problem):
        return load(source, seed), recipe, {"problem": source}
    table = Table(source, seed)
    if resumed is not None and has_checkpoints(resumed) and (stored := read_run(resumed)) is not None:
        if "table" not in stored.contents:
            raise CommandError(f"{resumed} is a run of an earlier version, which read tables otherwise: train it anew")
        table.require_same(stored.contents["table"])
    rows, classes = len(table.kept), table.target.classes is not None
    wanted, recipe = recipe.options.get("validation"), sized(recipe, rows, classes=classes)
    if wanted is None and not recipe.options["validation"]:
        table.notes.append(
            f"too few rows to hold some out to choose the epoch: {rows:,}, expected at least {enough(classes):,}; "
            f"--validation {VALIDATION} does so"
        )
    task = table_task(table, recipe.options["validation"], seed)
    for line in table.notes:
        say(line)
    return task, recipe, {**dataclasses.asdict(table.resolved), "table": table.identity}


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
            sample_weight=task.weights,
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
    there = cores()
    threads = max((pool["num_threads"] for pool in threadpool_info() if pool["user_api"] == "blas"), default=there)
    return os.name == "posix" and threads < there


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
    """Write the options into config.json, for the report's reader, for --resume and for predictions."""

    def __init__(self, learnt: Mapping[str, Any], task: Task, recipe: Recipe, folder: Path) -> None:
        schema = {} if task.schema is None else {"schema": task.schema.as_json()}
        self.contents = {**learnt, **described(task), **schema, "recipe": dataclasses.asdict(recipe)}
        self.folder = folder

    def on_start(self, trainer: Trainer) -> None:
        """The folder is known to be this run's."""
        self.write(trainer)

    def write(self, trainer: Trainer) -> None:
        """Whole or not at all; the options that were left to their defaults, too."""
        options = dataclasses.asdict(trainer.config)
        recipe = {**self.contents["recipe"], "options": {name: options[name] for name in options if name not in _OURS}}
        write_run(self.folder, {**self.contents, "recipe": recipe})
