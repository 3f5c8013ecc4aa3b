"""From an engine's ledger to plain, immutable data: what appears at which step, with every text decided.

A ledger is what `chain_rule()` of the output gives: steps in reverse topological order, the output's own first.
"""

import itertools
import math
import operator
from collections import Counter
from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from viz import labels
from viz.node import Node, Term
from viz.node import Step as LedgerStep
from viz.palette import Role, role_of
from viz.playback.nudge import nudges
from viz.playback.quantity import Quantity, quantity
from viz.playback.questions import Questions
from viz.walk import topological

LISTED_PATHS = 6  # up to this number paths are listed one by one; more are counted

_SUBSCRIPTS = str.maketrans("0123456789", "₀₁₂₃₄₅₆₇₈₉")


@dataclass(frozen=True, slots=True)
class Variable:
    """One value of the graph, under a name that no other has. The name's `parts` are stem, subscript, superscript."""

    id: str
    name: str
    role: Role
    symbol: str
    value: Quantity
    gradient: Quantity | None
    parts: tuple[str, str, str]
    path: str = ""  # where it is in its model, where the name is short for that


@dataclass(frozen=True, slots=True)
class Message:
    """What the backward pass sends along an edge: upstream · local = product, and line by line why `local` is that."""

    upstream: Quantity
    local: Quantity | None
    product: Quantity
    reason: tuple[str, ...] = ()

    @property
    def times(self) -> str:
        """The sign of the product: of arrays, element by element."""
        return "⊙" if self.local and self.local.is_array else "·"


@dataclass(frozen=True, slots=True)
class Edge:
    """From an operand, written with as many digits as the result needs, to the result."""

    id: str
    tail: Variable
    head: Variable
    operand: Quantity
    message: Message | None


Variables = dict[int, Variable]  # by the `id` of the node
Edges = dict[tuple[int, int], Edge]  # by the `id` of the result and the number of the operand: x * x has two


@dataclass(frozen=True, slots=True)
class Path:
    """One path from a variable to the output: the variables on it and, for numbers, the local derivatives' product."""

    variables: tuple[Variable, ...]
    locals: tuple[Quantity, ...]
    product: Quantity | None


@dataclass(frozen=True, slots=True)
class Step:
    """One position of the player.

    Forward: `variables` get their values, all leaves at the first step, then one result per step from its `edges`.
    Backward: the one variable gets its gradient, the sum of the messages on its `edges`; the output has none.
    """

    phase: Literal["forward", "backward"]
    variables: tuple[Variable, ...]
    edges: tuple[Edge, ...]
    path_count: int = 0
    paths: tuple[Path, ...] = ()
    reading: str = ""  # how a result is computed, as the ledger says it


@dataclass(frozen=True, slots=True)
class Playback:
    """A whole performance. Variables stand in the order of computation."""

    title: str
    variables: tuple[Variable, ...]
    edges: tuple[Edge, ...]
    steps: tuple[Step, ...]
    asking: Questions
    nudges: tuple[Mapping[str, Any], ...] = ()


def playback(output: Node, ledger: Iterable[LedgerStep], *, title: str, precision: int | str) -> Playback:
    """The forward pass that led to `output`, then the backward pass that `ledger` records.

    Raises:
        ValueError: the ledger is empty, or does not begin with the output.
    """
    received = list(ledger)
    if not received or received[0].variable is not output:
        raise ValueError("expected chain_rule() to begin with the output's own step; is the output a constant?")
    # Backwards, the ledger has the order of the computation; what it leaves out comes just before its first use.
    order = topological([step.variable for step in reversed(received)])
    given = getattr(ledger, "names", {})
    variables = _variables(order, received, precision, {id(node): name for node, name in given.items()})
    messages = {(id(term.child), term.argument): sent for step in received for term, sent in _messages(step, precision)}
    edges: Edges = {}
    more = labels.digits(order, precision)
    for head in order:
        digits = labels.needed(head, more.get(id(head), precision))
        for argument, tail in enumerate(head.parents):
            ends = variables[id(tail)], variables[id(head)], quantity(tail.data, digits)
            edges[id(head), argument] = Edge(f"e{len(edges) + 1}", *ends, messages.get((id(head), argument)))
    readings = {id(node): _one_line(text) for node, text in getattr(ledger, "readings", {}).items()}
    steps = (*_forward(order, variables, edges, readings), *_backward(received, variables, edges, precision))
    heading = _one_line(title) or f"Backpropagation from {variables[id(output)].name}"
    found = nudges(order, {id(step.variable): step.total for step in received})
    moved = ({"name": variables[id(leaf)].name, **nudge} for leaf, nudge in found)
    named = {key: variable.name for key, variable in variables.items()}
    asking = Questions(received, order, named, {use: message.reason for use, message in messages.items()})
    return Playback(heading, tuple(variables.values()), tuple(edges.values()), steps, asking, tuple(moved))


