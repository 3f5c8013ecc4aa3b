"""What a node of the recorded graph is to those that walk it: the sweeps, the ledger, names and formulas."""

from collections.abc import Sequence
from typing import Protocol, Self, TypeVar

from scalar.op import Op


class Node(Protocol):
    """A number, the row that made it, and the nodes it was made from (`scalar.Value`)."""

    data: float
    grad: float
    label: str
    role: str  # "input", "parameter", "constant" or "operation"
    number: int  # creation numbers grow, so that an operand's is smaller than its result's

    @property
    def rule(self) -> Op | None:
        """None for a leaf."""

    @property
    def op(self) -> str:
        """The row's name, "" for a leaf."""

    @property
    def parents(self) -> Sequence[Self]:
        """The operands, in order, with repetition."""

    @property
    def locals(self) -> Sequence[float]:
        """∂self/∂parent, one for each parent."""


N = TypeVar("N", bound=Node)
