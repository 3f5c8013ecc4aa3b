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
            wrong[head] += _wrong([edge])
        else:
            single = (tail, head) == (edge.tail, edge.head)
            bundles[tail, head, edge.argument if single else 0].append(edge)
    cards: dict[str, Card] = {}
    for card in graph.cards:
        stand_in = stand_ins.get(card.id)
        if stand_in:
            wrong[stand_in.id] += _wrong(card.rows)
            cards.pop(stand_in.id, None)  # it stands in the place of the last card that it replaces
        cards[ids[card.id]] = stand_in or card
    for name, number in (+wrong).items():
        count = Row("", "", stamp=Stamp("mismatch", f"{number} inside"))
        cards[name] = replace(cards[name], rows=(*cards[name].rows, count))
    edges = tuple(_bundled(tail, head, bundle) for (tail, head, _), bundle in bundles.items())
    clusters = _occupied(graph.clusters, cards.values())
    return replace(graph, cards=tuple(cards.values()), edges=edges, clusters=clusters)


def _wrong(stamped: Iterable[Row | Edge]) -> int:
    """How many are stamped as wrong."""
    return sum(item.stamp is not None and item.stamp.verdict == "mismatch" for item in stamped)


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
