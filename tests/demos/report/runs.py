"""Tiny trainings, whose reports the tests read."""

from pathlib import Path
from typing import Any

import numpy as np

from demos.engines import Engine
from demos.problems import Task
from demos.recipes import Recipe
from demos.train_run import make_trainer
from vector.training import Trainer

HOSTILE = "<script>alert('x')</script>&\"$1"


def table(path: Path, *, rows: int = 60, seed: int = 0, names: tuple[str, str] = ("rose", "tulip")) -> Path:
    """A file in which width alone decides the kind, and height is its multiple; soil and noise tell nothing."""
    generator = np.random.default_rng(seed)
    lines = ["width,soil,noise,kind,height"]
    for _ in range(rows):
        width, noise = generator.normal(size=2)
        soil, kind = ("clay", "sand", "loam")[generator.integers(3)], names[int(width > 0)]
        lines.append(f"{width:.4f},{soil},{noise:.4f},{kind},{300 + 20 * width:.3f}")
    path.write_text("\n".join(lines), encoding="utf-8")
    return path


def task(*, test: int = 0, classes: tuple[str, ...] | None = ("no", "yes"), rows: int = 40, **options: Any) -> Task:
    """A table's task of two columns, of which the first decides; its rows end in lines 2, 3 and so on."""
    x = np.random.default_rng(1).normal(size=(rows + test, 2))
    y: Any = (x[:, 0] > 0).astype(np.int64) if classes else 10 * x[:, 0] + 100
    lines = np.arange(2, 2 + len(x))
    held: dict[str, Any] = {"test": (x[rows:], y[rows:]), "test_lines": lines[rows:]} if test else {}
    outputs = len(classes) if classes else 1
    return Task(
        x[:rows],
        y[:rows],
        outputs,
        names=classes,
        columns=("a", "b"),
        lines=lines[:rows],
        target="t",
        **held,
        **options,
    )


def trained(learnt: Task, *, epochs: int = 5, **options: Any) -> Trainer:
    """A model of the task that was trained a little."""
    recipe = Recipe(0.0, Engine.vector, (8,), 8, {"epochs": epochs, "lr": 0.02, **options}, dtype="float64")
    trainer = make_trainer(learnt, recipe, None, False, [])
    trainer.run()
    return trainer
