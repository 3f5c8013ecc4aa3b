"""The page grows while the run goes on, and says how it ended."""

from __future__ import annotations

import dataclasses
import json
import math
import time
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Any

import numpy as np

from demos.console import say, writing
from demos.problems import Task
from demos.recipes import Recipe
from demos.report.page import MISSING, has_templates, run_page
from demos.report.parts import parts, unit
from demos.report.repeat import command, environment
from demos.report.results import Results
from demos.report.run import PAGE, STATE, Run
from demos.report.scores import class_names
from demos.tables.columns import Kind, counted
from demos.tables.schema import Feature
from vector.training import Callback, Trainer
from vector.training.checkpoints.files import write_whole
from vector.training.objectives import Regression

_LEAST = 2.0  # seconds from one page to the next
_SHARE = 50  # and at least so many times what a page takes: 2 % of the training time


class Watch(Callback):
    """Write report.html and run.json of a training: at its start, every few seconds, and when the block ends.

    In the block the training runs, and the results are set. An exception that leaves it is how the run ended, and is
    said on the page.

    Args:
        title: what is learnt.
        learnt: what config.json says of the data. task, recipe: what is learnt from them, and how.
        folder: the run's.
        resumable: whether there are checkpoints.
    """

    def __init__(
        self, title: str, learnt: Mapping[str, Any], task: Task, recipe: Recipe, folder: Path, *, resumable: bool
    ) -> None:
        self.title, self.task, self.recipe, self.folder, self.resumable = title, task, recipe, folder, resumable
        self.learnt = learnt
        self.results: Results | None = None
        self._run: Run | None = None
        self._trainer: Trainer | None = None
        self._next = 0.0
        self._pages = has_templates()

    def __enter__(self) -> Watch:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, where: TracebackType | None
    ) -> None:
        if self._run is None:
            return
        if error is None:
            self._write("done")
            say(f"wrote {self.folder / PAGE}" if self._pages else MISSING)
            return
        stopped = isinstance(error, KeyboardInterrupt)
        with suppress(Exception):  # a page that cannot be written hides no error
            self._write("stopped" if stopped else "failed", "" if stopped else str(error) or type(error).__name__)

    def on_start(self, trainer: Trainer) -> None:
        """The first page."""
        self._trainer = trainer
        self._started = self._closed = time.monotonic()
        self._first = trainer.progress.step
        recipe = dataclasses.asdict(self.recipe) | {"options": dataclasses.asdict(trainer.config)}
        config = json.loads(json.dumps({**self.learnt, "recipe": recipe}, default=str))
        history = trainer.history
        self._fixed = {
            "title": self.title,
            "command": self._former("command") or command(trainer.group.size),
            "resumable": self.resumable,
            "environment": environment(trainer, self.recipe),
            "data": _data(self.task, trainer),
            "model": _model(trainer),
            "config": config,
        }
        self._run = Run(self.folder, {}, history.losses, history.epochs)
        former = self.folder / "results.json"
        with writing(former):
            self.folder.mkdir(parents=True, exist_ok=True)
            former.unlink(missing_ok=True)  # of a run that is done and goes on, it is no longer true
        self._write("running")
        if self._pages:
            say(f"{self.title}: {self.folder / PAGE} shows how it goes")

    def on_step(self, trainer: Trainer, loss: float) -> None:
        """A new page, where it is time for one."""
        if time.monotonic() >= self._next:
            try:
                self._write("running")
            except Exception as error:  # whatever is wrong with a page, it must not cost the training
                say(f"no more of {PAGE} before the end: {error}")
                self._next = math.inf

    def on_epoch(self, trainer: Trainer, metrics: Mapping[str, float]) -> None:
        """The line of metrics has the time up to here."""
        self._closed = time.monotonic()

    def _former(self, name: str) -> Any:
        """What an earlier part of a resumed run wrote."""
        with suppress(OSError, ValueError, AttributeError):
            return json.loads((self.folder / STATE).read_text(encoding="utf-8")).get(name)
        return None

    def _write(self, state: str, said: str = "") -> None:
        run, trainer = self._run, self._trainer
        if run is None or trainer is None:
            raise ValueError("expected a training that has begun")
        began, going = time.monotonic(), state != "done"
        progress, steps = trainer.progress, trainer.steps
        taken = progress.step - self._first
        run.results = self.results
        run.state = {
            **self._fixed,
            "state": state,
            "said": said,
            "step": progress.step,
            "steps": steps,
            "epoch": progress.epoch,
            "epochs": trainer.config.epochs,
            "seconds": round(sum(line["seconds"] for line in run.epochs) + (began - self._closed if going else 0), 3),
            "left": round((began - self._started) / taken * (steps - progress.step), 1) if taken else None,
            "written": time.time(),
        }
        write_whole(self.folder / STATE, (json.dumps(run.state, indent=1) + "\n").encode())
        if self._pages:
            write_whole(self.folder / PAGE, run_page(run).encode())
        now = time.monotonic()
        self._next = now + max(_LEAST, _SHARE * (now - began))


def _data(task: Task, trainer: Trainer) -> dict[str, Any]:
    """What is learnt from: how many rows there are of what, and what is told apart."""
    regression, there = isinstance(trainer.objective, Regression), parts(task, trainer)
    found: dict[str, Any] = {
        "unit": unit(task),
        "target": task.target,
        "task": "regression" if regression else "classification",
        "inputs": int(np.prod(task.x.shape[1:])),
        "images": task.images,
        "columns": [] if task.schema is None else [_column(feature) for feature in task.schema.features],
        "classes": [],
        "weighted": task.weights is not None,
        "notes": task.notes,
        "parts": [{"name": part.name, "role": part.role, "rows": len(part.x)} for part in there],
    }
    if not regression:
        names = class_names(task.names, task.outputs)
        counts = {part.name: np.bincount(part.y.astype(int), minlength=len(names)).tolist() for part in there}
        found["classes"] = [
            {"name": name, **{part: count[i] for part, count in counts.items()}} for i, name in enumerate(names)
        ]
    return found


def _column(feature: Feature) -> dict[str, str]:
    """A column of the table: what it is, what it becomes, and what stands where nothing is."""
    if feature.kind is Kind.word:
        becomes, instead = f"0 or 1 for each of {counted(feature.levels)}", "0 for every word"
        becomes += ", and for any other word" if feature.other else ""
    else:
        becomes = f"{', '.join(feature.parts)} of the moment" if feature.parts else feature.unit or "the number"
        instead = f"the median, {feature.fill:.6g}"
    lacking = f"{instead}, and a column says so" if feature.missing else "nothing is missing in training rows"
    return {"name": feature.name, "kind": str(feature.kind), "becomes": becomes, "missing": lacking}


def _model(trainer: Trainer) -> dict[str, Any]:
    return {
        "text": repr(trainer.model),
        "parameters": sum(parameter.data.size for parameter in trainer.model.parameters()),
    }
