"""How much a model leans on each column of a table: permutation importance.

A column's numbers are dealt anew to the rows, so that it tells nothing any more, and the figures are measured again;
what is lost is the column's strength. The numbers that one column of the file became, such as 0 and 1 for each of its
words, are dealt together. L. Breiman, Random Forests, Machine Learning 45, 2001, section 10.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from demos.problems import Task
from demos.report.parts import Part
from vector.training import Trainer
from vector.training.objectives import Regression, outputs_of

_MOST_ROWS = 1_000  # the first of an order that the seed draws, where there are more
_FEW = 30  # columns; more of them are shuffled less often


def strengths(task: Task, trainer: Trainer, part: Part) -> dict[str, Any]:
    """Of a table's columns, the strongest first: name, mean loss of accuracy or growth of the RMSE, and its deviation.

    These are taken over the shufflings. The numbers drawn depend on the training's seed alone.
    """
    generator = np.random.default_rng([trainer.config.seed, len(part.x)])
    chosen = generator.permutation(len(part.x))[:_MOST_ROWS]
    x, y = part.x[chosen], part.y[chosen]
    columns = groups(task)
    repeats = 10 if len(columns) <= _FEW else 5
    key = "rmse" if isinstance(trainer.objective, Regression) else "accuracy"
    sign = 1.0 if key == "rmse" else -1.0

    def measured(rows: Any) -> float:
        return sign * trainer.objective.metrics(outputs_of(trainer.model, rows), y)[key]

    whole = measured(x)
    found: list[dict[str, Any]] = []
    for name, places in columns.items():
        lost = []
        for _ in range(repeats):
            shuffled = x.copy()
            shuffled[:, places] = x[generator.permutation(len(x))][:, places]
            lost.append(measured(shuffled) - whole)
        found.append({"column": name, "mean": float(np.mean(lost)), "deviation": float(np.std(lost))})
    found.sort(key=lambda row: -row["mean"])
    return {"part": part.name, "rows": len(x), "repeats": repeats, "of": key, "columns": found}


def groups(task: Task) -> dict[str, list[int]]:
    """By the name of each column of the table, the places in x of what it became."""
    found: dict[str, list[int]] = {}
    if task.schema is None:
        return {name: [place] for place, name in enumerate(task.columns or ())}
    start = 0
    for feature in task.schema.features:
        found[feature.name] = list(range(start, start + len(feature.columns)))
        start += len(feature.columns)
    return found
