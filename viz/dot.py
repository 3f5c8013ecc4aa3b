"""Plain data → DOT, the language of Graphviz. No decision is made here; the quoting is the graphviz package's."""

from typing import TYPE_CHECKING

from viz.card import card_table, escaped, font, indented, lines, stamp_text
from viz.graph import Card, Edge, Graph, Nested, nested
from viz.legend import heading
from viz.palette import Palette

if TYPE_CHECKING:
    import graphviz

FONT = "Helvetica,Arial,sans-serif"
HASTY_FROM = 1000  # edges; from here on Graphviz may leave a few crossings, and takes a tenth of the time


def to_digraph(graph: Graph) -> "graphviz.Digraph":
    """The whole drawing as an object of the graphviz package, whose `source` is the DOT text."""
    import graphviz  # not above, for it takes longer to import than viz

    palette = graph.palette
    font = {"fontname": FONT, "fontsize": "11", "fontcolor": palette.ink}
    digraph = graphviz.Digraph(
        "twingrad",
        graph_attr=font | {"rankdir": graph.direction, "bgcolor": palette.paper, "nodesep": "0.25", "ranksep": "0.45"},
        node_attr=font | {"shape": "plain"},
        edge_attr=font | {"fontsize": "10", "fontcolor": palette.muted, "color": palette.edge, "arrowsize": "0.7"},
    )
    above = heading(graph)
    digraph.attr(**({"label": _label(above), "labelloc": "t"} if above else {}), pad="0.2")
    if len(graph.edges) > HASTY_FROM:
        digraph.attr(nslimit="2", mclimit="0.1")
    _fill(digraph, "", graph, nested(graph))
    chains: dict[str, frozenset[str]] = {"": frozenset()}  # by cluster, itself and those around it
    for cluster in graph.clusters:
        chains[cluster.id] = chains[cluster.parent] | {cluster.id}
    around = {card.id: chains[card.cluster] for card in graph.cards}
    side = "w" if graph.direction == "LR" else "n"
    for edge in graph.edges:
        # What enters a frame comes from further away, so that the two stand side by side.
        length = None if around[edge.head] <= around[edge.tail] else "2"
        head = f"{edge.head}:p{edge.argument}:{side}" if edge.pinned else edge.head
        look = _edge_look(edge, palette)
        digraph.edge(edge.tail, head, _edge_label(edge, palette), minlen=length, **look)
    return digraph


def _fill(digraph: "graphviz.Digraph", cluster: str, graph: Graph, inside: Nested) -> None:
    for item in inside[cluster]:
        if isinstance(item, Card):
            digraph.node(item.id, _label(card_table(item, graph)), **{"class": item.role})
            continue
        muted = graph.palette.muted
        title = f'<FONT COLOR="{muted}"><B>{lines(item.title)}</B></FONT>'
        with digraph.subgraph(name=f"cluster_{item.id}") as framed:
            framed.attr(label=f"<{title}>", labeljust="l", style="rounded,filled", color=muted, **{"class": "module"})
            framed.attr(fillcolor=graph.palette.frame, margin="10", penwidth="0.7")
            _fill(framed, item.id, graph, inside)


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
