"""Numbers, arrays and whatever else an example returns, as text."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from demos.gallery.judgement import as_array
from scalar import Value
from vector import Tensor

DIGITS = 6
FEW_ELEMENTS = 9  # the same, where there is little room
MOST_ELEMENTS = 60  # an array with more is shown by its corners


def written(answer: Any, digits: int = DIGITS, most: int = MOST_ELEMENTS) -> str:
    """The answer on one line or, for tables of numbers, on several.

    >>> written(-0.25), written([1.0, 2.0]), written("12x³"), written(True), written(1e-17)
    ('−0.25', '[1 2]', '12x³', 'yes', '1e−17')
    """
    if isinstance(answer, str):
        return answer
    if isinstance(answer, Mapping):
        return "\n".join(f"{key}: {written(value, digits, most)}" for key, value in answer.items())
    if isinstance(answer, list | tuple) and not _is_array(answer):
        return ", ".join(written(part, digits, most) for part in answer)
    if isinstance(answer, Value | Tensor | np.ndarray | np.generic | float | int | list | tuple | complex):
        return _array(as_array(answer), digits, most)
    return str(answer)


def _array(array: Any, digits: int, most: int) -> str:
    return np.array2string(
        array,
        formatter={"all": lambda element: _element(element, digits)},
        threshold=most,
        edgeitems=3 if most >= MOST_ELEMENTS else 2,
        max_line_width=88 if most >= MOST_ELEMENTS else 30,
    )


def _element(element: Any, digits: int) -> str:
    if isinstance(element, bool | np.bool_):
        return "yes" if element else "no"
    if isinstance(element, int | np.integer):
        return f"{element:,}".replace("-", "−").replace(",", "\N{NARROW NO-BREAK SPACE}")
    if isinstance(element, float | np.floating | complex | np.complexfloating):
        return f"{element:.{digits}g}".replace("-", "−")
    return str(element)


def _is_array(answer: Any) -> bool:
    """Whether nested lists make an array of numbers or truth values, one shape a level."""
    try:
        parts = [as_array(part) for part in answer]
    except (TypeError, ValueError):
        return False
    kinds = all(np.issubdtype(part.dtype, np.number) or part.dtype == bool for part in parts)
    return kinds and len({part.shape for part in parts}) <= 1


def in_a_cell(answer: Any) -> str:
    """The answer where there is little room: a large array by its corners and its shape.

    >>> print(in_a_cell(np.arange(100.0)))
    [0 1 ... 98 99]
    (100,)
    """
    text, array = written(answer, most=FEW_ELEMENTS), as_array(answer)
    return f"{text}\n{array.shape}" if array.size > FEW_ELEMENTS else text


def difference(number: float | None) -> str:
    """How far two answers are apart: two digits tell enough."""
    return "–" if number is None else "0" if number == 0 else written(float(f"{number:.1e}"), 2)
