"""What a training leaves in its folder beside the model: figures, plots, the worst mistakes."""

from __future__ import annotations

import base64
import io
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from demos import plots
from demos.console import say, writing
from demos.export import export_onnx
from demos.problems import Task
from demos.report.parts import Part, measured
from demos.report.results import MOST_CLASSES, Results, described, results
from demos.report.worst import as_csv
from vector.functions import softmax
from vector.nn import Linear
from vector.training import Trainer
from vector.training.objectives import outputs_of

if TYPE_CHECKING:
    from matplotlib.figure import Figure


def write_report(task: Task, trainer: Trainer, folder: Path, *, onnx: bool = False) -> tuple[Results, list[Path]]:
    """Measure the model, plot what there is to see, and return the figures and the paths of the plots.

    onnx: whether to write the model as model.onnx.

    Raises:
        CommandError: the folder cannot be written.
    """
    there = measured(task, trainer)
    found, (part, outputs) = results(task, trainer, there), there[-1]
    if task.images is not None:
        for row in found["worst"]:
            row["png"] = _png(part.x[row["index"]].reshape(task.images))
    with writing(folder):
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "results.json").write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")
        if part.lines is not None:
            worst = as_csv(found["worst"], classes=task.names is not None)
            (folder / "mistakes.csv").write_text(worst, encoding="utf-8")
    if onnx:
        said = {name: json.dumps(names) for name, names in described(task).items()}
        say(f"wrote {export_onnx(trainer.model, folder / 'model.onnx', task.x.shape[1:], metadata=said)}")
    written = []
    for name, draw in _plots(task, trainer, part, outputs):
        with writing(folder / name):
            written.append(plots.save(draw(), folder / name))
    for path in written:
        say(f"wrote {path}")
    return found, written


def _png(image: Any) -> str:
    """An image, dark on light, as base64."""
    from matplotlib.image import imsave

    file = io.BytesIO()
    imsave(file, image, cmap="gray_r", format="png", metadata={"Software": ""})
    return base64.b64encode(file.getvalue()).decode()


def _plots(task: Task, trainer: Trainer, part: Part, outputs: Any) -> Iterator[tuple[str, Callable[[], Figure]]]:
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
        yield from _class_plots(task, trainer, part, outputs)
    elif not task.plane:
        yield "predictions.svg", lambda: plots.predictions(part.y, outputs[:, 0], name=task.target or "")


def _class_plots(task: Task, trainer: Trainer, part: Part, outputs: Any) -> Iterator[tuple[str, Callable[[], Figure]]]:
    said = trainer.objective.predict(outputs)
    if outputs.shape[1] <= MOST_CLASSES:
        yield "confusion.svg", lambda: plots.confusion_matrix(part.y, said, names=task.names)
    if (shape := task.images) is None:
        return
    if not np.array_equal(said, part.y):
        yield "mistakes.png", lambda: plots.mistakes(part.x, part.y, softmax(outputs), shape=shape)
    first = next(module for module in trainer.model.modules() if isinstance(module, Linear))
    yield "features.png", lambda: plots.features(first.weight.data, shape=shape, scale=True)
