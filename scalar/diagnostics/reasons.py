"""Why a local derivative is what it is: the rule in symbols, with names and with numbers, and what it means."""

from collections.abc import Callable, Mapping
from typing import NamedTuple

from scalar.formulas import Formula, Text, derivative, enough, row_of, value
from scalar.node import Node

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


def reason(
    child: Node, argument: int, names: Mapping[Node, str], style: type[Text] = Text, slope: Formula = None
) -> Reason:
    """The reason for ∂child/∂operand, in the names of the two; `slope` is that formula, where it is known already."""
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


def _equation(
    formula: Formula, numbers: Mapping[str, float], result: float, style: type[Text], write: Callable[[Text], str]
) -> tuple[str, str]:
    """The formula with names; and these, numbers and the result as one equation, with ≠ where a number has changed."""
    digits = enough(result, lambda read: value(formula, numbers, read)) if len(numbers) <= MOST_OPERANDS else 4
    named, (filled, _, told) = write(style(digits=digits)), write(style(numbers, digits)).partition("\0")
    sides, end = " = ".join(dict.fromkeys([named, filled])), style().number(result)
    equation = sides if filled == end else f"{sides} {style.sign('=' if digits else '≠')} {end}"
    return named, equation + (told and style.words(", as ") + told)
