"""The numbers that a program begins with, the leaves of its graph, and other numbers in their place.

A leaf is known by when it was made: the first Value that the program makes of a number is leaf 0. So a slider can move
it without a change of the program's text, also where it stands in a list, or where a network has drawn it at random.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any, SupportsFloat

from scalar import Value

MOST = 60  # that are listed


class Leaves:
    """The leaves that a program has made, in their order, and their numbers as the program gave them."""

    def __init__(self) -> None:
        self.made: dict[int, tuple[int, float]] = {}  # by the creation number: its place, and its own number
        self.backward: Value | None = None  # on which the program has last called `backward`

    def place(self, node: Value) -> int | None:
        """When it was made; None for what the program did not make of a number."""
        found = self.made.get(node.number)
        return found[0] if found else None

    def own(self, node: Value) -> float:
        """The number that the program gave it."""
        return self.made[node.number][1]


@contextmanager
def moved(numbers: Mapping[int, float]) -> Iterator[Leaves]:
    """Within, leaves get these numbers instead of their own, by their places; gives all of them."""
    leaves = Leaves()
    own_init: Any = Value.__init__
    own_backward: Any = Value.backward

    def init(self: Value, data: SupportsFloat, label: str = "", *, role: str = "input") -> None:
        own_init(self, data, label, role=role)
        place = len(leaves.made)
        leaves.made[self.number] = place, self.data
        self.data = numbers.get(place, self.data)

    def backward(self: Value) -> None:
        own_backward(self)
        leaves.backward = self

    Value.__init__, Value.backward = init, backward  # type: ignore[method-assign]
    try:
        yield leaves
    finally:
        Value.__init__, Value.backward = own_init, own_backward  # type: ignore[method-assign]
