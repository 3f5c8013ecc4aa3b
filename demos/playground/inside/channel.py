"""How the page and Python talk: calls from the page, answered in JSON, and what is told while a call runs."""

from __future__ import annotations

import importlib
import json
import math
from collections.abc import Callable
from typing import Any, TypeVar

_ROOM = __name__.rpartition(".")[0]
_answering: set[Callable[..., Any]] = set()
_post: list[Callable[[str, str], object]] = []

F = TypeVar("F", bound=Callable[..., Any])


def answers(function: F) -> F:
    """Let the page call this function, with keyword arguments; what it returns must be what JSON can hold."""
    _answering.add(function)
    return function


def connect(post: Callable[[str, str], object]) -> None:
    """Name the one who carries what is told to the page, as its kind and JSON."""
    _post[:] = [post]


def say(kind: str, data: Any = None) -> None:
    """Tell the page something now, in the middle of a call; where there is no page, nobody hears it."""
    for post in _post:
        post(kind, json.dumps(data))


def dispatch(name: str, arguments: str) -> str:
    """Answer a call such as "program.run", with its arguments in JSON.

    Raises:
        LookupError: there is no such function for the page to call.
    """
    module, _, function = name.rpartition(".")
    try:
        found = getattr(importlib.import_module(f"{_ROOM}.{module}"), function)
    except (ImportError, AttributeError):
        raise LookupError(f"expected a function of {_ROOM} that answers the page; got {name!r}") from None
    if found not in _answering:
        raise LookupError(f"expected a function with the decorator `answers`; got {name!r}")
    return json.dumps(found(**json.loads(arguments)), separators=(",", ":"))


def number(x: float) -> float | str:
    """A number for JSON, which knows neither infinities nor NaN: JavaScript's `Number` reads their names.

    >>> number(0.5), number(float("-inf")), number(float("nan"))
    (0.5, '-Infinity', 'NaN')
    """
    if math.isfinite(x):
        return x
    return "NaN" if math.isnan(x) else "Infinity" if x > 0 else "-Infinity"
