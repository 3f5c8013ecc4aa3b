"""A user's table from the file to the numbers that a model learns from."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from demos.tables.columns import Column, Kind, column_of, counted
from demos.tables.reading import Cells, find_name, read_cells
from demos.tables.schema import Feature, Schema, Target, learn
from demos.tables.source import Source
from demos.tables.target import choose, class_weights, targets_of
from vector.data import DataError
from vector.training.samples import split

TEST = 0.2
"""The share of the rows that choose nothing, where there are enough."""
_ENOUGH = 50  # rows for a test of its own
_PURPOSE = 4  # the test rows' random numbers; see `vector.training.feed`
_COUNTERS = ("", "id", "index", "row", "rownames", "no", "nr", "unnamed: 0")


@dataclass(frozen=True, eq=False)
class Encoded:
    """The numbers of a table: training and validation rows, test rows or None, and how they were made.

    Attributes:
        x: (n, columns), y: (n,). lines: where each row stands in the file. weights: (n,), or None for alike.
        test: the same of the rows that choose nothing, without weights; test_lines: where they stand.
    """

    x: NDArray[np.float64]
    y: NDArray[Any]
    lines: NDArray[np.int64]
    weights: NDArray[np.float64] | None
    test: tuple[NDArray[np.float64], NDArray[Any]] | None
    test_lines: NDArray[np.int64] | None
    schema: Schema


@dataclass(eq=False)
class Table:
    """A table whose cells are read, and whose test rows are drawn.

    Args:
        source: where it is, and what is to be made of it.
        seed: of the test rows.

    Attributes:
        target: what is learnt. y: of each row that has a target; rows: which these are.
        kept, test: which rows choose something, and which choose nothing, as indices.
        notes: what a user should know, a line each.

    Raises:
        DataError: the file cannot be read, or there is nothing to learn; it names file, column and line.
        ImportError: pandas is not installed.
    """

    source: Source
    seed: int = 0
    notes: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        source = self.source
        if source.task not in (None, "classification", "regression"):
            raise ValueError(f"expected task 'classification' or 'regression', got {source.task!r}")
        try:
            self._read()
        except DataError as error:
            raise DataError(f"{source.csv}: {error}") from None

    def encoded(self, validation: float, seed: int) -> Encoded:
        """The rows as numbers; what they are made by is learnt without the shares of test and validation.

        Raises:
            DataError: nothing is left to learn from.
        """
        try:
            return self._encoded(validation, seed)
        except DataError as error:
            raise DataError(f"{self.source.csv}: {error}") from None

    @cached_property
    def features(self) -> dict[str, Column]:
        """The columns to learn from."""
        aside = {self.source.target, self.source.weights, *self.source.drop, *self._aside}
        return {name: column_of(self.cells, name) for name in self.cells.names if name not in aside}

    @property
    def resolved(self) -> Source:
        """The source with all that was found out, so that the same is read again."""
        dialect = self.cells.dialect
        task = "regression" if self.target.classes is None else "classification"
        return dataclasses.replace(
            self.source, task=task, separator=dialect.separator, decimal=dialect.decimal, encoding=dialect.encoding,
            header=self.cells.header, test=self.share,
        )  # fmt: skip

    @property
    def identity(self) -> dict[str, Any]:
        """By which the file is known again."""
        cells = self.cells
        return {
            "sha256": cells.digest, "bytes": cells.size, "rows": len(cells.lines), "columns": len(cells.names),
        }  # fmt: skip

    def require_same(self, stored: Mapping[str, Any]) -> None:
        """Refuse a file that has changed since its `identity` was stored.

        Raises:
            DataError: it has.
        """
        ours = self.identity
        if stored["sha256"] != ours["sha256"]:
            raise DataError(
                f"{self.source.csv} has changed since this training began: {stored['rows']:,} rows and "
                f"{stored['bytes']:,} bytes then, {ours['rows']:,} and {ours['bytes']:,} now; put it back, or train in "
                "another folder"
            )

    def _read(self) -> None:
        source = self.source
        self.cells = read_cells(
            source.csv, separator=source.separator, decimal=source.decimal, encoding=source.encoding,
            header=source.header, missing=source.missing,
        )  # fmt: skip
        names = self.cells.names
        for name in (source.target, *source.drop, *([source.weights] if source.weights else [])):
            _require_one(name, names)
        if source.target in source.drop or source.target == source.weights:
            raise DataError(f"expected a target that is not left out, got {source.target!r} for both")
        if len(self.cells.lines) < 2:
            raise DataError(f"expected at least two rows below the header, got {len(self.cells.lines)}")
        column = column_of(self.cells, source.target)
        chosen = choose(column, source.task)
        self.target: Target = chosen.target
        y, known = targets_of(column, self.target)
        rows = np.flatnonzero(known)
        self._aside = _counters(self.cells)
        self._tell(len(y), len(rows), chosen.reason)
        self.rows, self.y = rows, y[rows]
        self.test, self.kept = self._drawn()

    def _tell(self, rows: int, known: int, reason: str) -> None:
        name = Path(self.source.csv).name
        written = str(self.cells.dialect)
        self.notes.append(f"{name}: {rows:,} rows{f', read as {written}' if written else ''}")
        if known < rows:
            self.notes.append(f"{rows - known:,} rows without a {self.source.target!r} are left out")
        for name, why in self._aside.items():
            self.notes.append(f"left out: {name!r}, which {why} the rows")
        self.notes.append(f"target {self.source.target!r}: {reason}")

    def _drawn(self) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """The test rows and the others, as indices into `rows`; of each class its share."""
        count, share = len(self.rows), self.source.test
        if share is None:
            share = TEST if count >= _ENOUGH else 0.0
            if not share:
                self.notes.append(
                    f"too few rows to hold some out as a test: {count}, expected at least {_ENOUGH}; --test 0.2 does so"
                )
        self.share = share
        generator = np.random.default_rng([self.seed, _PURPOSE])
        groups = [np.arange(count)]
        if self.target.classes is not None:
            groups = [np.flatnonzero(self.y == i) for i in range(len(self.target.classes))]
        drawn = _shares(groups, share, generator)
        if share and not 0 < len(drawn) < count - 1:
            raise DataError(f"expected rows for a test share of {share} and for the training, got {count} rows in all")
        return drawn, np.setdiff1d(np.arange(count), drawn)

    def _encoded(self, validation: float, seed: int) -> Encoded:
        order = np.arange(len(self.kept))
        training = split(order, order, validation, seed)[0] if validation else order
        within = self.rows[self.kept[training]]
        schema = Schema(self._learnt(within), self.target)
        x = schema.encoded(self.features)
        y = self.y
        if len(np.unique(y[self.kept[training]])) < 2:
            raise DataError(
                f"column {self.target.name!r}: the training rows have one target only; take another --seed or share"
            )
        test, test_lines, lines = None, None, self.cells.lines
        if len(self.test):
            chosen = self.rows[self.test]
            test, test_lines = (x[chosen], y[self.test]), lines[chosen]
        kept = self.rows[self.kept]
        weights = self._weights(training)
        return Encoded(x[kept], y[self.kept], lines[kept], weights, test, test_lines, schema)

    def _learnt(self, rows: NDArray[np.int64]) -> tuple[Feature, ...]:
        """The features by the training rows; a note for those that are left out."""
        learnt = {name: learn(column, rows) for name, column in self.features.items()}
        features = tuple(one for one in learnt.values() if isinstance(one, Feature))
        left_out: dict[str, list[str]] = {}
        for name, one in learnt.items():
            if isinstance(one, str):
                left_out.setdefault(one, []).append(repr(name))
        why = "; ".join(f"{counted(names)} ({reason})" for reason, names in left_out.items())
        if not features:
            raise DataError("no column is left to learn from" + (f": {why}" if why else ""))
        self.notes += [f"left out: {why}"] if why else []
        self.notes += [f"column {name!r}: {one.remark}" for name, one in self.features.items() if one.remark]
        for words, stands in ((True, "none of the words stands there"), (False, "the median stands there")):
            lacking = [repr(one.name) for one in features if one.missing and (one.kind is Kind.word) is words]
            if lacking:
                self.notes.append(f"missing cells in {counted(lacking)}: {stands}, and a column that says so")
        return features

    def _weights(self, training: NDArray[np.int64]) -> NDArray[np.float64] | None:
        source, y = self.source, self.y[self.kept]
        weights = None
        if source.class_weight:
            weights = class_weights(source.class_weight, y[training], self.target.classes)[y]
        if source.weights is not None:
            column = column_of(self.cells, source.weights, Kind.number)
            own = column.values[self.rows[self.kept]]
            wrong = np.flatnonzero(~(own >= 0))
            if len(wrong):
                line = self.cells.lines[self.rows[self.kept[wrong[0]]]]
                raise DataError(f"line {line}, column {source.weights!r}: expected weights >= 0, got {own[wrong[0]]:g}")
            if not own[training].any():
                raise DataError(f"column {source.weights!r}: expected a weight above 0, got 0 in all training rows")
            weights = own if weights is None else own * weights
        return weights


def _require_one(name: str, names: list[str]) -> None:
    """Refuse what is no column's name, and several of them in one."""
    if name not in names and "," in name and all(part.strip() in names for part in name.split(",")):
        raise DataError(
            f"expected one column as the target, got {name!r}: one is learnt at a time, so train once for each"
        )
    find_name(name, names)


