"""A drawing as plain, immutable data in which every decision has been made. `viz.trace` makes it from nodes."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from viz import labels
from viz.differences import Verdict
from viz.heat import Heat
from viz.palette import SHAPES, Palette, Role, Style

Direction = Literal["LR", "TB"]


SYMBOLS: dict[Verdict, str] = {"agrees": "✓", "unknown": "?", "convention": "~", "mismatch": "✗"}


@dataclass(frozen=True, slots=True)
class Stamp:
    """What an independent check says of a derivative."""

    verdict: Verdict
    note: str = ""

    def __str__(self) -> str:
        return f"{SYMBOLS[self.verdict]} {self.note}".rstrip()


@dataclass(frozen=True, slots=True)
class Row:
    """One line of a card: what it tells, and the number, or an array's summary with a thumbnail."""

    key: str
    text: str
    heat: Heat | None = None
    stamp: Stamp | None = None

    @property
    def missing(self) -> bool:
        """Whether the line says that there is no number, and why."""
        return self.text in labels.MISSING

    def __str__(self) -> str:
        return f"{self.key} {self.text} {self.stamp or ''}".strip()


@dataclass(frozen=True, slots=True)
class Card:
    """One variable: its symbol (when an operation made it), its name and its lines. Or what stands for several."""

    id: str
    role: Role
    symbol: str
    name: str
    rows: tuple[Row, ...]
    style: Style
    pins: int = 0  # numbered places where edges arrive; 0 when the order of the operands is not shown
    cluster: str = ""  # the id of the innermost cluster around it
    called: str = ""  # in text, a name that no other card has; "" where the id has to tell them apart
    place: str | None = None  # the cluster in which what it stands for is; None where it is a variable's own
    door: int = 0  # the view that it opens

    @property
    def path(self) -> str:
        """Where a parameter that is written in short is in its model."""
        return self.called if self.role == "parameter" and self.called != self.name else ""


@dataclass(frozen=True, slots=True)
class Message:
    """What the backward pass sends along an edge: upstream · local = product, as text."""

    upstream: str
    local: str
    product: str

    @property
    def factors(self) -> str:
        """The product as it is written: negative factors in brackets."""
        return "·".join(f"({x})" if x.startswith("−") else x for x in (self.upstream, self.local))

    def __str__(self) -> str:
        return f"{self.factors} = {self.product}"


@dataclass(frozen=True, slots=True)
class Edge:
    """From an operand to the result, as its operand number `argument` (counted from 1)."""

    tail: str
    head: str
    argument: int
    pinned: bool
    message: Message | None = None
    formula: str = ""  # the result's derivative by this operand, "cos(x) = 0.54"
    stamp: Stamp | None = None
    values: int = 1  # how many variables go along it, where a card at its tail stands for several


@dataclass(frozen=True, slots=True)
class Cluster:
    """A module of the user's model, drawn as a frame around its cards."""

    id: str
    parent: str  # the id of the cluster around it, or ""
    path: str  # from the model, as in "layers.0"
    kind: str  # its class
    title: str
    contents: tuple[str, ...]  # what a card tells that stands for it


@dataclass(frozen=True, slots=True)
class Legend:
    """The roles and verdicts that occur, in a fixed order; whether messages, formulas and thumbnails of arrays do."""

    roles: tuple[tuple[Role, Style], ...]
    messages: bool
    formulas: bool
    heat: bool
    verdicts: tuple[Verdict, ...]
    judges: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Graph:
    """A whole drawing.

    Cards stand in topological order, operands before results; what stands for several, where the last of them would.
    Clusters stand before those inside them.
    """

    title: str
    direction: Direction
    palette: Palette
    cards: tuple[Card, ...]
    edges: tuple[Edge, ...]
    outputs: tuple[str, ...]
    clusters: tuple[Cluster, ...] = ()
    judges: tuple[str, ...] = ()  # by whom the derivatives are stamped, where they are
    explained: bool = True  # whether a legend stands above the picture
    around: int = 0  # of one of several views, that in which its door is

    @property
    def legend(self) -> Legend:
        """What needs an explanation."""
        occurring = {card.role for card in self.cards} - {"hidden"}  # which says itself what it is
        rows = [row for card in self.cards for row in card.rows]
        stamps = [row.stamp for row in rows] + [edge.stamp for edge in self.edges]
        verdicts = {stamp.verdict for stamp in stamps if stamp}
        roles = tuple((role, self.palette.style(role)) for role in SHAPES if role in occurring)
        shown = (any(x.message for x in self.edges), any(x.formula for x in self.edges), any(row.heat for row in rows))
        return Legend(roles, *shown, tuple(verdict for verdict in SYMBOLS if verdict in verdicts), self.judges)


Nested = Mapping[str, Sequence[Card | Cluster]]
"""What is directly inside each cluster, by its id; "" for what is in none."""


def nested(graph: Graph) -> Nested:
    """The cards and clusters of a graph, each in its place."""
    inside: dict[str, list[Card | Cluster]] = defaultdict(list)
    for cluster in graph.clusters:
        inside[cluster.parent].append(cluster)
    for card in graph.cards:
        inside[card.cluster].append(card)
    return inside
