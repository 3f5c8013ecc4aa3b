"""The rows of a user's own table that a model gets most wrong, as a table."""

from __future__ import annotations

import csv
import io
import math
from typing import Any

import numpy as np

from demos.problems import Task
from vector.functions import softmax
from vector.training import Trainer
from vector.training.objectives import outputs_of
from vector.training.samples import split

_MOST = 20


def worst_rows(task: Task, trainer: Trainer) -> str:
    """The worst mistakes as CSV: their lines in the user's file, what is true, what was said, and how wrong that is.

    They are those of the held out rows where there are such. Without mistakes it is the header alone.
    """
    config, samples, lines = trainer.config, trainer.samples, task.lines
    if lines is None:
        raise ValueError("expected a task with lines, that of a table")
    x, y = samples.validation or (samples.x, samples.y)
    if samples.validation:
        _, _, (_, lines) = split(task.x, lines, config.validation, config.seed)
    outputs = outputs_of(trainer.model, x)
    rows = _wrong_classes(outputs, y, task.names) if task.names else _errors(outputs[:, 0], y)
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(["line", "true", "said", "probability" if task.names else "error"])
    writer.writerows([int(lines[index]), *cells] for index, *cells in rows[:_MOST])
    return text.getvalue()


def _wrong_classes(outputs: Any, y: Any, names: tuple[str, ...]) -> list[Any]:
    """(index, true class, said class, its probability), the surest first."""
    probabilities = softmax(outputs)
    said = probabilities.argmax(axis=1)
    wrong = np.flatnonzero(said != y)
    order = wrong[np.argsort(-probabilities[wrong, said[wrong]], kind="stable")]
    return [(i, names[y[i]], names[said[i]], f"{probabilities[i, said[i]]:.4f}") for i in order]


def _errors(said: Any, y: Any) -> list[Any]:
    """(index, true number, said number, said − true), the largest error first."""
    order = np.argsort(-np.abs(said - y), kind="stable")
    offset = np.abs(y).max() / (np.ptp(y) or 1.0)  # its digits are the same in all numbers
    digits = 6 + round(math.log10(max(offset, 1.0)))
    return [(i, f"{y[i]:.{digits}g}", f"{said[i]:.{digits}g}", f"{said[i] - y[i]:.4g}") for i in order]
