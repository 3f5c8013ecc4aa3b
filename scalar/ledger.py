"""The chain rule of one output, written down step by step."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from typing import TYPE_CHECKING, Literal, NamedTuple

from scalar.names import bar, name_all
from scalar.topology import reverse_topological

if TYPE_CHECKING:
    from scalar.value import Value


Kind = Literal["seed", "univariate", "multivariate"]


class Term(NamedTuple):
    """What one use of a variable sends back to it: product = upstream · local."""

    child: Value
    """The variable that was computed with it."""
    argument: int
    """The position among the child's operands."""
    upstream: float
    """∂output/∂child."""
    local: float
    """∂child/∂variable through this operand alone."""
    product: float
    """upstream · local, one summand of ∂output/∂variable."""


class Step(NamedTuple):
    """The derivative of the output with respect to one variable, as the sum of what each of its uses sends back."""

    variable: Value
    kind: Kind
    """"seed" for the output itself, "univariate" for one use, "multivariate" for several, summed."""
    terms: tuple[Term, ...]
    total: float
    """∂output/∂variable."""


class ChainRule:
    """The ledger of an output: one `Step` per variable below it, in reverse topological order.

    It is computed while it is iterated, from the local derivatives on record, and neither reads nor changes `grad`.
    Constants take part in terms but have no step of their own. `str` prints it in bar notation (w̄ = ∂output/∂w).

    Source of the notation: R. Grosse, Fields Machine Learning Course, lecture 1.
    """

    def __init__(self, output: Value) -> None:
        self.output = output

    def __iter__(self) -> Iterator[Step]:
        received: dict[Value, list[Term]] = {self.output: []}
        for node in reverse_topological(self.output):
            if node.role == "constant":
                continue
            terms = tuple(received.pop(node))
            upstream = 1.0 if node is self.output else sum(term.product for term in terms)
            kind: Kind = "seed" if node is self.output else "univariate" if len(terms) == 1 else "multivariate"
            yield Step(node, kind, terms, upstream)
            for argument, (parent, local) in enumerate(zip(node.parents, node.locals, strict=True)):
                received.setdefault(parent, []).append(Term(node, argument, upstream, local, upstream * local))

    def __str__(self) -> str:
        names = name_all(self.output)
        rows = [_row(step, names) for step in self]
        widths = [max(map(_width, column)) for column in zip(*rows, strict=True)]
        return "\n".join(
            "".join(cell + " " * (width - _width(cell)) for cell, width in zip(row, widths, strict=True)).rstrip()
            for row in rows
        )


def _row(step: Step, names: dict[Value, str]) -> tuple[str, ...]:
    """One line of the table: gradient, sum in symbols, sum in numbers, total, kind."""
    name = names[step.variable]
    symbols = " + ".join(f"{bar(names[t.child])}·∂{names[t.child]}/∂{name}" for t in step.terms)
    numbers = " + ".join(f"{_number(t.upstream)}·{_number(t.local)}" for t in step.terms)
    return (
        bar(name),
        f" = {symbols}" if symbols else "",
        f" = {numbers}" if numbers else "",
        f" = {step.total:.6g}",
        f"   {step.kind}",
    )


def _number(x: float) -> str:
    """A factor as it stands in a product: negative ones in brackets."""
    return f"({x:.6g})" if x < 0 else f"{x:.6g}"


def _width(text: str) -> int:
    """Columns that `text` takes in a terminal: combining marks such as the bar take none."""
    return sum(not unicodedata.combining(character) for character in text)
