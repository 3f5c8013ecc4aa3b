"""How a number or an array is written in the player."""

from dataclasses import dataclass
from typing import Any

from viz import labels
from viz.heat import Heat, heat

SHORT = 24  # characters that an array may take in a sentence
MOST = 6  # rows and columns of an array that is shown in full


@dataclass(frozen=True, slots=True)
class Quantity:
    """A number or an array as text.

    `short` stands in the picture and in formulas; `whole` says whether it has every element, or is a summary. There an
    array of few rows and columns is its `cells`. `full` is an array's shape and elements, or a long array's summary,
    which the thumbnail `heat` illustrates.
    """

    short: str
    full: str
    is_array: bool = False
    whole: bool = True
    heat: Heat | None = None
    cells: tuple[tuple[str, ...], ...] = ()

    @property
    def factor(self) -> str:
        """`short` as it stands in a product: negative numbers in brackets."""
        return f"({self.short})" if self.short.startswith("−") else self.short

    @property
    def lines(self) -> list[str]:
        """As it stands in the picture: the rows of cells, their points below one another."""
        columns = []
        for column in zip(*self.cells, strict=True):
            parts = [(whole, point + decimals) for whole, point, decimals in (cell.partition(".") for cell in column)]
            left, right = (max(map(len, side)) for side in zip(*parts, strict=True))
            columns.append([whole.rjust(left) + decimals.ljust(right) for whole, decimals in parts])
        return ["  ".join(row) for row in zip(*columns, strict=True)] or [self.short]


def quantity(value: Any, precision: int | str) -> Quantity:
    """`value`, a number or an array, written as `labels.number` does.

    >>> quantity(-0.00001, 4).short
    '−1e−05'
    >>> import numpy as np
    >>> quantity(np.array([3.0, -4.0]), 4).full
    '(2,) float64: [3, −4]'
    """
    if not labels.is_array(value) or value.shape == ():
        text = labels.data(value, precision)
        return Quantity(text, text)
    few = 0 < value.size <= value.shape[-1] * MOST <= MOST * MOST and value.dtype.kind != "c"
    rows = value.reshape(-1, value.shape[-1]).tolist() if few else []
    norm = f"norm {labels.number(labels.norm(value), precision)}"
    listed = labels.nested(rows if value.ndim > 1 else rows[0], precision) if few else labels.data(value, precision)
    elements = listed if value.size else "no elements"
    long = labels.is_long(value)
    whole = value.size > 0 and value.ndim < 3 and not long and len(elements) <= SHORT
    short = elements if whole else f"{tuple(value.shape)}{'' if few else f' {norm}'}"
    full = f"{labels.shape(value)}{'' if few else f', {norm}'}: {elements}"
    cells = tuple(tuple(labels.number(x, precision) for x in row) for row in rows)
    return Quantity(short, full, True, whole, heat(value) if long else None, cells)