def _counters(cells: Cells) -> dict[str, str]:
    """Columns that count the rows, as programs write them beside a table, or name them; they would tell their order."""
    found, numbers = {}, np.arange(len(cells.lines))
    for name in cells.names:
        values = cells.frame[name]
        if name.casefold() in _COUNTERS and values.dtype.kind in "iu":
            if np.array_equal(values, numbers) or np.array_equal(values, numbers + 1):
                found[name] = "counts"
        elif not name and values.is_unique and values.dtype.kind not in "iuf":
            found[name] = "names"
    if "" in cells.names and "" not in found:
        raise DataError("expected a name for each column, got an empty one in the first line")
    return found


def _shares(groups: list[NDArray[np.int64]], share: float, generator: np.random.Generator) -> NDArray[np.int64]:
    """A share of each group, and of all together, drawn at random; what rounding leaves goes to the largest rests."""
    exact = np.array([len(group) * share for group in groups])
    counts = np.floor(exact).astype(np.int64)
    over = round(float(exact.sum())) - int(counts.sum())
    counts[np.argsort(counts - exact, kind="stable")[:over]] += 1
    counts = np.minimum(counts, [max(len(group) - 1, 0) for group in groups])
    drawn = [generator.permutation(group)[:count] for group, count in zip(groups, counts, strict=True)]
    return np.sort(np.concatenate(drawn))
