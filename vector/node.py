"""What a node of the recorded graph is to those that walk it: the sweeps, the ledger, the conventions."""

from collections.abc import Mapping, Sequence
from typing import Any, Protocol, Self, TypeVar

from vector.op import Op


class Node(Protocol):
    """An array, the row that made it, and the operands it was made from (`vector.Tensor`)."""

    _array: Any
    grad: Any
    label: str
    role: str  # "input", "parameter", "constant" or "operation"
    number: int  # creation numbers grow, so that an operand's is smaller than its result's
    changed: int  # the creation number that was current when the array was last changed in place
    requires_grad: bool
    rule: Op | None  # None for a leaf
    operands: tuple[Any, ...]  # what the row was given: nodes, arrays and numbers, in order, with repetition
    inputs: Sequence[Any]  # their numbers
    params: Mapping[str, Any]

    @property
    def op(self) -> str:
        """The row's name, "" for a leaf."""

    @property
    def parents(self) -> Sequence[Self]:
        """The operands, each as a node."""

    @property
    def data(self) -> Any:
        """The array."""

    @property
    def shape(self) -> tuple[int, ...]:
        """The array's shape."""

    @property
    def size(self) -> int:
        """The number of elements."""

    @property
    def dtype(self) -> Any:
        """The array's dtype."""


N = TypeVar("N", bound=Node)
