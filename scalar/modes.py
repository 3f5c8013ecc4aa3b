"""Hooks that hold for a block of code, in the current thread or task only.

`vector.modes` asks its hooks at each operation. An operation on numbers is too short for that; here a Value without a
number raises `UnknownNumber` where it is read, and only then are the hooks asked.
"""

from collections.abc import Callable, Sequence
from contextvars import ContextVar
from typing import Any

from scalar.op import Op


class UnknownNumber(TypeError):  # noqa: N818  # named for what it says
    """Raised where a Value that has no number, as a compiler makes them while it records, is asked for it."""

    def __init__(self) -> None:
        super().__init__(
            "compile: expected f to use its arguments through operations only, but here f asks for a number (by `if`, "
            "a comparison, float(), .data, .grad or a function of math). While f is recorded an argument, or a Value "
            "around f, stands for that number in every example and at each call; write choices with operations such "
            "as relu, maximum, abs, step and sign, functions as scalar.exp, a class as its one-hot vector"
        )


class Hooks:
    """What the engine asks where a number is unknown; a compiler answers while it records.

    Raises UnknownNumber: it does not record: a Value without a number was kept and used later.
    """

    def on_operation(self, op: Op, operands: tuple[Any, ...]) -> Any:
        """The result of an operation."""
        raise UnknownNumber

    def on_locals(self, local: Callable[..., Sequence[Any]], inputs: Sequence[Any]) -> Sequence[Any]:
        """The local derivatives of an operation, by the line of its row, for its result and operands."""
        raise UnknownNumber


_NO_HOOKS = Hooks()
hooks: ContextVar[Hooks] = ContextVar("scalar.hooks", default=_NO_HOOKS)
