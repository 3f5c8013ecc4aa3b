"""Which task a column poses, and why; its classes or numbers; how much each class counts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from demos.tables.columns import Column, Kind, counted, name_of
from demos.tables.reading import find_name
from demos.tables.schema import Target
from vector.data import DataError

_MOST_CODES = 10  # whole numbers with more values are amounts
_SEVERAL = 5  # rows that each whole number needs to be a class
_MOST_CLASSES = 100


@dataclass(frozen=True)
class Chosen:
    """A target and, in one line, why it is that."""

    target: Target
    reason: str


def choose(column: Column, task: str | None) -> Chosen:
    """The target that a column is, of the rows that have one.

    Args:
        task: "classification" or "regression"; None decides by the cells.

    Raises:
        DataError: there is nothing to learn, or the cells do not suit the task.
    """
    there = column.values[~column.missing]
    values, counts = np.unique(there, return_counts=True)
    names = _names(column, values)
    if len(values) < 2:
        got = f"only {names[0]}" if names else "empty cells"
        raise DataError(f"column {column.name!r}: expected at least two different targets, got {got}")
    if column.kind is Kind.moment:
        raise DataError(f"column {column.name!r}: expected numbers or words to learn, got dates; write them as numbers")
    if task == "regression" and column.kind is Kind.word:
        raise DataError(f"column {column.name!r}: expected numbers for a regression, got words such as {names[0]!r}")
    why, classes = _reason(column, values, counts) if task is None else (f"--task {task}", task == "classification")
    if not classes:
        hint = "; --task classification says otherwise" if task is None and len(values) <= _MOST_CLASSES else ""
        return Chosen(Target(column.name, column.kind, None, column.unit), f"{why}: regression{hint}")
    _require_classes(column, names, counts)
    hint = "; --task regression says otherwise" if task is None and column.kind is Kind.number else ""
    target = Target(column.name, column.kind, names, column.unit, column.form)
    return Chosen(target, f"{why}: classification, {len(names)} classes{hint}")


def _reason(column: Column, values: NDArray[np.float64], counts: NDArray[np.int64]) -> tuple[str, bool]:
    if column.kind is Kind.word:
        return column.remark or "words", True
    if len(values) == 2 and counts.max() > 1:
        return "two values", True
    first, last = values[0], values[-1]
    gapless = first in (0, 1) and np.array_equal(values, np.arange(first, last + 1))
    if gapless and len(values) <= _MOST_CODES and counts.min() >= _SEVERAL:
        return f"whole numbers {first:.0f} to {last:.0f}, each at least {_SEVERAL} times", True
    return f"numbers, {len(values):,} different ones", False


def _require_classes(column: Column, names: tuple[str, ...], counts: NDArray[np.int64]) -> None:
    if len(names) > _MOST_CLASSES:
        raise DataError(
            f"column {column.name!r}: expected at most {_MOST_CLASSES} classes, got {len(names)}, such as {names[0]!r}"
        )
    if counts.max() == 1:
        raise DataError(
            f"column {column.name!r}: expected several rows of a class, got one of each, such as {names[0]!r}"
        )


def _names(column: Column, values: NDArray[np.float64]) -> tuple[str, ...]:
    if column.kind is Kind.word:
        return tuple(column.words[int(i)] for i in values)
    return tuple(name_of(float(value)) for value in values)


def targets_of(column: Column, target: Target) -> tuple[NDArray[Any], NDArray[np.bool_]]:
    """The classes from 0, int64, or numbers, float64, of each row; and which rows have one that the model knows."""
    if target.classes is None:
        return column.values, ~column.missing
    place = {name: i for i, name in enumerate(target.classes)}
    different, inverse = np.unique(column.values, return_inverse=True)
    codes = [place.get(_names(column, np.array([value]))[0], -1) if value == value else -1 for value in different]
    classes = np.array(codes, np.int64)[inverse]
    return classes, classes >= 0


def class_weights(text: str, y: NDArray[np.int64], names: tuple[str, ...] | None) -> NDArray[np.float64]:
    """How much each class counts.

    Args:
        text: "balanced", so that all classes count alike, however many rows they have; or "a=1,b=3", others 1.
        y: the classes of the training rows.

    Raises:
        DataError: there are no classes, no such class, or no such weight.
    """
    if names is None:
        raise DataError("--class-weight is for a classification; --weights names a column of weights for any task")
    if text == "balanced":
        counts = np.bincount(y, minlength=len(names))
        return len(y) / (np.count_nonzero(counts) * np.maximum(counts, 1))
    weights = np.ones(len(names))
    for part in text.split(","):
        name, mark, number = part.rpartition("=")
        try:
            weight = float(number) if mark else -1.0
        except ValueError:
            weight = -1.0
        if not 0 <= weight < np.inf:
            raise DataError(f"expected --class-weight as balanced or a=1,b=3, got {text!r}")
        try:
            weights[names.index(find_name(name.strip(), names))] = weight
        except DataError as error:
            raise DataError(f"--class-weight: {str(error).replace('a column among', 'a class among')}") from None
    if not weights.any():
        raise DataError(f"expected --class-weight with at least one above 0, got {text!r}")
    return weights


def shown_classes(target: Target) -> str:
    """The classes' names, for a sentence."""
    return counted(target.classes or ())
