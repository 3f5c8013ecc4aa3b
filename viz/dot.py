"""Plain data → DOT, the language of Graphviz. No decision is made here."""

import re
from collections.abc import Iterator

from viz.card import card_table, escaped, font, indented, lines, stamp_text
from viz.graph import Card, Edge, Graph, Nested, nested
from viz.legend import heading
from viz.palette import Palette
from viz.walk import scattered

FONT = "Arial"  # one family, whose widths every Graphviz knows; Liberation Sans and Arimo have the same
HASTY_FROM = 1000  # edges; from here on Graphviz may leave a few crossings, and takes a tenth of the time
# What needs no quotes: a label in tables, a name or a number.
_BARE = re.compile(r"<.*|[A-Za-z_]\w*|-?(\.\d+|\d+(\.\d*)?)", re.ASCII | re.DOTALL)


def to_dot(graph: Graph) -> str:
    """The whole drawing as DOT text."""
    return "".join(["digraph twingrad {\n", *statements(graph), "}\n"])


def statements(graph: Graph) -> Iterator[str]:
    """The lines between the braces."""
    palette = graph.palette
    letters = {"fontname": FONT, "fontsize": "11", "fontcolor": palette.ink}
    colours = {"bgcolor": palette.paper, "nodesep": "0.25", "ranksep": "0.45"}
    yield _statement("graph", rankdir=graph.direction, **letters, **colours)
    yield _statement("node", shape="plain", **letters)
    muted = letters | {"fontsize": "10", "fontcolor": palette.muted, "color": palette.edge}
    yield _statement("edge", arrowsize="0.7", **muted)
    above = heading(graph)
    yield f"\t{_attributes(**({'label': _label(above), 'labelloc': 't'} if above else {}), pad='0.2')}\n"
    if len(graph.edges) > HASTY_FROM:
        yield _statement("graph", nslimit="2", mclimit="0.1")
    if sum(card.door > 0 for card in graph.cards) > 2:  # the neurons of a layer stand in their order
        yield _statement("graph", ordering="out", remincross="false")
    yield from _contents("", graph, nested(graph))
    chains: dict[str, frozenset[str]] = {"": frozenset()}  # by cluster, itself and those around it
    for cluster in graph.clusters:
        chains[cluster.id] = chains[cluster.parent] | {cluster.id}
    around = {card.id: chains[card.cluster] for card in graph.cards}
    names = {card.id: escaped(card.name or card.id) for card in graph.cards}
    copied = scattered(names, [(edge.tail, edge.head) for edge in graph.edges])
    side = "w" if graph.direction == "LR" else "n"
    for edge in graph.edges:
        # What enters a frame comes from further away, so that the two stand side by side.
        length = {} if around[edge.head] <= around[edge.tail] else {"minlen": "2"}
        head = f"{edge.head}:p{edge.argument}:{side}" if edge.pinned else edge.head
        tail = edge.tail
        if tail in copied:
            tail, length = f"{edge.tail}_{edge.head}_{edge.argument}", {}
            yield _statement(tail, label=f"<{font(names[edge.tail], palette.muted)}>", **{"class": "copy"})
        label = {"label": told} if (told := _edge_label(edge, palette)) else {}
        yield _statement(f"{tail} -> {head}", **label, **length, **_edge_look(edge, palette))


def _contents(cluster: str, graph: Graph, inside: Nested) -> Iterator[str]:
    for item in inside[cluster]:
        if isinstance(item, Card):
            door = {"href": f"#view={item.door}", "tooltip": f"Open {escaped(item.name)}"} if item.door else {}
            yield _statement(item.id, label=_label(card_table(item, graph)), **{"class": item.role}, **door)
            continue
        muted = graph.palette.muted
        title = f'<FONT COLOR="{muted}"><B>{lines(item.title)}</B></FONT>'
        look = {"label": f"<{title}>", "labeljust": "l", "style": "rounded,filled", "color": muted, "class": "module"}
        yield f"\tsubgraph cluster_{item.id} {{\n"
        yield f"\t\t{_attributes(**look, fillcolor=graph.palette.frame, margin='10', penwidth='0.7')}\n"
        yield from (f"\t{line}" for line in _contents(item.id, graph, inside))
        yield "\t}\n"


def _statement(subject: str, **attributes: str) -> str:
    return f"\t{subject} [{_attributes(**attributes)}]\n" if attributes else f"\t{subject}\n"


def _attributes(label: str = "", **others: str) -> str:
    """The label first, the others in the order of their names."""
    pairs = [*([("label", label)] if label else []), *sorted(others.items())]
    return " ".join(f"{name}=" + (text if _BARE.fullmatch(text) else f'"{text}"') for name, text in pairs)


def _edge_label(edge: Edge, palette: Palette) -> str | None:
    parts = [f"<I>{escaped(edge.formula)}</I>"] if edge.formula else []
    if edge.message:
        product = font(f"<B>{edge.message.product}</B>", palette.message)
        parts += [edge.message.factors, f"= {product}"]
    if edge.stamp and edge.stamp.note:
        parts.append(stamp_text(edge.stamp, palette))
    elif edge.stamp:
        parts[-1:] = [" ".join([*parts[-1:], stamp_text(edge.stamp, palette)])]
    if edge.values > 1:
        parts.append(f"{edge.values} values")
    return f"< {' <BR/> '.join(parts)} >" if parts else None


def _edge_look(edge: Edge, palette: Palette) -> dict[str, str]:
    """Told by colour, and for eyes and printers that have none, by the line."""
    if edge.stamp is None or edge.stamp.verdict == "agrees":
        return {}
    line = {"penwidth": "2.5"} if edge.stamp.verdict == "mismatch" else {"style": "dashed"}
    return {"color": palette.verdicts[edge.stamp.verdict], **line}


def _label(table: str) -> str:
    return f"<\n{indented(table)}\n>"
