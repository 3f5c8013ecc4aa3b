"""What happens when a Value is asked for a number that it does not have yet."""

from __future__ import annotations

from typing import Any


class UnknownNumber(TypeError):  # noqa: N818  # named for what it says
    """Raised while `scalar.compile` records f, by what asks for the number of a `value` that f was given or uses."""

    def __init__(self, value: Any) -> None:
        super().__init__(
            "compile: expected f to use its arguments through operations only, but here f asks for a number (by `if`, "
            "a comparison, float(), .data, .grad or a function of math). While f is recorded an argument, or a Value "
            "around f, stands for that number in every example and at each call; write choices with operations such "
            "as relu, maximum, abs, step and sign, functions as scalar.exp, a class as its one-hot vector"
        )
        self.value = value
