"""How a question comes to the server: as JSON or in a link; what is not of its form is refused as a bad request."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from flask import Request
from werkzeug.exceptions import BadRequest

from demos.explorer.question import Question, read_number

T = TypeVar("T")


def read_body(request: Request, read: Callable[[object], T]) -> T:
    """What `read` makes of the request's JSON.

    Raises:
        UnsupportedMediaType: the body is not declared to be JSON. Pages from elsewhere may not declare that.
        BadRequest: it is not JSON, or not what `read` expects.
    """
    try:
        return read(request.get_json())
    except RecursionError:
        raise BadRequest("expected JSON of two levels") from None
    except ValueError as error:
        raise BadRequest(str(error)) from None


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
        return Question(expression, {name: read_number(float(value)) for name, value in given.items()})
    except ValueError:
        raise BadRequest("expected a finite number for each input") from None
