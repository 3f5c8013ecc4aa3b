"""The values that follow an expression on the command line: `x1=2 x2=-pi/2`."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence

from demos.elementary import REAL
from demos.expression import Expression, ExpressionError
from demos.parser import CONSTANTS, FUNCTIONS, parse

DEFAULT_INPUT = 1.0
"""Where the explorer starts an input without a value."""


def read_inputs(expression: Expression, assignments: Sequence[str]) -> dict[str, float]:
    """One finite number per name of `expression`, in the order in which the names appear.

    Args:
        expression: what the values are for; it must name at least one input.
        assignments: "name=value" each; a value is a number or an expression of numbers, such as -pi/2.

    Raises:
        ExpressionError: an assignment that cannot be read, that comes twice, or that the expression does not use;
            a name without a value; an expression without a name.
    """
    if not expression.names:
        raise ExpressionError("the expression names no input, so it has no gradient: write x1, say", expression.source)
    values: dict[str, float] = {}
    for assignment in assignments:
        name, value = _read(assignment)
        if name in values:
            raise ExpressionError(f"{name} is given twice", assignment)
        if name not in expression.names:
            expected = ", ".join(expression.names)
            raise ExpressionError(f"the expression does not use {name}; its inputs are {expected}", assignment)
        values[name] = value
    expression.require_values(values)
    return {name: values[name] for name in expression.names}


def _read(assignment: str) -> tuple[str, float]:
    """One assignment as a name and a number."""
    text, equals, value = assignment.partition("=")
    name = unicodedata.normalize("NFKC", text.strip())  # as Python's parser spells the names of an expression
    if not equals or not name.isidentifier():
        raise ExpressionError("expected a value as name=number, such as x1=2", assignment)
    if name in CONSTANTS or name in FUNCTIONS:
        kind = "constant" if name in CONSTANTS else "function"
        raise ExpressionError(f"{name} is a {kind} and takes no value: choose another name", assignment)
    try:
        number = parse(value)
    except ExpressionError as error:
        raise ExpressionError(error.message, assignment, len(text) + 1 + error.column) from None
    if number.names:
        message = f"the value of {name} is not a number: expected one such as 2, -0.5 or pi/2"
        raise ExpressionError(message, assignment, len(text) + 1)
    return name, number.evaluate(REAL, {})
