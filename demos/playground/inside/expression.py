"""The explorer's questions, answered in the page instead of by its server."""

from __future__ import annotations

from typing import Any

import viz
from demos.errors import CommandError
from demos.explorer import ledger, picture
from demos.explorer.answer import answer, differentiate, nudge, read
from demos.explorer.question import read_look, read_nudge, read_question
from demos.expression import ExpressionError
from demos.playground.inside.channel import answers


@answers
def numbers(body: dict[str, Any]) -> dict[str, Any]:
    """What changes with each move of a slider."""
    return answer(read_question(body))


@answers
def nudged(body: dict[str, Any]) -> dict[str, Any]:
    """What one input's move does to the output."""
    return nudge(read_question(body), *read_nudge(body))


@answers
def drawing(body: dict[str, Any]) -> dict[str, Any]:
    """What changes with the expression: graph and ledger, with places for the numbers."""
    rule = _rule(body)
    return {"ledger": str(ledger.table(rule)), "svg": picture.draw(rule, read_look(body))}


@answers
def player(body: dict[str, Any]) -> str:
    """The player's page of an expression."""
    return viz.player(_rule(body).output, title=read_question(body).expression).html


def _rule(body: dict[str, Any]) -> Any:
    try:
        return differentiate(*read(read_question(body)))
    except (ExpressionError, CommandError) as error:
        raise ValueError(str(error)) from None
