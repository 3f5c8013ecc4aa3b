"""Rules with an `if`, read with formulas or Values whose numbers are not known yet: every branch, then chosen from.

The first time such a number is asked whether it is true, the reading stops; then the rule is read with each answer.
Values are read where a derivative is itself recorded, as in `scalar_compile.compile(scalar.derivative(f))`.
"""

import operator
from collections.abc import Callable, Iterator, Sequence
from contextvars import ContextVar
from typing import Any

from scalar.op import Op
from scalar.value import Value

Comparison = Callable[[Any, Any], Any]
COMPARISONS: dict[Comparison, Op] = {
    function: Op(name, lambda x, y, function=function: float(function(x, y)), lambda out, x, y: (0.0, 0.0))
    for name, function in [
        ("=", operator.eq), ("≠", operator.ne), ("<", operator.lt), ("≤", operator.le), (">", operator.gt),
        ("≥", operator.ge),
    ]
}  # fmt: skip
"""Operations that give 1 where they hold, else 0; in the order of Python's `==`, `!=`, `<`, `<=`, `>`, `>=`."""

select = Op("if", lambda c, yes, no: yes if c else no, lambda out, c, yes, no: (0.0, c, 1 - c))
"""yes where c is 1, no where c is 0."""

_answers: ContextVar[Iterator[bool] | None] = ContextVar("demos.scalar_compile.answers", default=None)
"""While a rule is read, the answers to its questions."""


class _Undecided(Exception):  # noqa: N818  # it never leaves this file
    """A rule asks whether this Value or formula is true."""


def compare(x: Value, function: Comparison, y: Any) -> Any:
    """The comparison as a Value, while a rule is read; an error elsewhere."""
    return function(x.data, y) if _answers.get() is None else COMPARISONS[function](x, y)


def truth(x: Value) -> bool:
    """The answer in this reading of a rule; an error elsewhere."""
    if _answers.get() is None:
        return bool(x.data)
    return answer(x if x.rule in COMPARISONS.values() else COMPARISONS[operator.ne](x, 0.0))


def answer(condition: Any) -> bool:
    """The answer to the next question in this reading of a rule."""
    for given in _answers.get() or ():
        return given
    raise _Undecided(condition)


def every_branch(local: Callable[..., Sequence[Any]], inputs: Sequence[Any]) -> Sequence[Any]:
    """The local derivatives that a rule gives for these inputs, whatever their numbers turn out to be."""

    def read(*answers: bool) -> Sequence[Any]:
        token = _answers.set(iter(answers))
        try:
            return local(*inputs)
        except _Undecided as question:
            condition = question.args[0]
        finally:
            _answers.reset(token)
        branches = read(*answers, True), read(*answers, False)
        return [select(condition, yes, no) for yes, no in zip(*branches, strict=True)]

    return read()
