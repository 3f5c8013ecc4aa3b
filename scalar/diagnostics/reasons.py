"""Why a local derivative is what it is: the rule in symbols, with names and with numbers, and what it means."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import groupby
from typing import TYPE_CHECKING, NamedTuple

from scalar.formulas import Text, derivative, row_of

if TYPE_CHECKING:
    from scalar.node import Node


class Reason(NamedTuple):
    """The reason for one local derivative."""

    result: str
    """What was computed: "v = u² = 3² = 9"."""
    rule: str
    """The operation's row: "out = x^y, so ∂out/∂x = y·x^(y − 1)"; "" for one of any number of operands."""
    derivative: str
    """The same with names and with numbers: "∂v/∂u = 2·u = 2·3 = 6"."""
    intuition: str
    """What the operation does to a gradient, in a sentence."""

    @property
    def lines(self) -> tuple[str, str]:
        """The same in two lines: what holds here, and what holds for every such operation."""
        return f"{self.result}, so {self.derivative}", f"{self.rule and f'Rule: {self.rule}. '}{self.intuition}"


def reason(child: Node, argument: int, names: Mapping[Node, str], style: Text) -> Reason:
    """The reason for ∂child/∂operand, in the names of the two."""
    numbers = type(style)({names[node]: node.data for node in (child, *child.parents)})
    slope = derivative(child, argument, names)
    in_names, (in_numbers, _, told) = style.write(slope, 1), numbers.write(slope).partition("\0")
    of, by = (style.write(names[node], 4) for node in (child, child.parents[argument]))
    operands = [float(x.data) if x.role == "constant" else names[x] for x in child.parents]
    computed = [form.operation(child.rule, *operands)[0] for form in (style, numbers)]
    rule = ""
    if row := row_of(child, argument):
        operation, operand, general = row
        slope_of_row = style.derivative.format(style.name("out"), style.name(operand))
        rule = f"{style.name('out')} = {style.operation(*operation)[0]}{style.words(', so ')}{slope_of_row}"
        rule += f" = {style.write(general, 1)}"
    return Reason(
        _chain(style.name(names[child]), *computed, style.number(child.data)),
        rule,
        _chain(style.derivative.format(of, by), in_names, in_numbers, style.number(child.locals[argument]))
        + (told and f"{style.words(', as ')}{told}"),
        getattr(child.rule, "intuition", ""),
    )


def _chain(*parts: str) -> str:
    return " = ".join(part for part, _ in groupby(parts))
