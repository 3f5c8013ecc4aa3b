"""How much a model leans on each column of a table: permutation importance.

A column's numbers are dealt anew to the rows, so that it tells nothing any more, and the figures are measured again;
what is lost is the column's strength. Columns of 0 and 1 that stand for the words of one column are dealt together.
L. Breiman, Random Forests, Machine Learning 45, 2001, section 10.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from demos.report.parts import Part
from vector.training import Trainer
from vector.training.objectives import Regression, outputs_of

_MOST_ROWS = 1_000  # the first of an order that the seed draws, where there are more
_FEW = 30  # columns; more of them are shuffled less often


def strengths(trainer: Trainer, part: Part, columns: Sequence[str]) -> dict[str, Any]:
    """The strongest first: name, mean loss of accuracy (or growth of the RMSE), and its deviation over the shufflings.

    The numbers drawn depend on the training's seed alone.
    """
    generator = np.random.default_rng([trainer.config.seed, len(part.x)])
    chosen = generator.permutation(len(part.x))[:_MOST_ROWS]
    x, y = part.x[chosen], part.y[chosen]
    groups = grouped(columns, part.raw)
    repeats = 10 if len(groups) <= _FEW else 5
    key = "rmse" if isinstance(trainer.objective, Regression) else "accuracy"
    sign = 1.0 if key == "rmse" else -1.0

    def measured(rows: Any) -> float:
        return sign * trainer.objective.metrics(outputs_of(trainer.model, rows), y)[key]

    whole = measured(x)
    found: list[dict[str, Any]] = []
    for name, places in groups.items():
        lost = []
        for _ in range(repeats):
            shuffled = x.copy()
            shuffled[:, places] = x[generator.permutation(len(x))][:, places]
            lost.append(measured(shuffled) - whole)
        found.append({"column": name, "mean": float(np.mean(lost)), "deviation": float(np.std(lost))})
    found.sort(key=lambda row: -row["mean"])
    return {"part": part.name, "rows": len(x), "repeats": repeats, "of": key, "columns": found}


def grouped(columns: Sequence[str], x: Any) -> dict[str, list[int]]:
    """By name, the places of what is one column of the file.

    >>> grouped(["width", "soil=clay", "soil=sand"], np.array([[1.5, 0, 1], [2.5, 1, 0]]))
    {'width': [0], 'soil': [1, 2]}
    """
    groups: dict[str, list[int]] = {}
    for place, name in enumerate(columns):
        word = "=" in name and np.isin(x[:, place], (0, 1)).all()
        groups.setdefault(name.partition("=")[0] if word else name, []).append(place)
    return groups
