"""What a training leaves in its folder: figures, plots, and the model."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from demos import plots
from demos.console import say, writing
from demos.export import export_onnx
from demos.problems import Task
from demos.train_mistakes import worst_rows
from vector.functions import softmax
from vector.nn import Linear
from vector.training import Trainer, evaluate
from vector.training.objectives import outputs_of

if TYPE_CHECKING:
    from matplotlib.figure import Figure

_MOST_CLASSES = 30  # in a confusion matrix that can be read


def write_report(task: Task, trainer: Trainer, folder: Path, *, onnx: bool = False) -> list[Path]:
    """Plot what there is to see, and return the paths of the plots; the figures go to results.json.

    onnx: whether to write the model as model.onnx.

    Raises:
        CommandError: the folder cannot be written.
    """
    with writing(folder):
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "results.json").write_text(json.dumps(results(task, trainer), indent=1) + "\n", encoding="utf-8")
        if task.lines is not None:
            (folder / "mistakes.csv").write_text(worst_rows(task, trainer), encoding="utf-8")
    if onnx:
        said = {name: json.dumps(names) for name, names in described(task).items()}
        say(f"wrote {export_onnx(trainer.model, folder / 'model.onnx', task.x.shape[1:], metadata=said)}")
    written = []
    for name, draw in _plots(task, trainer):
        with writing(folder / name):
            written.append(plots.save(draw(), folder / name))
    for path in written:
        say(f"wrote {path}")
    return written


def described(task: Task) -> dict[str, Sequence[str]]:
    """What the numbers stand for that go into the model of a table, and those that come out."""
    parts = {"columns": task.columns, "classes": task.names}
    return {name: names for name, names in parts.items() if names is not None}


def results(task: Task, trainer: Trainer) -> dict[str, Any]:
    """Loss and metrics of the final model on each part of the data."""
    samples = trainer.samples
    parts = {"training": (samples.x, samples.y), "validation": samples.validation, "test": samples.test}
    return {
        "steps": trainer.progress.step,
        "epochs": trainer.progress.epoch,
        "best_epoch": trainer.history.best_epoch,
        **{name: evaluate(trainer.model, trainer.objective, *part) for name, part in parts.items() if part is not None},
    }


def _plots(task: Task, trainer: Trainer) -> Iterator[tuple[str, Callable[[], Figure]]]:
    """The name of each plot that makes sense here, and how to draw it."""
    history = trainer.history
    if not history.losses:
        return
    curves = {
        kind: [line[f"{kind}_accuracy"] for line in history.epochs if f"{kind}_accuracy" in line]
        for kind in ("validation", "test")
    }
    curves = {kind: values for kind, values in curves.items() if len(values) > 1}
    losses = {
        kind: [line[f"{kind}_loss"] for line in history.epochs]
        for kind in ("validation", "test")
        if history.epochs and f"{kind}_loss" in history.epochs[0]
    }
    accuracies = next(iter(curves.values()), None)
    yield "loss.svg", lambda: plots.loss_curve(history.losses, accuracies=accuracies, measured=losses)
    if len(curves) > 1:
        yield "accuracy.svg", lambda: plots.accuracy_curves(curves)
    if task.plane:

        def scores(points: Any) -> Any:
            return outputs_of(trainer.model, points.astype(trainer.samples.x.dtype))[:, 0]

        yield "boundary.svg", lambda: plots.decision_boundary(scores, task.x, task.y)
    if task.names is not None or task.images is not None:
        yield from _class_plots(task, trainer)
    elif not task.plane:
        x, y = trainer.samples.validation or (trainer.samples.x, trainer.samples.y)
        yield "predictions.svg", lambda: plots.predictions(y, outputs_of(trainer.model, x)[:, 0])


def _class_plots(task: Task, trainer: Trainer) -> Iterator[tuple[str, Callable[[], Figure]]]:
    samples = trainer.samples
    x, y = samples.test or samples.validation or (samples.x, samples.y)
    outputs = outputs_of(trainer.model, x)
    said = trainer.objective.predict(outputs)
    if outputs.shape[1] <= _MOST_CLASSES:
        yield "confusion.svg", lambda: plots.confusion_matrix(y, said, names=task.names)
    if (shape := task.images) is None:
        return
    if not np.array_equal(said, y):
        yield "mistakes.png", lambda: plots.mistakes(x, y, softmax(outputs), shape=shape)
    first = next(module for module in trainer.model.modules() if isinstance(module, Linear))
    yield "features.png", lambda: plots.features(first.weight.data, shape=shape)
