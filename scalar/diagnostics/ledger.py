"""The chain rule of one output, written down step by step."""

from collections.abc import Callable, Iterator, Mapping
from functools import cached_property
from typing import Any, Literal, NamedTuple

from scalar import floats, symbols
from scalar.diagnostics import notation
from scalar.formulas import Formula, Text, derivative, enough, row_of, value
from scalar.names import Name, name_all
from scalar.node import Node
from scalar.topology import reverse_topological

Kind = Literal["seed", "univariate", "multivariate"]
MOST_OPERANDS = 100  # no reader adds up more


class Reason(NamedTuple):
    """The reason for one local derivative."""

    result: str  # what was computed: "v = u² = 3² = 9"
    formula: str  # its derivative in symbols: "2·u"
    derivative: str  # the same with names and with numbers: "∂v/∂u = 2·u = 2·3 = 6"
    rule: str  # the operation's row, with operands of its own: "out = x^y"; in words for one of any number of operands
    slope: str  # the derivative of that: "∂out/∂x = y·x^(y − 1)", or ""
    intuition: str  # what the operation does to a gradient, in a sentence

    @property
    def lines(self) -> tuple[str, str]:
        """What holds here, and what holds for every such operation."""
        rule = ", so ".join(filter(None, (self.rule, self.slope)))
        return f"{self.result}, so {self.derivative}", f"{rule and f'Rule: {rule}. '}{self.intuition}"


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

        Raises:
            ImportError: sympy is not installed.
        """
        return symbols.expression(derivative(self.child, self.argument, self.ledger.names))

    @property
    def formula(self) -> str:
        """The local derivative in symbols, such as "1 − y²"."""
        return self.explained(self.ledger.names).formula

    @property
    def reason(self) -> Reason:
        """Why the local derivative is what it is, in the symbols of pages."""
        return self.explained(self.ledger.symbols)

    def explained(self, names: Mapping[Node, str], style: type[Text] = Text, slope: Formula = None) -> Reason:
        """The reason, in the names of child and operand; `slope` is that formula, where it is known already."""
        child, argument = self.child, self.argument
        slope = derivative(child, argument, names) if slope is None else slope
        numbers, plain = {names[node]: node.data for node in (child, *child.parents)}, style()
        operands = (float(x.data) if x.role == "constant" and not x.label else names[x] for x in child.parents)
        made = (child.rule, *operands)
        _, result = _equation(made, numbers, child.data, style, lambda form: form.operation(*made)[0])
        formula, local = _equation(
            slope, numbers, child.locals[argument], style, lambda form: form.write(slope, 0 if form.numbers else 1)
        )
        of, by = (plain.write(names[node], 4) for node in (child, child.parents[argument]))
        told = getattr(child.rule, "intuition", "")
        meant, general = (getattr(child.rule, "__doc__", "") or "").partition(". ")[0], ""
        rule = plain.name(meant)
        if row := row_of(child, argument):
            rule = f"{plain.name('out')} = {plain.operation(*row[0])[0]}"
            told = f"{row[0][0].name}: {meant}. {told}" if "(" in rule else told
            general = f"{plain.derivative.format(plain.name('out'), plain.name(row[1]))} = {plain.write(row[2], 1)}"
        result, local = f"{plain.name(names[child])} = {result}", f"{plain.derivative.format(of, by)} = {local}"
        return Reason(result, formula, local, rule, general, told)


class Step(NamedTuple):
    """The derivative of the output with respect to one variable, as the sum of what each of its uses sends back."""

    variable: Node
    kind: Kind  # "seed" for the output itself, "univariate" for one use, "multivariate" for several, summed
    terms: tuple[Term, ...]
    total: float  # ∂output/∂variable


class ChainRule:
    """The ledger of an output: one `Step` per variable below it, in reverse topological order.

    It is computed while it is iterated, from the local derivatives on record, and neither reads nor changes `grad`.
    Constants take part in terms but have no step of their own. `str`, `latex`, `to_csv` and Jupyter show it in bar
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

    __str__ = notation.text
    latex = _repr_latex_ = notation.latex
    to_csv = notation.to_csv
    _repr_html_ = notation.html


def _equation(
    formula: Formula, numbers: Mapping[str, float], result: float, style: type[Text], write: Callable[[Text], str]
) -> tuple[str, str]:
    """The formula with names; and these, numbers and the result as one equation, with ≠ where a number has changed."""
    digits = enough(result, lambda read: value(formula, numbers, read)) if len(numbers) <= MOST_OPERANDS else 4
    named, (filled, _, told) = write(style(digits=digits)), write(style(numbers, digits)).partition("\0")
    sides, end = " = ".join(dict.fromkeys([named, filled])), style().number(result)
    equation = sides if filled == end else f"{sides} {style.sign('=' if digits else '≠')} {end}"
    return named, equation + (told and style.words(", as ") + told)
