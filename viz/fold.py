"""Graph → graph: cards that stand for several others, and count what they hide."""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace

from viz import labels
from viz.graph import SYMBOLS, Card, Cluster, Edge, Graph, Row, Stamp


def cut(graph: Graph, hidden: Collection[str]) -> Graph:
    """One card "… 37 more nodes" in the place of the hidden cards, which are given by id."""
    if not hidden:
        return graph
    name = f"… {len(hidden):,} more node{'s' if len(hidden) > 1 else ''}"
    more = Card("more", "hidden", "", name, (), graph.palette.style("hidden"))
    return substitute(graph, dict.fromkeys(hidden, more))


def fold(graph: Graph, names: Collection[str]) -> Graph:
    """One card in the place of each module whose class or path is in `names`, and one for those that are alike.

    Alike are parts of one module, equal in kind, size and connections, as the neurons of a layer are. Outputs of the
    graph are never hidden.
    """
    if not names:
        return graph
    clusters = {cluster.id: cluster for cluster in graph.clusters}
    folded: dict[str, str] = {}  # from each cluster that disappears to the outermost folded one around it
    for cluster in graph.clusters:
        if cluster.parent in folded:
            folded[cluster.id] = folded[cluster.parent]
        elif cluster.kind in names or cluster.path in names:
            folded[cluster.id] = cluster.id
    members: dict[str, list[str]] = defaultdict(list)
    for card in graph.cards:
        if card.cluster in folded and card.id not in graph.outputs:
            members[folded[card.cluster]].append(card.id)
    stand_ins: dict[str, Card] = {}
    for alike in _alike(graph, clusters, members):
        hidden = [card for place in alike for card in members[place]]
        stand_ins |= dict.fromkeys(hidden, _module([clusters[place] for place in alike], len(hidden), graph))
    outside = {inner: clusters[outermost].parent for inner, outermost in folded.items()}
    cards = tuple(replace(card, cluster=outside.get(card.cluster, card.cluster)) for card in graph.cards)
    return substitute(replace(graph, cards=cards), stand_ins)


def check_names(names: Iterable[str], clusters: Sequence[Cluster]) -> None:
    """Raise a ValueError for a name that is neither the class nor the path of a module."""
    known = {name for cluster in clusters for name in (cluster.kind, cluster.path)}
    kinds = ", ".join(dict.fromkeys(repr(cluster.kind) for cluster in clusters))
    for name in names:
        if name not in known:
            raise ValueError(f"expected fold to name modules of the drawing, by class ({kinds}) or path; got {name!r}")


def _alike(graph: Graph, clusters: Mapping[str, Cluster], members: Mapping[str, Sequence[str]]) -> list[list[str]]:
    """The folded clusters, those that are alike together."""
    place = {card: cluster for cluster, cards in members.items() for card in cards}
    operands: dict[str, set[str]] = defaultdict(set)
    results: dict[str, set[str]] = defaultdict(set)
    for edge in graph.edges:
        tail, head = place.get(edge.tail, edge.tail), place.get(edge.head, edge.head)
        if tail != head:
            operands[head].add(tail)
            results[tail].add(head)
    groups: dict[object, list[str]] = defaultdict(list)
    for cluster, cards in members.items():
        kind, parent, contents = clusters[cluster].kind, clusters[cluster].parent, clusters[cluster].contents
        joined = frozenset(operands[cluster]), frozenset(results[cluster])
        groups[kind, parent, contents, len(cards), joined].append(cluster)
    return list(groups.values())


def _module(alike: Sequence[Cluster], hidden: int, graph: Graph) -> Card:
    first = alike[0]
    name = first.title if len(alike) == 1 else labels.clean(f"{first.kind} × {len(alike)}")
    each = "" if len(alike) == 1 else " each"
    rows = [Row("", line + each) for line in first.contents] + [Row("", f"{hidden:,} nodes")]
    style, place = graph.palette.style("module"), first.id if len(alike) == 1 else first.parent
    return Card(first.id, "module", "", name, tuple(rows), style, cluster=first.parent, place=place)


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
