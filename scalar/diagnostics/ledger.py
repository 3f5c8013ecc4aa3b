"""The chain rule of one output, written down step by step."""

from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property
from typing import Any, Literal, NamedTuple

from scalar import floats, symbols
from scalar.diagnostics import notation
from scalar.diagnostics.reasons import MOST, Reason, Reasons
from scalar.formulas import Text
from scalar.names import Name, name_all
from scalar.node import Node
from scalar.topology import reverse_topological

Kind = Literal["seed", "univariate", "multivariate"]


class Term(NamedTuple):
    """What one use of a variable sends back to it: product = upstream · local."""

    child: Node  # the variable that was computed with it
    argument: int  # the position among the child's operands
    upstream: float  # ∂output/∂child
    local: float  # ∂child/∂variable through this operand alone
    product: float  # upstream · local, one summand of ∂output/∂variable
    ledger: "ChainRule"  # where the names in `formula` come from

    @property
    def expression(self) -> Any:
        """The local derivative as a sympy expression in the names of the ledger.

        Raises ImportError: sympy is not installed.
        """
        return symbols.expression(self.ledger.reasons(full=True).slope(self))

    @property
    def formula(self) -> str:
        """The local derivative in symbols, such as "1 − y²"."""
        return self.ledger.reasons(full=True).formula(self)

    @property
    def reason(self) -> Reason:
        """Why the local derivative is what it is, in the symbols of pages."""
        return self.ledger.reasons().reason(self)


class Step(NamedTuple):
    """The derivative of the output with respect to one variable, as the sum of what each of its uses sends back."""

    variable: Node
    kind: Kind  # "seed" for the output itself, "univariate" for one use, "multivariate" for several, summed
    terms: tuple[Term, ...]
    total: float  # ∂output/∂variable


class ChainRule:
    """The ledger of an output: one `Step` per variable below it, in reverse topological order.

    It is computed while it is iterated, from the local derivatives on record, and neither reads nor changes `grad`.
    Constants take part in terms but have no step of their own. `text`, `latex`, `to_csv` and Jupyter show it in bar
    notation: w̄ = ∂output/∂w, and below each step why its local derivatives are what they are.

    Source of the notation: R. Grosse, Fields Machine Learning Course, lecture 1.
    """

    def __init__(self, output: Node) -> None:
        self.output = output

    @cached_property
    def names(self) -> dict[Node, Name]:
        """What each variable is called: its label, or v1, v2, … in order of creation."""
        return name_all(self.output)

    @cached_property
    def symbols(self) -> dict[Node, str]:
        """What each variable is called in pictures and on pages."""
        return {node: name.symbol for node, name in self.names.items()}

    def reasons(self, style: type[Text] = Text, full: bool = False, most: int | None = MOST) -> Reasons:
        """The formulas in this style, in symbols or in full names, with as many parts of a sum as `most` says."""
        names, nodes = self._namings[full]
        return Reasons(names, nodes, style, most)

    @cached_property
    def _namings(self) -> Sequence[tuple[Mapping[Node, str], Mapping[str, Node]]]:
        """The symbols, and the names; with whose they are, which no unlabelled constant's is: it is its number."""
        return [
            (names, {name: node for node, name in names.items() if node.role != "constant" or node.label})
            for names in (self.symbols, self.names)
        ]

    def __iter__(self) -> Iterator[Step]:
        received: dict[Node, list[Term]] = {self.output: []}
        for node in reverse_topological(self.output):
            if node.role == "constant":
                continue
            terms = tuple(received.pop(node))
            total = 1.0 if node is self.output else floats.total(0.0, *[term.product for term in terms])
            kind: Kind = "seed" if node is self.output else "univariate" if len(terms) == 1 else "multivariate"
            yield Step(node, kind, terms, total)
            for argument, (parent, local) in enumerate(zip(node.parents, node.locals, strict=True)):
                term = Term(node, argument, total, local, total * local, self)
                received.setdefault(parent, []).append(term)

    def __repr__(self) -> str:
        return f"ChainRule({self.output!r})"

    text = notation.text
    latex = notation.latex
    to_csv = notation.to_csv
    _repr_html_ = notation.html

    def __str__(self) -> str:
        return self.text(steps=notation.SHOWN)

    def _repr_latex_(self) -> str:
        return self.latex(steps=notation.SHOWN)
