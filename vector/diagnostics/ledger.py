"""The chain rule of one output, step by step, on arrays."""

import functools
import operator
from collections.abc import Iterator, Mapping
from typing import Any, Literal, NamedTuple

import numpy as np

from vector.diagnostics import notation, page, reading
from vector.diagnostics.expression import Expression, read
from vector.diagnostics.formula import flat, in_symbols
from vector.diagnostics.reading import forward, simplified
from vector.names import Name, bar, name_all
from vector.node import Node
from vector.op import Each
from vector.sweep import masked_product, messages
from vector.topology import reverse_topological

Kind = Literal["seed", "univariate", "multivariate"]


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


class Term(NamedTuple):
    """What one use of a tensor sends back to it: the vector-Jacobian product of the upstream gradient."""

    child: Node  # the tensor that was computed with it
    argument: int  # the position among the child's operands
    upstream: Any  # ∂output/∂child, in the child's shape
    local: Any  # ∂child/∂operand: one number, or one for each element; else None, as no Jacobian is written out
    product: Any  # upstreamᵀ · Jacobian, one summand of ∂output/∂tensor, in the tensor's shape
    ledger: "ChainRule"  # where the names in `reading` and `lines` come from

    @property
    def lines(self) -> list[Expression]:
        """How the product is worked out, line by line; the last one is it."""
        return self.ledger.lines.back(self)

    @property
    def reading(self) -> str:
        """The product in symbols, such as "v̄1ᵀ·x"; after it stands what its own lines are needed for."""
        return in_symbols(self.lines, {})

    @property
    def reason(self) -> Reason:
        """Why the product is what it is, in the symbols of pages."""
        return self.explained(self.ledger.symbols)

    def explained(self, symbols: Mapping[str, str]) -> Reason:
        """Why the product is what it is, in these symbols for the names of the ledger."""
        node, at, ledger, op = self.child, self.argument, self.ledger, self.child.rule
        names = [ledger.names[x] for x in (node, node.parents[at])]
        child, operand = (symbols.get(name, name) for name in names)
        result = f"{child} = {in_symbols(ledger.lines.of(node), symbols)}"
        product = f"{symbols.get(bar(names[1]), bar(names[1]))} = {in_symbols(self.lines, symbols)}"
        if not op:
            return Reason(result, product, "", "", "")
        row: Any = op.partials[at] if op.partials else op.vjps.vjp if isinstance(op.vjps, Each) else op.vjps[at]
        mathematics, _, intuition = (op.__doc__ or row.__doc__ or "").partition("\n")[0].partition(". ")
        if not op.partials:
            return Reason(result, product, mathematics and f"{op.__name__}: {mathematics.rstrip('.')}", "", intuition)
        own = ledger.lines.inputs(node)
        general = [Expression(x, name=y) for x, y in zip(node.inputs, op.operands, strict=True)]
        slopes = [
            flat(simplified(read(op.partials[at], Expression(node.data, name=out), *given)[0], {}), symbols)
            for out, given in ((names[0], own), ("out", general))
        ]
        rule = f"out = {flat(simplified(forward(node, general)[0], {}), {})}"
        told = f"∂{child}/∂{operand} = {slopes[0]}" + (f" and {product}" if self.local is None else "")
        intuition = f"{op.__name__}: {mathematics}. {intuition}" if "(" in rule else intuition
        return Reason(result, told, rule, f"∂out/∂{op.operands[at]} = {slopes[1]}", intuition)


class Step(NamedTuple):
    """The gradient of the output with respect to one tensor, as the sum of what each of its uses sends back."""

    variable: Node
    kind: Kind  # "seed" for the output itself, "univariate" for one use, "multivariate" for several, summed
    terms: tuple[Term, ...]
    total: Any  # ∂output/∂tensor


class ChainRule:
    """The ledger of an output: one `Step` per tensor below it that has a gradient, in reverse topological order.

    It is computed while it is iterated, and neither reads nor changes `grad`. `text`, `latex`, `to_csv`, Jupyter show
    it in bar notation, W̄ = ∂output/∂W: each product as the row of its operation works it out, in an order that can be
    multiplied, with the shape below each factor.
    """

    def __init__(self, output: Node, g: Any) -> None:
        self.output, self.g = output, g

    @functools.cached_property
    def names(self) -> dict[Node, Name]:
        """What each tensor is called: its label, or v1, v2, … in order of creation."""
        return name_all(self.output)

    @functools.cached_property
    def bars(self) -> dict[str, Name]:
        """By the name of a gradient, whose it is."""
        return {bar(name): name for name in self.names.values()}

    @functools.cached_property
    def symbols(self) -> dict[str, str]:
        """What names, and those of gradients, are in pictures and on pages."""
        own = {str(name): str(name.symbol) for name in self.names.values()}
        return own | {gradient: bar(name.symbol) for gradient, name in self.bars.items()}

    @property
    def paths(self) -> list[tuple[Name, Name]]:
        """What pictures and pages write in short, and the path of the parameter that it is."""
        return [(name.symbol, name) for name in self.names.values() if name.symbol != name]

    @functools.cached_property
    def lines(self) -> reading.Lines:
        """How each tensor, and what each operand is sent, is worked out; no two lines that differ have one name."""
        return reading.Lines(self)

    @functools.cached_property
    def readings(self) -> dict[Node, str]:
        """How each tensor is computed, in the symbols of pages."""
        return {node: in_symbols(self.lines.of(node), self.symbols) for node in self.names}

    def __iter__(self) -> Iterator[Step]:
        received: dict[Node, list[Term]] = {self.output: []}
        for node in reverse_topological(self.output):
            terms = tuple(received.pop(node))
            total = self.g if node is self.output else functools.reduce(operator.add, [term.product for term in terms])
            kind: Kind = "seed" if node is self.output else "univariate" if len(terms) == 1 else "multivariate"
            yield Step(node, kind, terms, total)
            with np.errstate(all="ignore"):
                for argument, parent, product in messages(node, total, masked_product):
                    term = Term(node, argument, total, _local(node, argument), product, self)
                    received.setdefault(parent, []).append(term)

    text = notation.text
    latex = notation.latex
    to_csv = notation.to_csv
    _repr_html_ = page.html

    def __str__(self) -> str:
        return self.text(steps=notation.SHOWN)

    def _repr_latex_(self) -> str:
        return self.latex(steps=notation.SHOWN)


def _local(node: Node, argument: int) -> Any:
    """The derivative where it is one number, or one for each element."""
    operand = node.parents[argument]
    if node.size == operand.size == 1:
        of_one = messages(node, np.ones(node.shape, node.dtype), operator.mul)
        return next(message for place, _, message in of_one if place == argument)
    if node.rule is None or not node.rule.partials or node.shape != operand.shape:
        return None
    slope = node.rule.partials[argument](node.data, *(parent.data for parent in node.parents))
    return np.broadcast_to(slope, node.shape)
