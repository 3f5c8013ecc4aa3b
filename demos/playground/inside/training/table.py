"""A pasted table: two columns of numbers and one of classes, as spreadsheets and CSV files have them."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import NamedTuple

from demos.playground.inside.training.points import MOST, Point

_FILLED = 1.5  # how far the points reach in the plane once they are scaled


class Table(NamedTuple):
    """Points, scaled into the plane, and how: each coordinate is (number − middle) / scale."""

    points: list[Point]
    middle: tuple[float, float]
    scale: tuple[float, float]
    columns: tuple[str, str]
    kinds: tuple[str, str]  # what the table calls the classes 0 and 1


def read_table(text: str) -> Table:
    r"""The points of a table whose rows are x, y, class; a first row without numbers names the columns.

    Cells are parted by tabs, semicolons, commas or spaces; where commas do not part them, a number may have a decimal
    comma. There must be two classes, named as one likes; the one that comes first in the alphabet is 0.

    Raises:
        ValueError: it is none, with the line that is wrong.

    >>> table = read_table("height;weight;kind\n1,5;70;cat\n0,5;60;dog")
    >>> table.points, table.kinds
    ([Point(x=1.5, y=1.5, kind=0), Point(x=-1.5, y=-1.5, kind=1)], ('cat', 'dog'))
    """
    lines = [(number, line.strip()) for number, line in enumerate(text.splitlines(), 1) if line.strip()]
    if not lines:
        raise ValueError("the table is empty: paste rows of x, y and class, such as 1.5, 0.2, a")
    separator = _separator(lines[0][1])
    rows = [(number, _cells(line, separator)) for number, line in lines]
    columns = ("x", "y")
    if len(rows[0][1]) == 3 and not any(_is_number(cell, separator) for cell in rows[0][1][:2]):
        columns = rows[0][1][0] or "x", rows[0][1][1] or "y"
        rows = rows[1:]
    if not rows:
        raise ValueError("the table has a heading and no rows: paste rows of x, y and class below it")
    if len(rows) > MOST:
        raise ValueError(f"the table has {len(rows):,} rows: expected at most {MOST:,}")
    numbers = [_row(number, cells, separator) for number, cells in rows]
    kinds = sorted({kind for _, _, kind in numbers})
    if len(kinds) != 2:
        named = ", ".join(kinds[:5]) + (", …" if len(kinds) > 5 else "")
        raise ValueError(f"the third column: expected two classes, got {len(kinds)}: {named}")
    (x_middle, x_scale), (y_middle, y_scale) = _span([x for x, _, _ in numbers]), _span([y for _, y, _ in numbers])
    points = [Point((x - x_middle) / x_scale, (y - y_middle) / y_scale, kinds.index(kind)) for x, y, kind in numbers]
    return Table(points, (x_middle, y_middle), (x_scale, y_scale), columns, (kinds[0], kinds[1]))


def _separator(line: str) -> str:
    """What parts the cells of this line."""
    return next((sign for sign in "\t;" if sign in line), "," if line.count(",") >= 2 else " ")


def _cells(line: str, separator: str) -> list[str]:
    cells = line.split() if separator == " " else line.split(separator)
    return [cell.strip().strip('"') for cell in cells]


def _float(cell: str, separator: str) -> float:
    text = cell.replace("−", "-")
    if separator != "," and re.fullmatch(r"[-+]?\d*,\d+([eE][-+]?\d+)?", text):
        text = text.replace(",", ".")
    return float(text)


def _is_number(cell: str, separator: str) -> bool:
    try:
        _float(cell, separator)
    except ValueError:
        return False
    return True


def _row(number: int, cells: Sequence[str], separator: str) -> tuple[float, float, str]:
    if len(cells) != 3:
        raise ValueError(
            f"line {number}: expected three cells, x, y and class, got {len(cells)}: {' | '.join(cells)[:60]}"
        )
    found = []
    for place, cell in enumerate(cells[:2], 1):
        x = _float(cell, separator) if _is_number(cell, separator) else float("nan")
        if not abs(x) < 1e300:  # NaN, too
            raise ValueError(f"line {number}, column {place}: expected a number, got {cell[:40] or 'nothing'}")
        found.append(x)
    if not cells[2]:
        raise ValueError(f"line {number}, column 3: expected a class, got nothing")
    return found[0], found[1], cells[2][:40]


def _span(numbers: Sequence[float]) -> tuple[float, float]:
    low, high = min(numbers), max(numbers)
    return low / 2 + high / 2, (high / 2 - low / 2) / _FILLED or 1.0
