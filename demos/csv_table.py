"""A CSV file with a header, whose columns are numbers or words."""

import math
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from os import PathLike
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from vector.arrays import Array
from vector.data.idx import DataError

_MOST_WORDS = 100  # a column with more different words holds names or texts, no categories
_MOST_CLASSES = 20  # whole numbers with more different values are amounts, no classes
_FEW_WORDS = 10  # above this, words that come less than twice on average are names or texts
_WHOLE = re.compile(r"[+-]?\d+")
_DATE = re.compile(r"\d{1,4}([-/.])\d{1,2}\1\d{1,4}([ T].*)?|\d{1,2}:\d{2}(:\d{2}.*)?")

Rows = list[tuple[int, list[str]]]  # the line of the file, the cells
Cells = list[str] | Array  # a column: words, or numbers in float64


@dataclass(frozen=True, eq=False)
class Table:
    """The contents of a CSV file, as arrays.

    Attributes:
        x: (n, columns), float64. A column of numbers stays as it is; each word of another becomes a column of 0 and 1.
        columns: the names of x's columns, "colour=red" for a word's.
        y: (n,); classes from 0, int64, or numbers, float64.
        classes: the names of the classes in y, sorted; None for a regression.
        lines: (n,), the line of the file at which each row ends.
    """

    x: NDArray[np.float64]
    columns: tuple[str, ...]
    y: Array
    classes: tuple[str, ...] | None
    lines: NDArray[np.int64]


def read_csv(path: str | PathLike[str], target: str, *, drop: Iterable[str] = (), task: str | None = None) -> Table:
    """Read a table to predict one of its columns from the others.

    path: a file in UTF-8 whose first line names the columns; cells are separated by commas (RFC 4180).
    target: the column to predict.
    drop: columns to leave out.
    task: "classification" or "regression"; None takes words for classes, and whole numbers that have at most 20 values
        and come twice on average.

    Raises DataError, naming the column and the line, for a file that cannot be read; no header, a name that is missing
    or comes twice; rows of different lengths; an empty cell, NaN or infinity; a word in a column of numbers; dates;
    more than 100 words in a column, or more than half as many as rows; fewer than two rows; the same target in all
    rows.
    """
    if task not in (None, "classification", "regression"):
        raise ValueError(f"read_csv: expected task 'classification' or 'regression', got {task!r}")
    try:
        header, rows = _read(path)
        left_out = {_index(header, name) for name in drop}
        label = _index(header, target)
        features = [i for i in range(len(header)) if i not in left_out and i != label]
        if not features or label in left_out:
            raise DataError("no column is left to learn, or to learn from")
        blocks = [_feature(header[i], _cells(header[i], i, rows)) for i in features]
        y, classes = _target(target, _cells(target, label, rows), task)
    except DataError as error:
        raise DataError(f"{path}: {error}") from None
    names = tuple(name for block_names, _ in blocks for name in block_names)
    lines = np.array([line for line, _ in rows])
    return Table(np.concatenate([block for _, block in blocks], axis=1), names, y, classes, lines)


def _read(path: str | PathLike[str]) -> tuple[list[str], Rows]:
    import csv  # here, to import `vector.data` in less time

    try:
        with Path(path).open(encoding="utf-8-sig", newline="") as stream:
            reader = csv.reader(stream, strict=True)
            rows = [(reader.line_num, [cell.strip() for cell in row]) for row in reader if any(row)]
    except OSError as error:
        raise DataError(f"cannot be read: {error.strerror or error}") from None
    except UnicodeDecodeError:
        raise DataError("expected text in UTF-8, got other bytes") from None
    except csv.Error as error:
        raise DataError(f"expected a CSV file ({error})") from None
    if not rows:
        raise DataError("expected a header and rows, got an empty file")
    (_, header), *rows = rows
    _check_header(header)
    for line, row in rows:
        if len(row) != len(header):
            raise DataError(f"line {line}: expected {len(header)} cells, as in the header, got {len(row)}")
    if len(rows) < 2:
        raise DataError(f"expected at least two rows below the header, got {len(rows)}")
    return header, rows


