"""What there is to learn: the data of each problem."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import numpy as np
from numpy.typing import NDArray

from demos.tables import Schema, Table
from demos.tables import Source as Source
from vector import data

Array = NDArray[Any]


class Problem(StrEnum):
    """The problems, as the command line names them."""

    xor = "xor"
    moons = "moons"
    spirals = "spirals"
    digits = "digits"
    mnist = "mnist"

    @property
    def in_plane(self) -> bool:
        """Whether its data are two classes of points in the plane, else images."""
        return self in (Problem.xor, Problem.moons, Problem.spirals)


@dataclass(frozen=True)
class Task:
    """What a model learns, and how its report is drawn.

    Attributes:
        x, y: training samples and targets. test: samples that decide nothing, or None.
        outputs: how many numbers the model gives.
        plane: two classes of points. images: height and width of the samples, or None.
        names: of the classes, or None.
        columns: of a table, the names of x's. lines: where in the file its rows end.
        target: the name of what is learnt; of a table, its column.
        test_lines: where the test samples' rows end. weights: how much each training sample counts; None for alike.
        schema: what is learnt of a table's columns, by which other rows are read. notes: how it was read, a line each.
    """

    x: Array
    y: Array
    outputs: int
    test: tuple[Array, Array] | None = None
    plane: bool = False
    images: tuple[int, int] | None = None
    names: tuple[str, ...] | None = None
    columns: tuple[str, ...] | None = None
    lines: Array | None = None
    target: str | None = None
    test_lines: Array | None = None
    weights: Array | None = None
    schema: Schema | None = None
    notes: tuple[str, ...] = ()


def load(problem: Problem | Source, seed: int, validation: float = 0.0) -> Task:
    """The data of a problem; `seed` decides the points, the split of the digits and a table's test rows.

    validation: the share of the samples that is going to choose the epoch, of which a table's schema learns nothing.

    Raises:
        vector.data.DataError: the data are damaged, or neither found nor downloaded.
        ImportError: the data need a package that is not installed.
    """
    if isinstance(problem, Source):
        return table_task(Table(problem, seed), validation, seed)
    if problem.in_plane:
        generator = np.random.default_rng(seed)
        if problem is Problem.spirals:
            points, labels = data.spirals(200, 1.0, 0.01, 2, generator)
        else:
            points, labels = data.xor() if problem is Problem.xor else data.moons(100, 0.1, generator)
        return Task(points, labels, 1, plane=True)
    images = data.digits(seed=seed) if problem is Problem.digits else data.mnist()
    side = round(images.train_images.shape[1] ** 0.5)
    test = (images.test_images, images.test_labels)
    return Task(images.train_images, images.train_labels, 10, test, images=(side, side))


def table_task(table: Table, validation: float, seed: int) -> Task:
    """What a model learns of a table; see `load`."""
    made = table.encoded(validation, seed)
    target = made.schema.target
    return Task(
        made.x,
        made.y,
        len(target.classes or [target.name]),
        made.test,
        names=target.classes,
        columns=made.schema.columns,
        lines=made.lines,
        target=target.name,
        test_lines=made.test_lines,
        weights=made.weights,
        schema=made.schema,
        notes=tuple(table.notes),
    )
