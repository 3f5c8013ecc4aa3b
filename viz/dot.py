"""Plain data → DOT, the language of Graphviz. No decision is made here."""

import html
import textwrap

from viz.graph import Card, Edge, Graph, Row
from viz.palette import Palette, Style

FONT = "Helvetica,Arial,sans-serif"
_BLANK = '<TD WIDTH="14" HEIGHT="12"></TD>'
_PLAIN = 'BORDER="0" CELLBORDER="0" CELLSPACING="0"'


def to_dot(graph: Graph) -> str:
    """The whole drawing as DOT text."""
    palette = graph.palette
    lines = [
        "digraph twingrad {",
        f'  graph [rankdir={graph.direction}, bgcolor="{palette.paper}", pad=0.2, nodesep=0.25, ranksep=0.45,',
        f'         fontname="{FONT}", fontsize=11, fontcolor="{palette.ink}", labelloc=t]',
        f'  node [shape=plain, fontname="{FONT}", fontsize=11, fontcolor="{palette.ink}"]',
        f'  edge [color="{palette.edge}", arrowsize=0.7, fontname="{FONT}", fontsize=10, fontcolor="{palette.muted}"]',
        "",
        "  graph [label=<",
        textwrap.indent(_heading(graph), "    "),
        "  >]",
        "",
    ]
    for card in graph.cards:
        lines += [f"  {card.id} [class={card.role}, label=<", textwrap.indent(_card(card, graph), "    "), "  >]"]
    lines += ["", *(_edge(edge, graph) for edge in graph.edges), "}", ""]
    return "\n".join(lines)


def _edge(edge: Edge, graph: Graph) -> str:
    side = "w" if graph.direction == "LR" else "n"
    head = f"{edge.head}:p{edge.argument}:{side}" if edge.pinned else edge.head
    if edge.message is None:
        return f"  {edge.tail} -> {head}"
    message = edge.message
    product = _font(f"<B>{message.product}</B>", graph.palette.message)
    return f"  {edge.tail} -> {head} [label=< {message.upstream} × {message.local} <BR/>= {product} >]"


def _card(card: Card, graph: Graph) -> str:
    cells = []
    if card.symbol:
        size = 18 if len(card.symbol) < 3 else 13
        symbol = _font(f"<B>{_escaped(card.symbol)}</B>", graph.palette.symbol, size)
        cells.append(f'<TD CELLPADDING="4">{symbol}</TD>')
    if card.name or card.rows:
        cells.append(_cell(_table(_PLAIN + ' CELLPADDING="1"', _content(card, graph.palette))))
    cells = [*_bar(card.style), *(cells or [_BLANK])]
    if not card.pins:
        return _frame(card.style, [_tr(*cells)])
    if graph.direction == "LR":
        return _frame(card.style, [_tr(_cell(_pins(card, graph)), *cells)])
    return _frame(card.style, [_tr(_cell(_pins(card, graph), f' COLSPAN="{len(cells)}"')), _tr(*cells)])


def _content(card: Card, palette: Palette) -> list[str]:
    name = [_tr(f'<TD COLSPAN="2" ALIGN="LEFT"><B>{_lines(card.name)}</B></TD>')] if card.name else []
    return name + [_row(row, palette) for row in card.rows]


def _row(row: Row, palette: Palette) -> str:
    text = _font(f"<I>{row.text}</I>", palette.muted) if row.missing else _escaped(row.text)
    if not row.key:
        return _tr(f"<TD>{text}</TD>")
    return _tr(f'<TD ALIGN="LEFT">{_font(row.key + " ", palette.muted)}</TD>', f'<TD ALIGN="RIGHT">{text}</TD>')


def _pins(card: Card, graph: Graph) -> str:
    numbers = range(1, card.pins + 1)
    pins = [f'<TD PORT="p{pin}">{_font(str(pin), graph.palette.muted, size=8)}</TD>' for pin in numbers]
    rows = [_tr(pin) for pin in pins] if graph.direction == "LR" else [_tr(*pins)]
    return _table(_PLAIN + ' CELLPADDING="1"', rows)


def _frame(style: Style, rows: list[str]) -> str:
    # The shapes of the roles are tables, so that the legend can show them in small.
    rounded = ' STYLE="ROUNDED"' if style.shape in ("rounded", "double", "pill") else ""
    border = f'BORDER="1" CELLBORDER="0" CELLSPACING="0" CELLPADDING="2" COLOR="{style.line}"{rounded}'
    if style.shape == "double":
        rows = [_tr(_cell(_table(border, rows)))]
    return _table(f'{border} BGCOLOR="{style.fill}"', rows)


def _bar(style: Style) -> list[str]:
    return [f'<TD WIDTH="5" BGCOLOR="{style.line}"></TD>'] if style.shape == "bar" else []


def _heading(graph: Graph) -> str:
    cells = [
        _cell(_frame(style, [_tr(*_bar(style), _BLANK)])) + f"<TD>{role} </TD>" for role, style in graph.legend.roles
    ]
    if graph.legend.messages:
        message = _font("<B>message</B>", graph.palette.message)
        cells.append(f"<TD>{_font('upstream × local derivative = ', graph.palette.muted)}{message}</TD>")
    legend = _table(_PLAIN + ' CELLPADDING="3"', [_tr(*cells)])
    if not graph.title:
        return legend
    title = f'<FONT POINT-SIZE="16"><B>{_lines(graph.title)}</B></FONT>'
    return _table(_PLAIN, [_tr(f"<TD>{title}</TD>"), _tr(_cell(legend))])


def _table(attributes: str, rows: list[str]) -> str:
    return "\n".join([f"<TABLE {attributes}>", *(textwrap.indent(row, "  ") for row in rows), "</TABLE>"])


def _tr(*cells: str) -> str:
    return f"<TR>{''.join(cells)}</TR>"


def _cell(table: str, attributes: str = "") -> str:
    return f"<TD{attributes}>\n{textwrap.indent(table, '  ')}\n</TD>"


def _font(text: str, colour: str, size: int = 0) -> str:
    points = f' POINT-SIZE="{size}"' if size else ""
    return f'<FONT COLOR="{colour}"{points}>{text}</FONT>'


def _lines(text: str) -> str:
    broken = '<BR ALIGN="LEFT"/>'  # stands at the end of each line that it aligns
    return _escaped(text).replace("\n", broken) + (broken if "\n" in text else "")


def _escaped(text: str) -> str:
    # A backslash is doubled, for Graphviz puts the node's name for \N and the graph's for \G in these labels too.
    return html.escape(text).replace("\\", "\\\\")
