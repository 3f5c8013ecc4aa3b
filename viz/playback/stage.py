"""From an engine's ledger to the data of a performance, scene by scene.

A ledger is what `chain_rule()` of the output gives: steps in reverse topological order, the output's own first. Only
what some scene shows is written out, so that the cost of a large graph is that of a walk.
"""

import itertools
import math
import operator
from collections import Counter, defaultdict
from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import accumulate, chain
from typing import Any

from viz import labels
from viz.clusters import clusters
from viz.node import Node, Term, Use
from viz.node import Step as LedgerStep
from viz.palette import role_of
from viz.playback import words
from viz.playback.data import Edge, Message, Path, Playback, Scene, Step, Variable
from viz.playback.nudge import nudges
from viz.playback.quantity import Quantity, quantity
from viz.playback.questions import Questions
from viz.rooms import WHOLE, Card, Plan, Room
from viz.walk import topological

LISTED_PATHS = 6  # up to this number paths are listed one by one; more are counted
MOST_COUNTED = 2000  # nodes; in a larger graph paths are not counted, whose number may have as many digits
MOST_USES = 24  # messages that a step lists; of more, it lists two
LISTED = 8  # of the numbers that a card stands for
NOTHING = Quantity("", "")

_SUBSCRIPTS = str.maketrans("0123456789", "₀₁₂₃₄₅₆₇₈₉")


def playback(
    output: Node, ledger: Iterable[LedgerStep], *, title: str, precision: int | str, model: object = None,
    most: float = math.inf,
) -> Playback:  # fmt: skip
    """The forward pass that led to `output`, then the backward pass that `ledger` records.

    The modules of `model` are scenes of their own, and so are parts of a graph that has more than `most` nodes.

    Raises TypeError: `model` is no model; ValueError: the ledger is empty, or does not begin with the output; the graph
    does not use the model.
    """
    received = list(ledger)
    if not received or received[0].variable is not output:
        raise ValueError("expected chain_rule() to begin with the output's own step; is the output a constant?")
    # Backwards, the ledger has the order of the computation; what it leaves out comes just before its first use.
    order = topological([step.variable for step in reversed(received)])
    plan = _plan(order, model, most)
    stage = _Stage(order, received, ledger, plan, precision)
    scenes = tuple(_Set(stage, number).scene() for number in range(len(stage.rooms)))
    names = {key: variable.name for key, variable in stage.variables.items()}
    heading = _one_line(title) or f"Backpropagation from {names[id(output)]}"
    found = nudges(order, {id(step.variable): step.total for step in received})
    moved = ({"name": names[id(leaf)], **nudge} for leaf, nudge in found if id(leaf) in names)
    reasons = {use: edge.message.reason for use, edge in stage.edges.items() if edge.message}
    shown = [node for node in order if id(node) in names]
    return Playback(heading, scenes, Questions(received, shown, names, reasons), tuple(moved))