def _variables(
    order: Sequence[Node], received: Sequence[LedgerStep], precision: int | str, given: Mapping[int, str]
) -> Variables:
    gradients = {id(step.variable): quantity(step.total, precision) for step in received}
    digits = labels.digits(order, precision)
    values = [quantity(node.data, digits.get(id(node), precision)) for node in order]
    variables = {}
    names = _names(order, values, given)
    for position, (node, name) in enumerate(zip(order, names, strict=True)):
        role = role_of(node, is_output=node is received[0].variable)
        symbol, gradient = _one_line(labels.operation(node)), gradients.get(id(node))
        stem, low, high = map(_one_line, getattr(given.get(id(node)), "parts", (name, "", "")))
        parts, path = (stem or name, low, high), _one_line(given.get(id(node), "")) if role == "parameter" else ""
        variables[id(node)] = Variable(f"n{position + 1}", name, role, symbol, values[position], gradient, parts, path)
    return variables


def _names(order: Sequence[Node], values: Sequence[Quantity], given: Mapping[int, str]) -> list[str]:
    """A distinct name for each: the ledger's (`given`), else its label if no other has it; a constant's number."""
    called = (given.get(id(node), node.label) for node in order)
    labelled = [_one_line(getattr(name, "symbol", name)) for name in called]
    uses = Counter(labelled)
    fresh = {label: _fresh(label, uses) for label in uses}
    return [
        value.short if node.role == "constant" and not value.is_array
        else label if label and uses[label] == 1
        else next(fresh[label])
        for node, label, value in zip(order, labelled, values, strict=True)
    ]  # fmt: skip


def _fresh(label: str, taken: Container[str]) -> Iterator[str]:
    """w₁, w₂, … (v1, v2, … without a label), those left out that are labels of the graph."""
    names = (label + str(i).translate(_SUBSCRIPTS) if label else f"v{i}" for i in itertools.count(1))
    return (name for name in names if name not in taken)


def _one_line(text: str) -> str:
    return " ".join(labels.clean(text).split())


def _messages(step: LedgerStep, precision: int | str) -> Iterator[tuple[Term, Message]]:
    """What a variable is sent, with as many digits as the sum needs; and of the factors, as each product needs."""
    of_sum = labels.enough(lambda *x: labels.number(sum(x), precision), [x.product for x in step.terms], precision)

    def told(*x: float) -> tuple[str, ...]:
        products = [*map(operator.mul, x[::2], x[1::2])]
        return labels.number(sum(products), precision), *(labels.number(product, of_sum) for product in products)

    digits = labels.enough(told, [x for term in step.terms for x in (term.upstream, term.local)], of_sum)
    for term in step.terms:
        local = None if term.local is None else quantity(term.local, digits)
        yield term, Message(quantity(term.upstream, digits), local, quantity(term.product, of_sum), _lines(term))


def _lines(term: Term) -> tuple[str, ...]:
    """Why the local derivative is what it is; from an engine that does not say, its formula."""
    lines = getattr(getattr(term, "reason", None), "lines", ()) or [f"local: {getattr(term, 'formula', '')}"]
    return tuple(line for line in map(_one_line, lines) if any(map(str.isalpha, line.removeprefix("local"))))


def _forward(order: Sequence[Node], variables: Variables, edges: Edges, told: Mapping[int, str]) -> Iterable[Step]:
    yield Step("forward", tuple(variables[id(node)] for node in order if not node.parents), ())
    for node in order:
        if node.parents:
            operands = tuple(edges[id(node), argument] for argument in range(len(node.parents)))
            yield Step("forward", (variables[id(node)],), operands, reading=told.get(id(node), ""))


def _backward(
    received: Sequence[LedgerStep], variables: Variables, edges: Edges, precision: int | str
) -> Iterable[Step]:
    # To the output, by the `id` of a variable: how many paths, and where there are few, the terms along each of them.
    counts: dict[int, int] = {}
    paths: dict[int, list[tuple[Term, ...]]] = {}
    for step in received:
        node, me = step.variable, id(step.variable)
        incoming = tuple(edges[id(term.child), term.argument] for term in step.terms)
        counts[me] = sum(counts[id(term.child)] for term in step.terms) if incoming else 1
        if counts[me] <= LISTED_PATHS:
            paths[me] = [(term, *path) for term in step.terms for path in paths[id(term.child)]] or [()]
        listed = tuple(_path(node, path, variables, precision) for path in paths.get(me, ()) if path)
        yield Step("backward", (variables[me],), incoming, counts[me], listed)


def _path(start: Node, terms: Sequence[Term], variables: Variables, precision: int | str) -> Path:
    passed = tuple(variables[id(node)] for node in (start, *(term.child for term in terms)))
    factors: list[Any] = [term.local for term in terms]
    if any(factor is None or labels.is_array(factor) for factor in factors):
        return Path(passed, (), None)
    product = math.prod(factors[::-1])
    digits = labels.enough(lambda *x: labels.number(math.prod(x), precision), factors, precision)
    return Path(passed, tuple(quantity(factor, digits) for factor in factors), quantity(product, precision))
