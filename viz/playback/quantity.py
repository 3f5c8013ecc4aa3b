"""How a number or an array is written in the player."""

from dataclasses import dataclass
from typing import Any

from viz import labels
from viz.heat import Heat, heat

SHORT = 24  # characters that an array may take in the picture and in formulas


@dataclass(frozen=True, slots=True)
class Quantity:
    """A number or an array as text.

    `short` stands in the picture and in formulas; `whole` says whether it has every element, or is a summary. `full` is
    an array's shape and elements, or a long array's summary, which the thumbnail `heat` illustrates.
    """

    short: str
    full: str
    is_array: bool = False
    whole: bool = True
    heat: Heat | None = None

    @property
    def factor(self) -> str:
        """`short` as it stands in a product: negative numbers in brackets."""
        return f"({self.short})" if self.short.startswith("−") else self.short


def quantity(value: Any, precision: int | str) -> Quantity:
    """`value`, a number or an array, written as `labels.number` does.

    >>> quantity(-0.00001, 4).short
    '−1e−05'
    >>> import numpy as np
    >>> quantity(np.array([3.0, -4.0]), 4).full
    '(2,) float64, norm 5: [3, −4]'
    """
    if not labels.is_array(value):
        text = labels.number(value, precision)
        return Quantity(text, text)
    if value.shape == ():
        return quantity(value.item(), precision)
    norm = f"norm {labels.number(labels.norm(value), precision)}"
    elements = labels.data(value, precision) if value.size else "no elements"
    long = labels.is_long(value)
    whole = value.size > 0 and not long and len(elements) <= SHORT
    return Quantity(
        short=elements if whole else f"{tuple(value.shape)} {norm}",
        full=f"{labels.shape(value)}, {norm}: {elements}",
        is_array=True,
        whole=whole,
        heat=heat(value) if long else None,
    )
