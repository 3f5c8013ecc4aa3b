"""Why what a use sends back is what it is: the rule in symbols, with names and in general, and what it means."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

from vector.diagnostics.expression import Expression, read
from vector.diagnostics.formula import flat, in_symbols
from vector.diagnostics.reading import forward, inputs, simplified
from vector.names import bar
from vector.op import Each

if TYPE_CHECKING:
    from vector.diagnostics.ledger import Term


class Reason(NamedTuple):
    """The reason for one product: as on the scalar engine."""

    result: str  # what was computed: "v = tanh(u)"
    derivative: str  # its derivative, "∂v/∂u = 1 − v²"; where no Jacobian is written out, the product, "x̄ = ȳ·Wᵀ"
    rule: str  # the operation's row, with operands of its own: "out = tanh(x)"; else its line of mathematics
    slope: str  # the derivative of this: "∂out/∂x = 1 − out²"; "" where no Jacobian is told
    intuition: str  # what the operation does to a gradient, in a sentence

    @property
    def lines(self) -> tuple[str, str]:
        """The same in two lines: what holds here, and what holds for every such operation."""
        rule = self.rule and f"Rule: {self.rule}{self.slope and f', so {self.slope}'}. "
        return f"{self.result}, so {self.derivative}", f"{rule}{self.intuition}".rstrip()


def reason(term: Term, symbols: Mapping[str, str]) -> Reason:
    """The reason for what is sent to an operand, in these symbols for the names of the ledger."""
    node, at, ledger, op = term.child, term.argument, term.ledger, term.child.rule
    names = [ledger.names[x] for x in (node, node.parents[at])]
    child, operand = (symbols.get(name, name) for name in names)
    result = f"{child} = {in_symbols(ledger.lines[node, None], symbols)}"
    product = f"{symbols.get(bar(names[1]), bar(names[1]))} = {in_symbols(term.lines, symbols)}"
    if not op:
        return Reason(result, product, "", "", "")
    row: Any = op.partials[at] if op.partials else op.vjps.vjp if isinstance(op.vjps, Each) else op.vjps[at]
    meant = op.__doc__ or row.__doc__ or ""
    mathematics, _, intuition = meant.partition("\n")[0].partition(". ")
    if not op.partials:
        return Reason(result, product, mathematics and f"{op.__name__}: {mathematics.rstrip('.')}", "", intuition)
    own, general = inputs(node, ledger), [Expression(x, name=y) for x, y in zip(node.inputs, op.operands, strict=True)]
    slopes = [
        flat(simplified(read(op.partials[at], Expression(node.data, name=out), *given)[0], {}), symbols)
        for out, given in ((names[0], own), ("out", general))
    ]
    rule = f"out = {flat(simplified(forward(node, general)[0], {}), {})}"
    told = f"∂{child}/∂{operand} = {slopes[0]}" + (f" and {product}" if term.local is None else "")
    intuition = f"{op.__name__}: {mathematics}. {intuition}" if "(" in rule else intuition
    return Reason(result, told, rule, f"∂out/∂{op.operands[at]} = {slopes[1]}", intuition)
