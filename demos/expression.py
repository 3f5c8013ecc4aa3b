"""What an expression is: a postfix program that runs on any engine.

Postfix needs no recursion, so a sum of a thousand terms is no deeper than a sum of two. `demos.parser` reads one.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

_OPERATORS: Mapping[str, Callable[..., Any]] = {
    "add": operator.add,
    "subtract": operator.sub,
    "multiply": operator.mul,
    "divide": operator.truediv,
    "power": operator.pow,
    "negative": operator.neg,
}

T = TypeVar("T")


class ExpressionError(ValueError):
    """An expression or a value that cannot be read.

    Attributes:
        message: one line saying what is wrong and how to put it right.
        source: the text that was read.
        column: the place in `source`, counted in characters from 0.
    """

    def __init__(self, message: str, source: str, column: int = 0) -> None:
        super().__init__(message)
        self.message = message
        self.source = source
        self.column = column


@dataclass(frozen=True, slots=True)
class Number:
    """A step that pushes a number."""

    value: float


@dataclass(frozen=True, slots=True)
class Name:
    """A step that pushes the value of an input."""

    name: str
    column: int


@dataclass(frozen=True, slots=True)
class Apply:
    """A step that replaces the topmost `arity` operands by the result of an operator or a function."""

    function: str
    arity: int
    column: int

    def found_in(self, functions: object) -> Callable[..., Any]:
        """The function itself: of `functions`, else Python's own operator."""
        function: Callable[..., Any] = getattr(functions, self.function, None) or _OPERATORS[self.function]
        return function


Step = Number | Name | Apply


@dataclass(frozen=True, slots=True)
class Expression:
    """A parsed expression: its source text and its postfix program.

    >>> import math
    >>> from demos.parser import parse
    >>> expression = parse("ln(x1) + x1*x2 - sin(x2)")
    >>> expression.names
    ('x1', 'x2')
    >>> round(expression.evaluate(math, {"x1": 2.0, "x2": 5.0}), 6)
    11.652071
    """

    source: str
    steps: tuple[Step, ...]

    @property
    def names(self) -> tuple[str, ...]:
        """The inputs in order of appearance."""
        return tuple(dict.fromkeys(step.name for step in self.steps if isinstance(step, Name)))

    def evaluate(self, functions: object, inputs: Mapping[str, T]) -> T:
        """The value of the expression, on whatever the inputs are: floats, Values, Tensors, complex numbers.

        Args:
            functions: a module, or anything like one, with the functions that are called (ln, max and min under the
                names log, maximum and minimum). Operators are Python's own, unless it has an add, subtract, multiply,
                divide, power or negative. At least one operand of every call came from `inputs`.
            inputs: a value for each of `names`.

        Raises:
            ExpressionError: a name has no value.
        """
        self.require_values(inputs)
        stack: list[Any] = []
        for step in self.steps:
            match step:
                case Number(value):
                    stack.append(value)
                case Name(name):
                    stack.append(inputs[name])
                case Apply(arity=arity):
                    operands = stack[-arity:]
                    stack[-arity:] = [step.found_in(functions)(*operands)]
        result: T = stack.pop()
        return result

    def require_values(self, inputs: Mapping[str, object]) -> None:
        """Raise ExpressionError, pointing at the first of `names` that has no value."""
        missing = [step for step in self.steps if isinstance(step, Name) and step.name not in inputs]
        if missing:
            first = missing[0]
            assignments = " ".join(dict.fromkeys(f"{step.name}=…" for step in missing))
            message = f"{first.name} has no value: add {assignments}"
            raise ExpressionError(message, self.source, first.column)
