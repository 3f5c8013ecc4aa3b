"""A graph of any size as rooms: what one picture shows of it, and which of its cards are doors to other rooms.

The first room is the whole graph. A module is one card there, and a room of its own; so is a part of what is too much
for one picture. A node is known by its position in topological order; a card is that of a node, or of a cluster.
"""

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from viz.graph import Cluster

Card = int | str  # a node's position, or a cluster's id

NODES = 80  # that stand in one room; of more, those next to the result stay, and the others are parts
KEPT = 40
PARTS = 6
TOUCHED = 8  # nodes before or behind a room without folds that are shown one by one
ROOMS = 48
CARDS = 1500  # in all rooms
WHOLE = Cluster("", "", "", "", "", ())


@dataclass(frozen=True, slots=True)
class Room:
    """What is inside a cluster, or inside the graph (WHOLE), and what it touches outside: by node, the card for it."""

    cluster: Cluster
    around: int  # the room that its door is in
    inside: Mapping[int, Card]
    outside: Mapping[int, Card]

    @property
    def cards(self) -> dict[int, Card]:
        """Both."""
        return {**self.inside, **self.outside}


@dataclass(slots=True)
class Plan:
    """A graph that is divided into clusters, some of them the user's modules."""

    operands: Sequence[Sequence[int]]
    kinds: Sequence[str]  # of each node, what a count of them says
    places: list[str]  # of each node, the innermost cluster, or ""
    clusters: dict[str, Cluster]  # each after the one around it

    def rooms(self) -> list[Room]:
        """The rooms, those next to the result first, until they are too many; an output is never behind a door."""
        self.places[-1] = ""
        self._unwrap()
        self._divide()
        chains: dict[str, tuple[str, ...]] = {"": ()}  # of each cluster, those around it and itself
        for cluster in self.clusters.values():
            chains[cluster.id] = (*chains[cluster.parent], cluster.id)
        around = [chains[place] for place in self.places]
        members: dict[str, list[int]] = defaultdict(list)
        for node, chain in enumerate(around):
            for place in ("", *chain):
                members[place].append(node)
        users: list[list[int]] = [[] for _ in self.operands]
        for node, operands in enumerate(self.operands):
            for operand in operands:
                users[operand].append(node)
        found: list[Room] = []
        cards, stack = 0, [("", 0)]
        while stack and len(found) < ROOMS and cards < CARDS:
            place, door = stack.pop()
            here = chains[place]
            inside = {i: _card(i, around[i], here) for i in members[place]}
            if place and len({*inside.values()}) > 2 * NODES:
                continue  # it was not divided, and stays closed
            ends = {x: None for i in inside for x in (*self.operands[i], *users[i]) if x not in inside} if place else {}
            folds = [*dict.fromkeys(card for card in inside.values() if isinstance(card, str))]
            used = [x for x in ends if any(user in inside for user in users[x])]
            single = {x for side in (used, ends.keys() - used) if len(side) <= TOUCHED and not folds for x in side}
            outside = {x: x if x in single else _card(x, around[x], here) for x in ends}
            stack += [(fold, len(found)) for fold in folds]
            found.append(Room(self.clusters.get(place, WHOLE), door, inside, outside))
            cards += len({*inside.values(), *outside.values()})
        return found

    def _unwrap(self) -> None:
        """The one module around all others needs no door."""
        while len(outermost := [x for x in self.clusters.values() if not x.parent]) == 1:
            whole = self.clusters.pop(outermost[0].id).id
            self.places = ["" if place == whole else place for place in self.places]
            for cluster in [x for x in self.clusters.values() if x.parent == whole]:
                self.clusters[cluster.id] = replace(cluster, parent="")

    def _divide(self) -> None:
        """Parts of what is too much for one room; of parts, in turn, those next to the result first."""
        nodes: dict[str, list[int]] = defaultdict(list)
        for node, place in enumerate(self.places):
            nodes[place].append(node)
        stack = [*self.clusters, ""]
        while stack and len(self.clusters) < PARTS * ROOMS:
            place = stack.pop()
            for hidden in self._hidden(place, nodes[place]) if len(nodes[place]) > NODES else ():
                part, kinds = f"p{len(self.clusters)}", Counter(self.kinds[i] for i in hidden)
                contents = tuple(f"{count:,} × {kind}" for kind, count in kinds.most_common(3))
                self.clusters[part] = Cluster(part, place, "", "part", f"{len(hidden):,} nodes", contents)
                nodes[part] = hidden
                for i in hidden:
                    self.places[i] = part
                stack.append(part)

    def _hidden(self, place: str, nodes: Sequence[int]) -> Iterator[list[int]]:
        """All but the last few, in the order of the computation; apart what lies before and behind other clusters."""
        folds = {x.id: 1 << i for i, x in enumerate(x for x in self.clusters.values() if x.parent == place)}
        before = [0] * len(self.operands)
        for i, operands in enumerate(self.operands if folds else ()):
            before[i] = folds.get(self.places[i], 0)
            for operand in operands:
                before[i] |= before[operand]
        groups: dict[int, list[int]] = defaultdict(list)
        for i in nodes[:-KEPT]:
            groups[before[i]].append(i)
        for group in groups.values():
            size = max(KEPT, -(-len(group) // PARTS))
            parts = (group[i : i + size] for i in range(0, len(group), size))
            yield from (part for part in parts if len(part) > 2)


def _card(node: int, chain: Sequence[str], here: Sequence[str]) -> Card:
    """Of a node in a chain of clusters, what is seen of it from another place."""
    return next((cluster for cluster in chain if cluster not in here), node)
