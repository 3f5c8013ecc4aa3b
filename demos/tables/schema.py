"""What is learnt of a table's columns, from the training rows alone, and how any row becomes numbers by it."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from demos.tables.columns import Column, Kind, column_of, counted
from demos.tables.moments import DAY
from demos.tables.reading import Cells
from vector.data import DataError

FEW = 3  # training rows that a level needs for a column of its own
MOST_LEVELS = 100
_FEW_WORDS = 10  # above this, words of which more than half come once on average are names or texts
_PARTS = ("days", "month", "weekday", "hour")


@dataclass(frozen=True)
class Feature:
    """How a column becomes columns of numbers.

    Attributes:
        fill: what a missing number, or moment, counts as: the median of the training rows.
        missing: whether a column of 0 and 1 says where something is missing: where training rows lack something.
        levels: the words that have a column of 0 and 1 each. other: whether all other words share one.
        unit, form: as in `Column`.
        parts: what a moment becomes, of days (since 1970), month (1 to 12), weekday (0 is Monday) and hour.
    """

    name: str
    kind: Kind
    fill: float = 0.0
    missing: bool = False
    levels: tuple[str, ...] = ()
    other: bool = False
    unit: str = ""
    form: str = ""
    parts: tuple[str, ...] = ()

    @property
    def columns(self) -> tuple[str, ...]:
        """The names of the columns that it becomes, such as "colour=red"."""
        own = {
            Kind.number: (self.name,),
            Kind.moment: tuple(f"{self.name} ({part})" for part in self.parts),
            Kind.word: tuple(f"{self.name}={level}" for level in self.levels),
        }[self.kind]
        others = (f"{self.name}: other words",) if self.other else ()
        return (*own, *others, *((f"{self.name} is missing",) if self.missing else ()))

    def encoded(self, column: Column) -> NDArray[np.float64]:
        """The columns of numbers, (rows, len(columns))."""
        if self.kind is Kind.word:
            blocks = [self._levels(column)]
        else:
            filled = np.where(column.missing, self.fill, column.values)
            blocks = [filled[:, None] if self.kind is Kind.number else parts_of(filled, self.parts)]
        if self.missing:
            blocks.append(column.missing[:, None].astype(np.float64))
        return np.concatenate(blocks, axis=1)

    def unknown(self, column: Column) -> dict[str, int]:
        """How many rows have each word that was in no training row, or was too rare for a column of its own."""
        if self.kind is not Kind.word:
            return {}
        codes = column.values[~column.missing].astype(np.int64)
        counts = np.bincount(codes, minlength=len(column.words))
        return {word: int(n) for word, n in zip(column.words, counts, strict=True) if n and word not in self.levels}

    def _levels(self, column: Column) -> NDArray[np.float64]:
        place = {level: i for i, level in enumerate(self.levels)}
        width = len(self.levels) + self.other
        rest = len(self.levels) if self.other else width  # the one column too many is cut off below
        codes = np.array([*(place.get(word, rest) for word in column.words), width])
        chosen = codes[np.where(column.missing, -1, column.values).astype(np.int64)]
        return np.eye(width + 1)[chosen][:, :width]


def learn(column: Column, rows: NDArray[np.int64]) -> Feature | str:
    """The feature that a column is, by the training rows; or why it is left out."""
    values, missing = column.values[rows], column.missing[rows]
    there = values[~missing]
    if not len(there):
        return "empty"
    lacks = bool(missing.any())
    if (there == there[0]).all() and not lacks:
        return "the same in all rows"
    if column.kind is Kind.word:
        return _levels_of(column, there.astype(np.int64), lacks)
    with np.errstate(over="ignore"):
        fill = float(np.median(there))
    if column.kind is Kind.number:
        return Feature(column.name, Kind.number, fill, lacks, unit=column.unit)
    made = parts_of(there, _PARTS)
    parts = tuple(part for part, x in zip(_PARTS, made.T, strict=True) if (x != x[0]).any())
    return Feature(column.name, Kind.moment, fill, lacks, form=column.form, parts=parts or _PARTS[:1])


def _levels_of(column: Column, codes: NDArray[np.int64], lacks: bool) -> Feature | str:
    counts = np.bincount(codes, minlength=len(column.words))
    different = int(np.count_nonzero(counts))
    if different > _FEW_WORDS and 2 * different > len(codes):
        return "words that hardly come again"
    few = min(FEW, max(1, len(codes) // 10))
    order = np.argsort(-counts, kind="stable")[:MOST_LEVELS]
    chosen = sorted(int(i) for i in order if counts[i] >= few)
    if not chosen:
        return "words that hardly come again"
    levels = tuple(column.words[i] for i in chosen)
    return Feature(column.name, Kind.word, 0.0, lacks, levels, other=different > len(levels))


def parts_of(days: NDArray[np.float64], parts: Iterable[str]) -> NDArray[np.float64]:
    """(rows, parts) of moments in days since 1970."""
    moments = np.round(days * DAY).astype("datetime64[s]")
    whole = np.floor(days)
    made: Mapping[str, Callable[[], Any]] = {
        "days": lambda: days,
        "month": lambda: moments.astype("datetime64[M]").astype(np.int64) % 12 + 1,
        "weekday": lambda: (whole + 3) % 7,  # 1970 began on a Thursday
        "hour": lambda: (days - whole) * 24,
    }
    return np.stack([np.asarray(made[part](), np.float64) for part in parts], axis=1)


@dataclass(frozen=True)
class Target:
    """What is learnt.

    Attributes:
        name: of the column. kind: of its cells; classes may be numbers.
        classes: their names, in the order of the model's outputs; None for a regression.
        unit, form: as in `Column`.
    """

    name: str
    kind: Kind
    classes: tuple[str, ...] | None = None
    unit: str = ""
    form: str = ""


@dataclass(frozen=True)
class Schema:
    """What a model needs to know to read rows: its columns, and its target."""

    features: tuple[Feature, ...]
    target: Target

    @property
    def columns(self) -> tuple[str, ...]:
        """The names of the numbers that a row becomes."""
        return tuple(name for feature in self.features for name in feature.columns)

    def encoded(self, columns: Mapping[str, Column]) -> NDArray[np.float64]:
        """(rows, len(columns)), float64."""
        return np.concatenate([feature.encoded(columns[feature.name]) for feature in self.features], axis=1)

    def read(self, cells: Cells) -> dict[str, Column]:
        """The columns of another table that the model needs.

        Raises:
            DataError: one is not there, or its cells are not what they were in training.
        """
        absent = [feature.name for feature in self.features if feature.name not in cells.names]
        if absent:
            near = {name.strip().casefold(): name for name in cells.names}
            hints = [
                f"{near[name.strip().casefold()]!r} is not {name!r}"
                for name in absent
                if name.strip().casefold() in near
            ]
            named = counted([repr(name) for name in absent]) + (f" ({counted(hints)})" if hints else "")
            raise DataError(f"expected the columns that the model was trained with, got none named {named}")
        read = {feature.name: column_of(cells, feature.name, feature.kind, feature.form) for feature in self.features}
        for feature in self.features:
            column = read[feature.name]
            if cells.place == "line" and not column.missing.all() and column.unit != feature.unit:
                there, here = (unit or "no unit" for unit in (feature.unit, column.unit))
                raise DataError(f"column {feature.name!r}: expected numbers with {there}, as in training, got {here}")
        return read

    def as_json(self) -> dict[str, Any]:
        """Plain lists, texts and numbers."""
        return dataclasses.asdict(self)

    @classmethod
    def from_json(cls, found: Mapping[str, Any]) -> Schema:
        """What `as_json` made.

        Raises:
            KeyError, TypeError, ValueError: it did not make this.
        """
        features = tuple(Feature(**_restored(feature)) for feature in found["features"])
        return cls(features, Target(**_restored(found["target"])))


def _restored(found: Mapping[str, Any]) -> dict[str, Any]:
    made = {name: tuple(value) if isinstance(value, list) else value for name, value in found.items()}
    return {**made, "kind": Kind(found["kind"])}