class _Stage:
    """What all scenes are made of: each variable, and each edge, that one of them tells of."""

    def __init__(
        self, order: Sequence[Node], received: Sequence[LedgerStep], ledger: object, plan: Plan | None,
        precision: int | str,
    ) -> None:  # fmt: skip
        self.order, self.received, self.precision = order, received, precision
        self.rooms = rooms = plan.rooms() if plan else [Room(WHOLE, 0, {i: i for i in range(len(order))}, {})]
        self.clusters = plan.clusters if plan else {}
        self.at = {id(node): i for i, node in enumerate(order)}
        self.places = {id(step.variable): place for place, step in enumerate(received)}  # in the ledger
        self.doors = {room.cluster.id: number for number, room in enumerate(rooms)}
        self.readings = {id(x): _one_line(text) for x, text in getattr(ledger, "readings", {}).items()}
        told = self._told()
        heads = [x for x in order if id(x) in told or any(id(parent) in told for parent in x.parents)]
        digits = labels.digits(heads, precision)
        given = {id(node): name for node, name in getattr(ledger, "names", {}).items()}
        self.variables = _variables(order, told, received, digits, given, precision)
        cards = {id(order[i]) for room in rooms for i, card in room.cards.items() if card == i}
        sent = [use for step in received if id(step.variable) in cards for use in _messages(step, precision)]
        messages = {(id(term.child), term.argument): message for term, message in sent}
        self.edges: dict[Use, Edge] = {}
        for head in heads:
            enough = labels.needed(head, digits.get(id(head), precision)) if id(head) in told else precision
            for argument, tail in enumerate(head.parents):
                if id(head) in told and id(tail) in told:
                    ends = self.variables[id(tail)], self.variables[id(head)], quantity(tail.data, enough)
                    name = f"e{len(self.edges) + 1}"
                    self.edges[id(head), argument] = Edge(name, *ends, messages.get((id(head), argument)))
        self.counts: dict[int, int] = {}  # of each variable, how many paths lead to the output
        self.paths: dict[int, list[tuple[Term, ...]]] = {}  # and where there are few, the terms along each of them
        for step in received if len(order) <= MOST_COUNTED else ():
            me = id(step.variable)
            self.counts[me] = sum(self.counts[id(term.child)] for term in step.terms) if step.terms else 1
            if self.counts[me] <= LISTED_PATHS and len(rooms) == 1:
                self.paths[me] = [(x, *path) for x in step.terms for path in self.paths[id(x.child)]] or [()]

    def _told(self) -> dict[int, Node]:
        """By `id`: what has a card of its own, what that is computed from and used in, and what other cards list."""
        told: dict[int, Node] = {}
        for room in self.rooms:
            for i, card in room.cards.items():
                if card == i:
                    node = self.order[i]
                    place = self.places.get(id(node))
                    used = [] if place is None else [term.child for term in _listed(self.received[place])]
                    told |= {id(x): x for x in (node, *node.parents, *used)}
            told |= {id(node): node for exits in self.exits(room).values() for node in exits[:LISTED]}
        return told

    def exits(self, room: Room) -> dict[Card, list[Node]]:
        """Of each card that stands for several nodes, those that are used elsewhere."""
        cards = room.cards
        exits: dict[Card, dict[int, None]] = defaultdict(dict)
        for i, card in cards.items():
            for parent in self.order[i].parents:
                j = self.at[id(parent)]
                if j in cards and cards[j] not in (j, card):
                    exits[cards[j]][j] = None
        return {card: [self.order[i] for i in found] for card, found in exits.items()}


