"""What happens when a Value is asked for a number that it does not have yet."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from scalar.op import Op
    from scalar.value import Value


class UnknownNumber(TypeError):  # noqa: N818  # named for what it says
    """Raised while `scalar.compile` records f, by whatever asks an argument of f, or a Value around it, for its number.

    Args:
        record: how to note an operation that has such an operand.
        both_ways: how to read a rule that chooses by such an operand: (local, inputs) → the local derivatives.
    """

    def __init__(
        self,
        record: Callable[[Op, tuple[Value, ...]], Value],
        both_ways: Callable[[Callable[..., Sequence[Any]], Sequence[Any]], Sequence[Any]],
    ) -> None:
        super().__init__(
            "compile: expected f to use its arguments through operations only, but here f asks for a number (by `if`, "
            "a comparison, float(), .data, .grad or a function of math). While f is recorded an argument, or a Value "
            "around f, stands for that number in every example and at each call; write choices with operations such "
            "as relu, maximum, abs, step and sign, functions as scalar.exp, a class as its one-hot vector"
        )
        self.record = record
        self.both_ways = both_ways
