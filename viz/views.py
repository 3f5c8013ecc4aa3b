"""A drawing that is too much for one picture, or whose modules are folded, as views: pictures with doors to others."""

from collections.abc import Sequence
from dataclasses import replace

from viz.fold import substitute
from viz.graph import Card, Edge, Graph, Row
from viz.rooms import Plan, Room


def views(whole: Graph, folded: Graph | None = None) -> Sequence[Graph]:
    """A graph for each room (see `viz.rooms`); the first may be `folded` instead, whose modules are doors then."""
    at = {card.id: i for i, card in enumerate(whole.cards)}
    uses: list[list[tuple[int, Edge]]] = [[] for _ in at]
    for edge in whole.edges:
        uses[at[edge.head]].append((at[edge.tail], edge))
    kinds = [card.symbol or card.role for card in whole.cards]
    places = ["" if card.id in whole.outputs else card.cluster for card in whole.cards]
    operands = [[tail for tail, _ in edges] for edges in uses]
    plan = Plan(operands, kinds, places, {cluster.id: cluster for cluster in whole.clusters})
    rooms = plan.rooms()
    doors = {room.cluster.id: number for number, room in enumerate(rooms)}

    def stand_in(place: str, home: str) -> Card:
        cluster, inside = plan.clusters[place], plan.clusters[place].parent == home
        door = doors.get(place, 0) * inside
        contents = (*cluster.contents, *["too many to open here"] * (inside and not door))
        rows, style = tuple(Row("", line) for line in contents), whole.palette.style("module")
        return Card(place, "module", "", cluster.title, rows, style, cluster=home * inside, place=place, door=door)

    def view(room: Room) -> Graph:
        home, shown, outer = room.cluster.id, dict(sorted(room.cards.items())), room.outside.keys()
        cards = tuple(
            replace(whole.cards[i], cluster=home * (i in room.inside)) if card == i else whole.cards[i]
            for i, card in shown.items()
        )
        edges = tuple(edge for i in shown for tail, edge in uses[i] if tail in shown and not {i, tail} <= outer)
        ends = tuple(x for x in whole.outputs if at[x] in shown)
        title, frames = room.cluster.title or whole.title, (replace(room.cluster, parent=""),) if home else ()
        part = Graph(title, whole.direction, whole.palette, cards, edges, ends, frames, whole.judges, whole.explained)
        stand_ins = {card: stand_in(card, home) for card in {*shown.values()} if isinstance(card, str)}
        hidden = {whole.cards[i].id: stand_ins[card] for i, card in shown.items() if card in stand_ins}
        return replace(substitute(part, hidden), around=room.around)

    first, *others = map(view, rooms)
    if not folded:
        return [first, *others]
    cards = tuple(
        card if card.place is None
        else replace(card, door=doors.get(card.place, 0) if card.place in plan.clusters else len(rooms))
        for card in folded.cards
    )  # fmt: skip
    return [replace(folded, cards=cards), *others, replace(first, title="All modules")]