class _Set:
    """The cards and edges of one room, and what is played with them."""

    def __init__(self, stage: _Stage, number: int) -> None:
        self.stage, self.room = stage, stage.rooms[number]
        self.mark = f"s{number}" if number else ""
        self.at = self.room.cards
        self.outside = set(self.room.outside.values())
        self.exits = stage.exits(self.room)
        place: dict[Card, int] = {}  # of each card, that of the last operation that it stands for
        for i, card in self.at.items():
            place[card] = max(place.get(card, -1), i if card == i or stage.order[i].parents else -1)
        self.cards = {card: self._variable(card) for card in sorted(place, key=lambda card: place[card])}
        self.edges: dict[str, Edge] = {}
        self.drawn: dict[Use, str] = {}  # by which edge of the picture each use is shown
        names: dict[tuple[Card, Card, int], str] = {}
        tails: dict[str, set[int]] = defaultdict(set)
        for i in sorted(self.at):
            for argument, parent in enumerate(stage.order[i].parents):
                j = stage.at[id(parent)]
                tail, head = self.at.get(j, self.at[i]), self.at[i]
                if tail == head or (tail in self.outside and head in self.outside):
                    continue
                single = (tail, head) == (j, i)
                name = names.setdefault((tail, head, argument + 1 if single else 0), f"{self.mark}e{len(names) + 1}")
                tails[name].add(j)
                use = id(stage.order[i]), argument
                self.drawn[use] = name
                ends = self.cards[tail], self.cards[head]
                real = stage.edges.get(use) if single else None
                operand, message = (real.operand, real.message) if real else (NOTHING, None)
                self.edges[name] = Edge(name, *ends, operand, message, len(tails[name]))

    def scene(self) -> Scene:
        """What the page plays."""
        room, steps = self.room, (*self._forward(), *self._backward())
        return Scene(room.cluster.title, room.around, tuple(self.cards.values()), tuple(self.edges.values()), steps)

    def _variable(self, card: Card) -> Variable:
        outside = card in self.outside
        if isinstance(card, int):
            variable = self.stage.variables[id(self.stage.order[card])]
            return replace(variable, id=self.mark + variable.id, outside=outside)
        cluster, exits = self.stage.clusters[card], self._listed(card)
        door = 0 if outside else self.stage.doors.get(card, 0)
        value, gradient = _few([x.value for x in exits]), _few([x.gradient for x in exits if x.gradient])
        return Variable(
            f"{self.mark}{card}", cluster.title, "module", "", value, gradient, (cluster.title, "", ""), "",
            (*cluster.contents, *["too many to open here"] * (not door and not outside)), door, outside,
        )  # fmt: skip

    def _listed(self, card: Card) -> list[Variable]:
        """A variable; or of those that a card stands for and that are used elsewhere, the first."""
        nodes = [self.stage.order[card]] if isinstance(card, int) else self.exits.get(card, [])[:LISTED]
        return [self.stage.variables[id(node)] for node in nodes]

    def _all(self, cards: Iterable[Card]) -> tuple[Variable, ...]:
        return tuple(self.cards[card] for card in cards)

    def _edge(self, use: Use) -> Edge:
        """An edge as a step tells it, under the name of the one in the picture."""
        return replace(self.stage.edges[use], id=self.drawn[use])

    def _at_ends(self) -> list[list[Card]]:
        """What lies outside and is used here, and what lies outside and uses it."""
        ends = {edge.tail.id for edge in self.edges.values()}, {edge.head.id for edge in self.edges.values()}
        return [[x for x in self.cards if x in self.outside and self.cards[x].id in end] for end in ends]

    def _forward(self) -> Iterator[Step]:
        given, _ = self._at_ends()
        inside = [card for card in self.cards if card not in self.outside]
        leaves = [card for card in inside if isinstance(card, int) and not self.stage.order[card].parents]
        if shown := [card for card in self.cards if card in given or card in leaves]:
            listed = [variable for card in shown for variable in self._listed(card)]
            told = words.arriving(self._all(shown)) if given else ""
            yield Step("forward", self._all(shown), (), told=told, listed=tuple(listed))
        for card in inside:
            if isinstance(card, str):
                edges = tuple(edge for edge in self.edges.values() if edge.head.id == self.cards[card].id)
                told = words.inside(self.cards[card], len(self.exits.get(card, ())), edges)
                yield Step("forward", (self.cards[card],), edges, told=told, listed=tuple(self._listed(card)))
            elif operands := self.stage.order[card].parents:
                me = id(self.stage.order[card])
                edges = tuple(self._edge((me, argument)) for argument in range(len(operands)))
                yield Step("forward", (self.cards[card],), edges, reading=self.stage.readings.get(me, ""))

    def _backward(self) -> Iterator[Step]:
        used, users = self._at_ends()
        if users:
            listed = tuple(chain(*map(self._listed, users)))
            yield Step("backward", self._all(users), (), told=words.arriving_back(self._all(users)), listed=listed)
        when: dict[Card, int] = {}  # the last step of each card
        for i, card in self.room.inside.items():
            position = self.stage.places.get(id(self.stage.order[i]))
            if position is not None and (card == i or self.stage.order[i].parents):
                when[card] = max(position, when.get(card, 0))
        for card in sorted(when, key=lambda card: when[card]):
            edges = tuple(edge for edge in self.edges.values() if edge.tail.id == self.cards[card].id)
            if isinstance(card, str):
                told = words.inside(self.cards[card], len(self.exits.get(card, ())))
                yield Step("backward", (self.cards[card],), edges, told=told, listed=tuple(self._listed(card)))
            else:
                yield self._received(card, self.stage.received[when[card]])
        if used:
            names = {self.cards[card].id for card in used}
            edges = tuple(edge for edge in self.edges.values() if edge.tail.id in names)
            yield Step("backward", self._all(used), edges, told=words.leaving(self._all(used)))

    def _received(self, card: int, step: LedgerStep) -> Step:
        stage, me = self.stage, id(step.variable)
        edges = tuple(self._edge((id(x.child), x.argument)) for x in _listed(step))
        told = (
            _path(step.variable, path, stage.variables, stage.precision) for path in stage.paths.get(me, ()) if path
        )
        shown = all(isinstance(self.at.get(stage.at[id(term.child)]), int) for term in step.terms)
        return Step(
            "backward", (self.cards[card],), edges, stage.counts.get(me, 0), tuple(told), len(step.terms),
            asked=step if shown and len(edges) == len(step.terms) else None,
        )  # fmt: skip


def _plan(order: Sequence[Node], model: object, most: float) -> Plan | None:
    """How the graph is divided, or None where it is not."""
    if model is None and len(order) <= most:
        return None
    at = {id(node): i for i, node in enumerate(order)}
    operands = [[at[id(parent)] for parent in node.parents] for node in order]
    modules, places = clusters(model, order) if model is not None else ((), {})
    kinds = [labels.symbol(labels.operation(node)) or node.role for node in order]
    within = [places.get(id(node), "") for node in order]
    return Plan(operands, kinds, within, {module.id: module for module in modules})


