"""A row of a report, and its verdict."""

from collections.abc import Mapping
from typing import Literal, NamedTuple

Verdict = Literal["agrees", "convention", "cannot judge here", "undefined", "differs"]
"""From what needs no look to what needs one first."""
STYLES: Mapping[Verdict, str] = {
    "agrees": "green", "convention": "yellow", "cannot judge here": "dim", "undefined": "bold red",
    "differs": "bold red",
}  # fmt: skip
WRONG = ("undefined", "differs")


class Row(NamedTuple):
    """One output, or the gradient by one variable; of an array, the element in which the columns lie furthest apart."""

    name: str
    shape: tuple[int, ...]
    element: tuple[int, ...]
    numbers: Mapping[str, float | str | None]
    """By column."""
    verdict: Verdict
    deviation: float = 0.0
    """The largest of the array, relative."""
    reason: str = ""

    @property
    def place(self) -> str:
        """The name with the element."""
        return f"{self.name}{list(self.element)}" if self.element else self.name
