"""What stands above a drawing: its title, and the meaning of what occurs in it."""

from collections.abc import Iterator

from viz.card import PLAIN, bar, escaped, font, frame, lines, table, td, thumbnail, tr
from viz.differences import Verdict
from viz.graph import SYMBOLS, Graph

MOST_NAMES = 4  # of parameters that are written in short; the rest are alike
_ON_CARDS = {"⊙": "element by element", "·": "a sum of products"}
_ON_EDGES = {"Jacobian": "the derivatives of each element by each", "norm": "√Σx²"}
_MEANINGS: dict[Verdict, str] = {
    "agrees": "agrees with {judges}", "unknown": "cannot be judged here",
    "convention": "no derivative: a convention", "mismatch": "disagrees",
}  # fmt: skip


def heading(graph: Graph) -> str:
    """The title, and below it the roles, with notes on what is written on cards and edges at their right; or ""."""
    title = f'<FONT POINT-SIZE="16"><B>{lines(graph.title)}</B></FONT>'
    parts = [title] if graph.title else []
    if graph.explained:
        cells = [*_swatches(graph)]
        if notes := [*_notes(graph)]:
            cells.append(td('<BR ALIGN="LEFT"/>'.join([*notes, ""])))
        parts.append(table(PLAIN + ' CELLPADDING="3"', [tr(*cells)]))
        if not graph.title:
            return parts[0]
    return table(PLAIN, [tr(td(part)) for part in parts]) if parts else ""


def _swatches(graph: Graph) -> Iterator[str]:
    for role, style in graph.legend.roles:
        # Of a fixed size, for else a long title or many notes would stretch it; what is inside fills it to the point.
        width, height = {"bar": (19, 22), "double": (18, 16)}.get(style.shape, (24, 22))
        blank = td("", f'WIDTH="{width}" HEIGHT="{height}"')
        yield td(frame(style, [tr(*bar(style), blank)], ' FIXEDSIZE="TRUE" WIDTH="26" HEIGHT="24"'))
        yield td(f"{role} ", 'ALIGN="LEFT"')
    if graph.legend.heat:
        yield td(thumbnail(((-1.0, -0.5, 0.0, 0.5, 1.0),), graph.palette))
        yield td("block means: − 0 + ", 'ALIGN="LEFT"')


def _notes(graph: Graph) -> Iterator[str]:
    legend, palette = graph.legend, graph.palette
    if short := [f"{x.name} = {x.path}" for x in graph.cards if x.path]:
        yield font(escaped(", ".join([*short[:MOST_NAMES], *["…"] * (len(short) > MOST_NAMES)])), palette.muted)
    if legend.formulas:
        yield font("<I>formula = local derivative</I>", palette.muted)
    if legend.messages:
        message = font("<B>message</B>", palette.message)
        yield font("upstream · local derivative = ", palette.muted) + message
    symbols, messages = {x.symbol for x in graph.cards}, " ".join(str(edge.message) for edge in graph.edges)
    met = [(sign, meaning) for sign, meaning in _ON_CARDS.items() if sign in symbols]
    met += [(sign, meaning) for sign, meaning in _ON_EDGES.items() if sign in messages]
    yield from (font(f"{sign}: {meaning}", palette.muted) for sign, meaning in met)
    for verdict in legend.verdicts:
        meaning = _MEANINGS[verdict].format(judges=escaped(" and ".join(legend.judges)))
        yield font(f"{SYMBOLS[verdict]} {meaning}", palette.verdicts[verdict])
