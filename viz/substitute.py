"""Graph → graph: one card in the place of several, whatever the reason."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from viz.graph import SYMBOLS, Card, Cluster, Edge, Graph, Row, Stamp


def substitute(graph: Graph, stand_ins: Mapping[str, Card]) -> Graph:
    """The graph with each card whose id is a key replaced by the card there, and the edges between two cards as one.

    What a check found wrong stays visible: on the edge that is left, or counted on the card that hides it.
    """
    ids = {card.id: card.id for card in graph.cards} | {hidden: card.id for hidden, card in stand_ins.items()}
    bundles: dict[tuple[str, str, int], list[Edge]] = defaultdict(list)
    wrong: Counter[str] = Counter()
    for edge in graph.edges:
        tail, head = ids[edge.tail], ids[edge.head]
        if tail == head:
            wrong[head] += _is_wrong(edge.stamp)
        else:
            single = (tail, head) == (edge.tail, edge.head)
            bundles[tail, head, edge.argument if single else 0].append(edge)
    cards: dict[str, Card] = {}
    for card in graph.cards:
        stand_in = stand_ins.get(card.id)
        if stand_in:
            wrong[stand_in.id] += sum(_is_wrong(row.stamp) for row in card.rows)
            cards.pop(stand_in.id, None)  # it stands in the place of the last card that it replaces
        cards[ids[card.id]] = stand_in or card
    counted = tuple(_with_count(card, wrong[card.id]) for card in cards.values())
    edges = tuple(_bundled(tail, head, bundle) for (tail, head, _), bundle in bundles.items())
    return replace(graph, cards=counted, edges=edges, clusters=_occupied(graph.clusters, counted))


def _is_wrong(stamp: Stamp | None) -> bool:
    return stamp is not None and stamp.verdict == "mismatch"


def _with_count(card: Card, wrong: int) -> Card:
    if not wrong:
        return card
    return replace(card, rows=(*card.rows, Row("", "", stamp=Stamp("mismatch", f"{wrong} inside"))))


def _bundled(tail: str, head: str, bundle: Sequence[Edge]) -> Edge:
    first = bundle[0]
    if len(bundle) == 1:
        return replace(first, tail=tail, head=head, pinned=first.pinned and head == first.head)
    verdicts = [edge.stamp.verdict for edge in bundle if edge.stamp]
    stamp = Stamp(max(verdicts, key=[*SYMBOLS].index)) if verdicts else None
    values = len({edge.tail for edge in bundle})
    return Edge(tail, head, first.argument, pinned=False, stamp=stamp, values=values)


def _occupied(clusters: Sequence[Cluster], cards: Iterable[Card]) -> tuple[Cluster, ...]:
    """The clusters that still hold something."""
    occupied = {card.cluster for card in cards}
    for cluster in reversed(clusters):  # each before the one around it
        if cluster.id in occupied:
            occupied.add(cluster.parent)
    return tuple(cluster for cluster in clusters if cluster.id in occupied)
