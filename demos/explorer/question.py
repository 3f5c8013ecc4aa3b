"""What the page asks: read from JSON, and refused where it is not what the page would send."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any, Literal, NamedTuple

from flask import Request
from werkzeug.exceptions import BadRequest


class Question(NamedTuple):
    """An expression and numbers for its inputs; there may be numbers too many, or too few."""

    expression: str
    inputs: Mapping[str, float]


class Look(NamedTuple):
    """How the picture is drawn."""

    palette: Literal["light", "dark"]
    direction: Literal["LR", "TB"]
    messages: bool


def read_question(request: Request) -> Question:
    """The expression and the inputs.

    Raises:
        UnsupportedMediaType: the body is not declared to be JSON. Pages from elsewhere may not declare that.
        BadRequest: it is not JSON, or not of this form.
    """
    match _body(request):
        case {"expression": str() as expression, "inputs": dict() as inputs}:
            return Question(expression, {name: _number(value) for name, value in inputs.items()})
    raise BadRequest('expected {"expression": text, "inputs": {name: number}}')


def read_link(request: Request) -> Question:
    """The expression and the inputs as a link has them: ?e=x*y&x=2&y=5.

    Raises:
        BadRequest: there is no expression, or an input is no finite number.
    """
    given = request.args.to_dict()
    if "e" not in given:
        raise BadRequest("expected an expression: ?e=x*y&x=2&y=5")
    expression = given.pop("e")
    try:
        return Question(expression, {name: _number(float(value)) for name, value in given.items()})
    except ValueError:
        raise BadRequest("expected a finite number for each input") from None


def read_look(request: Request) -> Look:
    """How the page wants its picture.

    Raises:
        UnsupportedMediaType, BadRequest: as for `read_question`.
    """
    match _body(request):
        case {
            "palette": "light" | "dark" as palette,
            "direction": "LR" | "TB" as direction,
            "messages": True | False as messages,
        }:
            return Look(palette, direction, messages)
    raise BadRequest('expected {"palette": "light" or "dark", "direction": "LR" or "TB", "messages": true or false}')


def read_nudge(request: Request) -> tuple[str, float]:
    """Which input the page moves, and by how much.

    Raises:
        UnsupportedMediaType, BadRequest: as for `read_question`.
    """
    match _body(request):
        case {"move": str() as name, "by": by}:
            return name, _number(by)
    raise BadRequest('expected {"move": name, "by": number}')


def _body(request: Request) -> Any:
    try:
        return request.get_json()
    except RecursionError:
        raise BadRequest("expected JSON of two levels") from None


def _number(value: object) -> float:
    if isinstance(value, int | float) and not isinstance(value, bool):
        try:
            number = float(value)
        except OverflowError:
            number = math.inf
        if math.isfinite(number):
            return number
    raise BadRequest("expected a finite number for each input")
