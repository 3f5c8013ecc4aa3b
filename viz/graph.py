"""From an engine's nodes to plain, immutable data in which every decision about the drawing has been made."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from viz import labels
from viz.node import Node, Step
from viz.palette import PALETTES, SHAPES, Palette, Role, Style

Direction = Literal["LR", "TB"]

# The order of these operations' operands does not matter; every other's is shown, by numbered pins.
COMMUTATIVE = frozenset({"+", "×", "max", "min"})


@dataclass(frozen=True, slots=True)
class Row:
    """One line of a card: what it tells, and the number."""

    key: str
    text: str

    @property
    def missing(self) -> bool:
        """Whether the line says that there is no number yet."""
        return self.text == labels.NOT_COMPUTED


@dataclass(frozen=True, slots=True)
class Card:
    """One variable: its symbol (when an operation made it), its name and its lines."""

    id: str
    role: Role
    symbol: str
    name: str
    rows: tuple[Row, ...]
    style: Style
    pins: int  # numbered places where edges arrive; 0 when the order of the operands does not matter


@dataclass(frozen=True, slots=True)
class Message:
    """What the backward pass sends along an edge: upstream × local = product, as text."""

    upstream: str
    local: str
    product: str


@dataclass(frozen=True, slots=True)
class Edge:
    """From an operand to the result, as its operand number `argument` (counted from 1)."""

    tail: str
    head: str
    argument: int
    pinned: bool
    message: Message | None


@dataclass(frozen=True, slots=True)
class Legend:
    """The roles that occur, in a fixed order, and whether the edges carry messages."""

    roles: tuple[tuple[Role, Style], ...]
    messages: bool


@dataclass(frozen=True, slots=True)
class Graph:
    """A whole drawing. Cards stand in topological order: operands before results."""

    title: str
    direction: Direction
    palette: Palette
    cards: tuple[Card, ...]
    edges: tuple[Edge, ...]
    outputs: tuple[str, ...]
    legend: Legend


def trace(
    outputs: Sequence[Node],
    *,
    values: bool,
    gradients: bool,
    messages: bool,
    direction: Direction,
    palette: str,
    precision: int,
    title: str,
) -> Graph:
    """The graph behind `outputs` as plain data. Cost: linear in the number of nodes and edges; no recursion."""
    colours = PALETTES[palette]
    order = _topological(outputs)
    names = {id(node): f"n{position}" for position, node in enumerate(order, start=1)}
    ends = {id(node) for node in outputs}
    sent = _messages(outputs, precision) if messages else {}

    cards: list[Card] = []
    edges: list[Edge] = []
    for node in order:
        role = _role(node, id(node) in ends)
        pinned = len(node.parents) > 1 and node.op not in COMMUTATIVE
        rows = _rows(node, role, values=values, gradients=gradients, precision=precision)
        pins = len(node.parents) if pinned else 0
        head = names[id(node)]
        cards.append(Card(head, role, labels.clean(node.op), labels.clean(node.label), rows, colours.style(role), pins))
        for argument, parent in enumerate(node.parents):
            message = sent.get((id(node), argument))
            edges.append(Edge(names[id(parent)], head, argument + 1, pinned, message))

    occurring = {card.role for card in cards}
    legend = Legend(tuple((role, colours.style(role)) for role in SHAPES if role in occurring), bool(sent))
    roots = tuple(dict.fromkeys(names[id(node)] for node in outputs))
    return Graph(labels.clean(title), direction, colours, tuple(cards), tuple(edges), roots, legend)


def _topological(outputs: Sequence[Node]) -> list[Node]:
    # Nodes are told apart by identity, for engines compare them by value.
    order: list[Node] = []
    seen: set[int] = set()
    stack = [(node, False) for node in reversed(outputs)]
    while stack:
        node, operands_done = stack.pop()
        if operands_done:
            order.append(node)
        elif id(node) not in seen:
            seen.add(id(node))
            stack.append((node, True))
            stack.extend((parent, False) for parent in reversed(node.parents))
    return order


def _role(node: Node, is_output: bool) -> Role:
    match node.role:
        case "operation":
            return "output" if is_output else "operation"
        case "input" | "parameter" | "constant" as role:
            return role
    raise ValueError(f"expected a node's role: input, parameter, constant or operation; got {node.role!r}")


def _rows(node: Node, role: Role, *, values: bool, gradients: bool, precision: int) -> tuple[Row, ...]:
    value = labels.data(node.data, precision)
    if role == "constant":  # its number is all there is to say
        return (Row("", value),)
    rows = [Row("shape", labels.shape(node.data))] if labels.is_array(node.data) else []
    if values:
        rows.append(Row("value", value))
    if gradients:
        rows.append(Row("grad", labels.data(node.grad, precision)))
    return tuple(rows)


def _messages(outputs: Sequence[Node], precision: int) -> dict[tuple[int, int], Message]:
    if len(outputs) != 1:
        raise ValueError(f"messages=True draws the chain rule of one output; got {len(outputs)} outputs")
    chain_rule = getattr(outputs[0], "chain_rule", None)
    if chain_rule is None:
        kind = type(outputs[0]).__name__
        raise TypeError(
            f"messages=True needs a node with chain_rule(), which {kind} does not have; draw without messages"
        )
    steps: Sequence[Step] = chain_rule()
    return {
        (id(term.child), term.argument): Message(
            *(labels.number(part, precision) for part in (term.upstream, term.local, term.product))
        )
        for step in steps
        for term in step.terms
    }