def _variables(
    order: Sequence[Node], told: Mapping[int, Node], received: Sequence[LedgerStep], digits: Mapping[int, int],
    given: Mapping[int, str], precision: int | str,
) -> dict[int, Variable]:  # fmt: skip
    """The variables that are told of, by the `id` of the node."""
    gradients = {id(step.variable): step.total for step in received if id(step.variable) in told}
    values = {key: quantity(node.data, digits.get(key, precision)) for key, node in told.items()}
    named = [node for node in order if id(node) in told or not given]  # given names differ from one another
    names = dict(zip(map(id, named), _names(named, values, given), strict=True))
    variables = {}
    for position, node in enumerate(order):
        if (me := id(node)) in told:
            name = names[me]
            role = role_of(node, is_output=node is received[0].variable)
            stem, low, high = map(_one_line, getattr(given.get(me), "parts", (name, "", "")))
            parts, path = (stem or name, low, high), _one_line(given.get(me, "")) if role == "parameter" else ""
            gradient = quantity(gradients[me], precision) if me in gradients else None
            symbol = _one_line(labels.operation(node))
            variables[me] = Variable(f"n{position + 1}", name, role, symbol, values[me], gradient, parts, path)
    return variables


def _names(order: Sequence[Node], values: Mapping[int, Quantity], given: Mapping[int, str]) -> list[str]:
    """A distinct name for each: the ledger's (`given`), else its label if no other has it; a constant's number."""
    called = (given.get(id(node), node.label) for node in order)
    labelled = [_one_line(getattr(name, "symbol", name)) for name in called]
    uses = Counter(labelled)
    fresh = {label: _fresh(label, uses) for label in uses}
    numbers = [values.get(id(node), NOTHING) for node in order]
    return [
        number.short if node.role == "constant" and not number.is_array
        else label if label and uses[label] == 1
        else next(fresh[label])
        for node, label, number in zip(order, labelled, numbers, strict=True)
    ]  # fmt: skip


def _fresh(label: str, taken: Container[str]) -> Iterator[str]:
    """w₁, w₂, … (v1, v2, … without a label), those left out that are labels of the graph."""
    names = (label + str(i).translate(_SUBSCRIPTS) if label else f"v{i}" for i in itertools.count(1))
    return (name for name in names if name not in taken)


def _one_line(text: str) -> str:
    return " ".join(labels.clean(text).split())


def _listed(step: LedgerStep) -> Sequence[Term]:
    """The uses that a step tells of: all of them, or of too many the first two."""
    return step.terms if len(step.terms) <= MOST_USES else step.terms[:2]


def _messages(step: LedgerStep, precision: int | str) -> Iterator[tuple[Term, Message]]:
    """What a variable is sent, with as many digits as the sum needs; and of the factors, as each product needs."""

    def told(*x: float) -> tuple[str, ...]:
        products = [*map(operator.mul, x[::2], x[1::2])]
        return labels.number([*accumulate(products)][-1], precision), *(labels.number(p, of_sum) for p in products)

    of_sum = digits = precision
    if len(step.terms) <= MOST_USES:  # which can be added by hand, in turn: `sum` is more exact from Python 3.12 on
        products = [term.product for term in step.terms]
        of_sum = labels.enough(lambda *x: labels.number([*accumulate(x)][-1], precision), products, precision)
        digits = labels.enough(told, [x for term in step.terms for x in (term.upstream, term.local)], of_sum)
    for term in _listed(step):
        local = None if term.local is None else quantity(term.local, digits)
        yield term, Message(quantity(term.upstream, digits), local, quantity(term.product, of_sum), _lines(term))


def _lines(term: Term) -> tuple[str, ...]:
    """Why the local derivative is what it is; from an engine that does not say, its formula."""
    lines = getattr(getattr(term, "reason", None), "lines", ()) or [f"local: {getattr(term, 'formula', '')}"]
    return tuple(line for line in map(_one_line, lines) if any(map(str.isalpha, line.removeprefix("local"))))


def _few(quantities: Sequence[Quantity]) -> Quantity:
    """One, or the first of several."""
    short = ", ".join(x.short for x in quantities[:2] if not x.is_array)
    return quantities[0] if len(quantities) == 1 else Quantity(short + ", …" * (len(quantities) > 2), short)


def _path(start: Node, terms: Sequence[Term], variables: Mapping[int, Variable], precision: int | str) -> Path:
    passed = tuple(variables[id(node)] for node in (start, *(term.child for term in terms)))
    factors: list[Any] = [term.local for term in terms]
    if any(factor is None or labels.is_array(factor) for factor in factors):
        return Path(passed, (), None)
    product = math.prod(factors[::-1])
    digits = labels.enough(lambda *x: labels.number(math.prod(x), precision), factors, precision)
    return Path(passed, tuple(quantity(factor, digits) for factor in factors), quantity(product, precision))
