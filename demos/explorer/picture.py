"""The compute graph, laid out once per expression with a place for each number, which the page then fills in.

While a slider moves, only the numbers change: nothing is laid out again, and nothing in the picture jumps.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import count, islice
from typing import Any

import viz
from demos.explorer.question import Look
from scalar import ChainRule
from scalar.diagnostics.reasons import factors
from scalar.names import written
from scalar.node import Node
from viz import labels


class Place:
    """Stands for the number with this index: `viz` writes it as ten digits, which is room for nearly every number.

    >>> f"{Place(7):.4g}"
    '0000000007'
    """

    def __init__(self, index: int) -> None:
        self.index = index

    def __format__(self, spec: str) -> str:
        return f"{self.index:010}"


@dataclass(frozen=True, eq=False)
class Term:
    """A term of the chain rule, as `viz.draw` asks for it."""

    child: Card
    argument: int
    upstream: Place
    local: Place
    product: Place


@dataclass(frozen=True, eq=False)
class Step:
    """A step of the chain rule, as `viz.draw` asks for it."""

    terms: Sequence[Term]


@dataclass(eq=False)
class Card:
    """A variable, as `viz.draw` asks for it: with places or, for a constant, with its number."""

    op: str
    parents: tuple[Card, ...]
    data: Place | float
    grad: Place | None
    label: str
    role: str
    steps: Sequence[Step] = ()

    def chain_rule(self) -> Sequence[Step]:
        """The steps, known to the output alone."""
        return self.steps


def numbers(rule: ChainRule) -> Iterator[str]:
    """The numbers in the order of the places: for each step value and gradient, and three for each term."""
    digits = labels.digits((step.variable for step in rule), 4)
    for step in rule:
        yield from (written(step.variable.data, digits.get(id(step.variable), 4)), written(step.total))
        for term in step.terms:
            yield from (*factors([term], term.product)[0], written(term.product))


def draw(rule: ChainRule, look: Look) -> str:
    """The picture as SVG.

    Raises:
        viz.RendererNotFoundError, viz.RenderError: as `viz.draw`.
    """
    drawing = viz.draw(output(rule), palette=look.palette, direction=look.direction, messages=look.messages)
    return drawing.render("svg").decode()


def output(rule: ChainRule) -> Card:
    """The graph behind the ledger's output, with places for numbers."""
    places = map(Place, count())
    numbered = [(step, next(places), next(places), [[*islice(places, 3)] for _ in step.terms]) for step in rule]
    cards: dict[Any, Card] = {}
    for step, value, gradient, _ in reversed(numbered):
        variable = step.variable
        parents = tuple(cards.get(parent) or _constant(parent) for parent in variable.parents)
        cards[variable] = Card(variable.op, parents, value, gradient, rule.names[variable].symbol, variable.role)
    last = cards[rule.output]
    last.steps = [
        Step([Term(cards[term.child], term.argument, *three) for term, three in zip(step.terms, threes, strict=True)])
        for step, _, _, threes in numbered
    ]
    return last


def _constant(node: Node) -> Card:
    return Card("", (), node.data, None, "", "constant")
