"""What a run measured in the end, as results.json has it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from demos.problems import Task
from demos.report import scores
from demos.report.parts import ROLES, Part, unit
from demos.report.strengths import strengths
from demos.report.worst import worst
from vector.training import Trainer, evaluate
from vector.training.objectives import Regression

Results = dict[str, Any]

MOST_CLASSES = 30  # in a confusion matrix that can be read
_MOST_POINTS = 1_000  # of predicted beside true numbers


def described(task: Task) -> dict[str, Sequence[str]]:
    """What the numbers stand for that go into the model of a table, and those that come out."""
    found = {"columns": task.columns, "classes": task.names}
    return {name: names for name, names in found.items() if names is not None}


def results(task: Task, trainer: Trainer, measured: Sequence[tuple[Part, Any]]) -> Results:
    """The figures of the final model on each part of the data, and details on the part that counts most.

    measured: as `parts.measured` gives it.
    """
    found: Results = {
        "steps": trainer.progress.step,
        "epochs": trainer.progress.epoch,
        "best_epoch": trainer.history.best_epoch,
        "objective": type(trainer.objective).__name__.lower(),
        "parameters": sum(parameter.data.size for parameter in trainer.model.parameters()),
        "unit": unit(task),
    }
    base = _base(trainer)
    for part, outputs in measured:
        found[part.name] = {
            "rows": len(part.x),
            "role": part.role,
            "mark": part.mark(task),
            **evaluate(trainer.model, trainer.objective, part.x, part.y, lambda *_, known=outputs: known),
            **scores.figures(trainer, outputs, part.y, base, task.names),
        }
    return found | _details(task, trainer, *measured[-1])


def reached(found: Mapping[str, Any]) -> float | None:
    """The accuracy that a goal is compared with: on the part that counts most or, in the plane, on all points."""
    there = [found[name] for name in ROLES if name in found] if found["unit"] == "points" else [found[found["details"]]]
    if "accuracy" not in there[0]:
        return None
    return float(sum(each["accuracy"] * each["rows"] for each in there) / sum(each["rows"] for each in there))


def _details(task: Task, trainer: Trainer, part: Part, outputs: Any) -> Results:
    found: Results = {"details": part.name, "worst": worst(trainer, part, outputs, task.names)}
    if isinstance(trainer.objective, Regression):
        found["predictions"] = _predictions(outputs, part.y)
    elif (classes := max(outputs.shape[1], 2)) <= MOST_CLASSES:
        counts = np.zeros((classes, classes), int)
        np.add.at(counts, (part.y.astype(int), trainer.objective.predict(outputs)), 1)
        found["confusion"] = {"classes": scores.class_names(task.names, outputs.shape[1]), "counts": counts.tolist()}
    if task.columns is not None:
        found["strengths"] = strengths(task, trainer, part)
    return found


def _base(trainer: Trainer) -> Any:
    """What would be said without looking: the most frequent training class, or the mean of the training targets."""
    y = trainer.samples.y
    return float(y.mean()) if isinstance(trainer.objective, Regression) else int(np.bincount(y).argmax())


def _predictions(outputs: Any, y: Any) -> dict[str, Any]:
    """Evenly spread over the true numbers, where there are too many to draw."""
    truth, said = y.reshape(len(y), -1)[:, 0].astype(float), outputs[:, 0].astype(float)
    order = np.argsort(truth, kind="stable")
    if len(order) > _MOST_POINTS:
        order = order[np.linspace(0, len(order) - 1, _MOST_POINTS).round().astype(int)]
    return {"of": len(y), "true": truth[order].tolist(), "said": said[order].tolist()}
