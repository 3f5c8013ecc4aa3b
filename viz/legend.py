"""What stands above a drawing: its title, and the meaning of what occurs in it."""

from collections.abc import Iterator

from viz.card import BLANK, bar, frame, thumbnail
from viz.differences import Verdict
from viz.graph import SYMBOLS, Graph
from viz.markup import PLAIN, font, lines, table, td, tr

_MEANINGS: dict[Verdict, str] = {
    "agrees": "agrees with difference quotients",
    "convention": "no derivative: a convention",
    "mismatch": "disagrees",
}


def heading(graph: Graph) -> str:
    """The title, and below it the roles, with notes on what is written on cards and edges at their right."""
    cells = [*_swatches(graph)]
    if notes := [*_notes(graph)]:
        broken = '<BR ALIGN="LEFT"/>'
        cells.append(td(broken.join([*notes, ""])))
    legend = table(PLAIN + ' CELLPADDING="3"', [tr(*cells)])
    if not graph.title:
        return legend
    title = f'<FONT POINT-SIZE="16"><B>{lines(graph.title)}</B></FONT>'
    return table(PLAIN, [tr(td(title)), tr(td(legend))])


def _swatches(graph: Graph) -> Iterator[str]:
    for role, style in graph.legend.roles:
        # Of a fixed size, for else a long title would pull it into the length.
        yield td(frame(style, [tr(*bar(style), BLANK)]), 'FIXEDSIZE="TRUE" WIDTH="30" HEIGHT="26"')
        yield td(f"{role} ", 'ALIGN="LEFT"')
    if graph.legend.heat:
        yield td(thumbnail(((-1.0, -0.5, 0.0, 0.5, 1.0),), graph.palette))
        yield td("block means: − 0 + ", 'ALIGN="LEFT"')


def _notes(graph: Graph) -> Iterator[str]:
    legend, palette = graph.legend, graph.palette
    if legend.formulas:
        yield font("<I>formula = local derivative</I>", palette.muted)
    if legend.messages:
        message = font("<B>message</B>", palette.message)
        yield font("upstream × local derivative = ", palette.muted) + message
    for verdict in legend.verdicts:
        yield font(f"{SYMBOLS[verdict]} {_MEANINGS[verdict]}", palette.verdicts[verdict])
