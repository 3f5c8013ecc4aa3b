"""What the page asks: read from what JSON held, and refused where it is not what the page would send."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Literal, NamedTuple


class Question(NamedTuple):
    """An expression and numbers for its inputs; there may be numbers too many, or too few."""

    expression: str
    inputs: Mapping[str, float]


class Look(NamedTuple):
    """How the picture is drawn."""

    palette: Literal["light", "dark"]
    direction: Literal["LR", "TB"]
    messages: bool


def read_question(body: object) -> Question:
    """The expression and the inputs.

    Raises:
        ValueError: the body is not of this form.
    """
    match body:
        case {"expression": str() as expression, "inputs": dict() as inputs}:
            return Question(expression, {name: read_number(value) for name, value in inputs.items()})
    raise ValueError('expected {"expression": text, "inputs": {name: number}}')


def read_look(body: object) -> Look:
    """How the page wants its picture.

    Raises:
        ValueError: as for `read_question`.
    """
    match body:
        case {
            "palette": "light" | "dark" as palette,
            "direction": "LR" | "TB" as direction,
            "messages": True | False as messages,
        }:
            return Look(palette, direction, messages)
    raise ValueError('expected {"palette": "light" or "dark", "direction": "LR" or "TB", "messages": true or false}')


def read_nudge(body: object) -> tuple[str, float]:
    """Which input the page moves, and by how much.

    Raises:
        ValueError: as for `read_question`.
    """
    match body:
        case {"move": str() as name, "by": by}:
            return name, read_number(by)
    raise ValueError('expected {"move": name, "by": number}')


def read_number(value: object) -> float:
    """A finite number.

    Raises:
        ValueError: it is none.
    """
    if isinstance(value, int | float) and not isinstance(value, bool):
        try:
            number = float(value)
        except OverflowError:
            number = math.inf
        if math.isfinite(number):
            return number
    raise ValueError("expected a finite number for each input")
