"""Why each local derivative of a ledger is what it is: the formulas with their names, and with their numbers."""

import functools
import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from scalar import floats, rules
from scalar.formulas import Formula, Text, derivatives, enough, names_in, row_of, value
from scalar.node import Node

if TYPE_CHECKING:
    from scalar.diagnostics.ledger import Step, Term

MOST = 8  # uses, and operands, that a sum is written with; of a longer one the first, how many others and their sum
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


class Reasons:
    """The formulas of a ledger in one style, each made once: n operands of one sum would else take n² steps."""

    def __init__(
        self, names: Mapping[Node, str], nodes: Mapping[str, Node], style: type[Text], most: int | None
    ) -> None:
        self.names, self.nodes, self.style, self.most = names, nodes, style, most
        self._slopes: dict[Node, Sequence[Formula]] = {}
        self._results: dict[Node, str] = {}
        self._row: Any = functools.cache(functools.partial(_row, style()))

    def slope(self, term: "Term") -> Formula:
        """The local derivative as a formula."""
        if term.child not in self._slopes:
            self._slopes[term.child] = derivatives(term.child, self.names)
        return self._slopes[term.child][term.argument]

    def formula(self, term: "Term") -> str:
        """The local derivative in symbols, with as many digits as its number needs."""
        slope, number = self.slope(term), term.child.locals[term.argument]
        return self.style(digits=self._read(slope, number, {})[1]).write(slope, 1)

    def reason(self, term: "Term") -> Reason:
        """Why the local derivative is what it is."""
        child, argument, plain = term.child, term.argument, self.style()
        if child not in self._results:
            self._results[child] = f"{plain.name(self.names[child])} = {self._result(child)}"
        formula, local = self._local(term)
        of, by = (plain.write(self.names[node], 4) for node in (child, child.parents[argument]))
        local = f"{plain.derivative.format(of, by)} = {local}"
        return Reason(self._results[child], formula, local, *self._row(child.rule, row_of(child, argument)))

    def sides(self, step: "Step") -> tuple[str, str]:
        """The gradient as the sum z̄·x + R̄·w, with z̄ alone where the local derivative is 1; and 0.5·2 + 1·3."""
        style, symbols = self.style, []
        for term in self.shown(step):
            slope = self.slope(term)
            times = "" if slope == 1 else style.times + style().write(slope, 2)
            symbols.append(style.bar(self.names[term.child]) + times)
        symbols += [style().write(f"{hidden} more", 2)] if (hidden := len(step.terms) - len(symbols)) else []
        return " + ".join(symbols), " + ".join(map(style.times.join, self.factors(step)))

    def factors(self, step: "Step") -> list[tuple[str, ...]]:
        """The numbers of that sum."""
        shown = self.shown(step)
        return factors(shown, step.total, self.style, step.terms[len(shown) :])

    def shown(self, step: "Step") -> Sequence["Term"]:
        """The uses with which the sum is written."""
        return step.terms[: _kept(len(step.terms), self.most)]

    def _result(self, child: Node) -> str:
        """What was computed, in symbols, in numbers, and what came out."""
        operands = [float(x.data) if x.role == "constant" and not x.label else self.names[x] for x in child.parents]
        made, rest = (child.rule, *operands), dict[str, float]()
        if child.rule in (rules.sum, rules.dot):
            pairs = zip(operands[: len(operands) // 2], operands[len(operands) // 2 :], strict=False)
            summands = operands if child.rule is rules.sum else [(rules.multiply, *pair) for pair in pairs]
            if (kept := _kept(len(summands), self.most)) < len(summands):
                others, given = summands[kept:], {self.names[x]: x.data for x in child.parents}
                rest = {f"{len(others)} more": floats.total(*(value(x, given) for x in others))}
                made = (rules.sum, *summands[:kept], *rest)
        return self._equation(made, child.data, lambda form: form.operation(*made)[0], rest)[1]

    def _local(self, term: "Term") -> tuple[str, str]:
        """The local derivative in symbols; and as an equation."""
        slope, number = self.slope(term), term.child.locals[term.argument]
        return self._equation(slope, number, lambda form: form.write(slope, 0 if form.numbers else 1), {})

    def _equation(self, formula: Formula, result: float, write: Callable[[Text], str],
                  rest: Mapping[str, float]) -> tuple[str, str]:  # fmt: skip
        """The formula with names; and these, numbers and the result as one equation; with ≠ for a number changed."""
        style, (numbers, digits) = self.style, self._read(formula, result, rest)
        named, (filled, _, told) = write(style(digits=digits)), write(style(numbers, digits)).partition("\0")
        sides, end = " = ".join(dict.fromkeys([named, filled])), style().number(result)
        equation = sides if filled == end else f"{sides} {style.sign('=' if digits else '≠')} {end}"
        return named, equation + (told and style.words(", as ") + told)

    def _read(self, formula: Formula, result: float, rest: Mapping[str, float]) -> tuple[dict[str, float], int]:
        """The numbers of its names, and with how many digits they give the result."""
        used = names_in(formula)
        numbers = {**{name: self.nodes[name].data for name in used if name in self.nodes}, **rest}
        short = len(used) <= MOST_OPERANDS
        return numbers, enough(result, lambda read: value(formula, numbers, read)) if short else 4


def _row(plain: Text, op: Any, row: tuple[Formula, str, Formula] | None) -> tuple[str, str, str]:
    """What the row says for operands of its own, its derivative, and what it does to a gradient."""
    told = getattr(op, "intuition", "")
    meant, general = (getattr(op, "__doc__", "") or "").partition(". ")[0], ""
    rule = plain.name(meant)
    if row:
        rule = f"{plain.name('out')} = {plain.operation(*row[0])[0]}"
        told = f"{op.name}: {meant}. {told}" if "(" in rule else told
        general = f"{plain.derivative.format(plain.name('out'), plain.name(row[1]))} = {plain.write(row[2], 1)}"
    return rule, general, told


def factors(
    terms: Iterable["Term"], total: float, style: type[Text] = Text, others: Iterable["Term"] = ()
) -> list[tuple[str, ...]]:
    """Upstream and local derivative of each use, and the sum of the others, negative ones in brackets.

    They have as many digits as their sum needs.
    """
    pairs: list[tuple[float, ...]] = [(term.upstream, term.local) for term in terms]
    pairs += [(floats.total(*rest),)] if (rest := [term.product for term in others]) else []
    form = style(digits=enough(total, lambda read: floats.total(*(math.prod(map(read, pair)) for pair in pairs))))
    return [tuple(form.write(x, 3) for x in pair) for pair in pairs]


def _kept(length: int, most: int | None) -> int:
    """How many of a sum's parts are written: all that `most` allows, of more than these the first."""
    return length if most is None or length <= most else max(1, most - 2)