def _check_header(header: list[str]) -> None:
    if any("\0" in name for name in header):
        raise DataError("expected text, got binary data")
    if len(header) == 1 and any(mark in header[0] for mark in ";\t"):
        raise DataError(
            "expected cells separated by commas, got semicolons or tabs; export it with commas, and points in numbers"
        )
    if numbers := [name for name in header if _number(name) is not None]:
        raise DataError(f"expected the columns' names in the first line, got the number {numbers[0]}")
    for name in header:
        if not name:
            raise DataError("expected a name for each column, got an empty one in the first line")
        if header.count(name) > 1:
            raise DataError(f"expected each column's name once, got {name!r} {header.count(name)} times")


def _index(header: Sequence[str], name: str) -> int:
    if name in header:
        return header.index(name)
    import difflib

    near = difflib.get_close_matches(name, header, n=1)
    hint = f"; did you mean {near[0]!r}?" if near else ""
    raise DataError(f"expected a column among {', '.join(header[:20])}, got {name!r}{hint}")


def _number(cell: str) -> float | None:
    if "_" in cell:  # which Python skips in 1_000
        return None
    try:
        return float(cell)
    except ValueError:
        return None


def _cells(name: str, index: int, rows: Rows) -> Cells:
    """A column: words, or numbers when at least half of its cells are."""
    lines, cells = [line for line, _ in rows], [row[index] for _, row in rows]
    if "" in cells:
        line = lines[cells.index("")]
        raise DataError(f"line {line}, column {name!r}: expected a value, got an empty cell; fill or remove it")
    if 2 * sum(_DATE.fullmatch(cell) is not None for cell in cells) > len(cells):
        raise DataError(
            f"column {name!r}: expected numbers or words, got dates or times such as {cells[0]!r}; leave it out "
            "(drop), or write columns of numbers, such as the year"
        )
    numbers = [_number(cell) for cell in cells]
    if 2 * numbers.count(None) > len(cells):
        return cells
    for line, cell, number in zip(lines, cells, numbers, strict=True):
        if number is None:
            raise DataError(f"line {line}, column {name!r}: expected a number, as in the other rows, got {cell!r}")
        if not math.isfinite(number):
            raise DataError(f"line {line}, column {name!r}: expected a finite number, got {cell}")
        if abs(number) >= 2**53 and _WHOLE.fullmatch(cell) and int(cell) != number:
            raise DataError(
                f"line {line}, column {name!r}: expected whole numbers that float64 holds, up to 2⁵³, got {cell}; "
                "leave it out (drop), or write the difference to the smallest, or a larger unit"
            )
    return np.array(numbers, np.float64)


def _feature(name: str, cells: Cells) -> tuple[list[str], Array]:
    """The names and the numbers, (n, columns), that a column of the file becomes."""
    if isinstance(cells, np.ndarray):
        return [name], cells[:, None]
    words, codes = np.unique(cells, return_inverse=True)
    if _FEW_WORDS < len(words) <= _MOST_WORDS and 2 * len(words) > len(cells):
        raise DataError(
            f"column {name!r}: expected numbers, or words that come again, got {len(words)} different words in "
            f"{len(cells)} rows, such as {cells[0]!r}; leave it out (drop), or write plain numbers"
        )
    if len(words) > _MOST_WORDS:
        raise DataError(
            f"column {name!r}: expected at most {_MOST_WORDS} different words, got {len(words)}; leave it out (drop)"
        )
    return [f"{name}={word}" for word in words], np.eye(len(words))[codes]


def _name(value: str | float) -> str:
    """A class as people write it, with all digits."""
    return str(int(value)) if isinstance(value, float) and value.is_integer() and abs(value) < 1e16 else str(value)


def _target(name: str, cells: Cells, task: str | None) -> tuple[Array, tuple[str, ...] | None]:
    values, codes = np.unique(cells, return_inverse=True)
    if len(values) < 2:
        raise DataError(f"column {name!r}: expected at least two different targets, got only {values[0]}")
    numbers = isinstance(cells, np.ndarray)
    few = len(values) <= _MOST_CLASSES and 2 * len(values) <= len(cells)
    if task == "regression" or (task is None and numbers and not (few and (values == np.floor(values)).all())):
        if not numbers:
            raise DataError(f"column {name!r}: expected numbers for a regression, got words such as {str(values[0])!r}")
        return np.asarray(cells), None
    if len(values) > _MOST_WORDS:
        raise DataError(f"column {name!r}: expected at most {_MOST_WORDS} classes, got {len(values)}")
    return codes.astype(np.int64), tuple(map(_name, values.tolist()))
