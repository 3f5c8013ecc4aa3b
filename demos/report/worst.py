"""What a model gets most wrong: the rows of a table by their lines, images by their places."""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from demos.report.parts import Part
from demos.report.scores import class_names, probabilities
from vector.training import Trainer
from vector.training.objectives import Margin, Regression

MOST = 20

Rows = list[dict[str, Any]]


def worst(trainer: Trainer, part: Part, outputs: Any, names: Sequence[str] | None) -> Rows:
    """The worst mistakes first, at most 20: the place, what is true, what was said, how sure or how far off that is.

    A place is a line of the table's file, or else the number of the sample in its part, from 0. Without mistakes there
    are none; a regression always has some.
    """
    if isinstance(trainer.objective, Regression):
        found = _errors(outputs[:, 0], part.y.reshape(len(part.y), -1)[:, 0])
    else:
        said, named = trainer.objective.predict(outputs), class_names(names, outputs.shape[1])
        sure = np.abs(outputs[:, 0]) if isinstance(trainer.objective, Margin) else None
        found = _wrong_classes(probabilities(outputs), said, part.y, named, sure)
    where = "index" if part.lines is None else "line"
    return [{where: int(row.pop("index") if part.lines is None else part.lines[row.pop("index")])} | row
            for row in found]  # fmt: skip


def _wrong_classes(sure: Any, said: Any, y: Any, names: Sequence[str], margins: Any) -> Rows:
    """The surest first: by probability or, where there are only margins, by these."""
    wrong = np.flatnonzero(said != y)
    strength = sure[np.arange(len(said)), said] if margins is None else margins
    order = wrong[np.argsort(-strength[wrong], kind="stable")][:MOST]
    key = "probability" if margins is None else "margin"
    return [{"index": i, "true": names[y[i]], "said": names[said[i]], key: f"{strength[i]:.4f}"} for i in order]


def _errors(said: Any, y: Any) -> Rows:
    """True number, said number, said − true; the largest error first."""
    order = np.argsort(-np.abs(said - y), kind="stable")[:MOST]
    offset = np.abs(y).max() / (np.ptp(y) or 1.0)  # its digits are the same in all numbers
    digits = 6 + round(math.log10(max(offset, 1.0)))
    return [
        {"index": i, "true": f"{y[i]:.{digits}g}", "said": f"{said[i]:.{digits}g}", "error": f"{said[i] - y[i]:.4g}"}
        for i in order
    ]


def as_csv(rows: Rows, *, classes: bool) -> str:
    """The rows of a table with their header, which is all there is without mistakes."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(["line", "true", "said", "probability" if classes else "error"])
    writer.writerows(row.values() for row in rows)
    return text.getvalue()
