"""The parts of the data, and what each of them decided: nothing is measured without saying on which rows."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from demos.problems import Task
from vector.training import Trainer
from vector.training.objectives import outputs_of
from vector.training.samples import split

ROLES = {"training": "chose the weights", "validation": "chose the epoch", "test": "chose nothing"}


@dataclass(frozen=True)
class Part:
    """Some of the samples.

    Attributes:
        name: "training", "validation" or "test".
        role: what they decided.
        x, y: as the trained model takes them.
        whole, places: the task's array that has their x as it was read, and where in it they are; None for all.
        lines: the lines of the table's file where they end; None without a file.
    """

    name: str
    role: str
    x: Any
    y: Any
    whole: Any
    places: Any
    lines: Any

    @property
    def raw(self) -> Any:
        """x as the task has it."""
        return self.whole if self.places is None else self.whole[self.places]

    def mark(self, task: Task) -> str:
        """The same for the same rows in the same order, whichever columns of a table are learnt from; 16 digits.

        Two figures can be compared where these are equal.
        """
        digest = hashlib.blake2b(digest_size=8)
        for array in (self.raw, self.y) if self.lines is None else (self.lines, self.y):
            digest.update(f"{array.shape}{array.dtype}".encode())
            digest.update(np.ascontiguousarray(array).data)
        digest.update("\n".join(task.names or ()).encode())
        return digest.hexdigest()


def parts(task: Task, trainer: Trainer) -> list[Part]:
    """Training, validation and test, as far as there are such; the last is the one whose figures count most."""
    return list(_parts(task, trainer))


def measured(task: Task, trainer: Trainer) -> list[tuple[Part, Any]]:
    """The parts, each with what the model gives for its samples."""
    return [(part, outputs_of(trainer.model, part.x)) for part in parts(task, trainer)]


def _parts(task: Task, trainer: Trainer) -> Iterator[Part]:
    samples, config = trainer.samples, trainer.config
    kept = held = None
    if samples.validation is not None:
        places = np.arange(len(task.x))
        kept, _, (held, _) = split(places, places, config.validation, config.seed)
    yield Part("training", ROLES["training"], samples.x, samples.y, task.x, kept, _taken(task.lines, kept))
    if samples.validation is not None:
        yield Part("validation", ROLES["validation"], *samples.validation, task.x, held, _taken(task.lines, held))
    if samples.test is not None and task.test is not None:
        yield Part("test", ROLES["test"], *samples.test, task.test[0], None, task.test_lines)


def _taken(array: Any, places: Any) -> Any:
    return array if array is None or places is None else array[places]


def unit(task: Task) -> str:
    """What samples are called."""
    if task.images is not None:
        return "images"
    return "points" if task.plane else "rows" if task.columns is not None else "samples"
