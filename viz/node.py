"""What viz asks of an engine: three small protocols, and nothing else."""

from collections.abc import Sequence
from typing import Protocol


class Node(Protocol):
    """One value of a compute graph, scalar or array, of any engine.

    What more it may have: `chain_rule()`, which gives `Step`s, perhaps with `readings`; `evaluate(*operands)`, what
    its operation gives for other operands; `requires_grad`, a bool; `name_all(*outputs)`, of the class, which says what
    to call each node behind them. A name may have `symbol`, for pictures, and `parts`: stem, subscript, superscript.
    """

    @property
    def op(self) -> str:
        """The drawing symbol of the operation that made the value; "" for a leaf."""

    @property
    def parents(self) -> Sequence["Node"]:
        """The operands, in order and with repetition."""

    @property
    def data(self) -> object:
        """A number, or an array with `shape`, `dtype`, `size`, `tolist`, `min`, `max` and `mean`."""

    @property
    def grad(self) -> object:
        """Like `data`; None, or a number whose format is "not computed", before a backward pass."""

    @property
    def label(self) -> str:
        """The user's name for the value; "" when it has none."""

    @property
    def role(self) -> str:
        """One of "input", "parameter", "constant", "operation"."""


class Term(Protocol):
    """One use of a variable: what flows back to it from one result.

    Where it has `formula`, a str, that is the local derivative in symbols; `reason.lines`, two of them, say why.
    """

    @property
    def child(self) -> Node:
        """The result in which the variable is used."""

    @property
    def argument(self) -> int:
        """Which operand of `child` the variable is: an index in `child.parents`."""

    @property
    def upstream(self) -> object:
        """The gradient of `child`."""

    @property
    def local(self) -> object:
        """The derivative of `child` by this operand; None for a Jacobian that is not written out."""

    @property
    def product(self) -> object:
        """The product upstream · local, the message sent back."""


Use = tuple[int, int]  # an edge of an engine's graph: the `id` of the result, and which operand of it


class Step(Protocol):
    """One step of the chain rule: a variable, its uses, and the sum of what they send back."""

    @property
    def variable(self) -> Node:
        """Whose gradient it is."""

    @property
    def terms(self) -> Sequence[Term]:
        """Its uses; none for the output."""

    @property
    def total(self) -> object:
        """The gradient."""
