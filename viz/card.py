"""One card as a table, in Graphviz's HTML-like labels, as text that a person can read."""

import html

from viz.graph import Card, Graph, Row, Stamp
from viz.heat import Heat
from viz.palette import Palette, Shape, Style

PLAIN = 'BORDER="0" CELLBORDER="0" CELLSPACING="0"'  # of a table that only puts things beside one another
CELL = 6  # points, the side of a thumbnail's cell
_OUTLINES: dict[Shape, str] = dict.fromkeys(("rounded", "double", "pill"), ' STYLE="ROUNDED"')
_OUTLINES |= {"dashed": ' STYLE="DASHED,ROUNDED"'}


def card_table(card: Card, graph: Graph) -> str:
    """The whole card: symbol, name and rows, in the shape of its role."""
    cells = bar(card.style)
    if card.symbol:
        size = 32 if card.symbol == "·" else 18 if len(card.symbol) < 3 else 13  # a small dot would be a speck
        symbol = font(f"<B>{escaped(card.symbol)}</B>", graph.palette.symbol, size)
        cells.append(td(symbol, 'CELLPADDING="4"'))
    if card.name or card.rows:
        name = [tr(td(f"<B>{lines(card.name)}</B>", 'COLSPAN="2" ALIGN="LEFT"'))] if card.name else []
        rows = [_row(row, graph.palette) for row in card.rows]
        cells.append(td(table(PLAIN + ' CELLPADDING="1"', name + rows)))
    if not (card.symbol or card.name or card.rows):
        cells.append(td("", 'WIDTH="14" HEIGHT="12"'))
    if not card.pins:
        return frame(card.style, [tr(*cells)])
    if graph.direction == "LR":
        return frame(card.style, [tr(td(_pins(card, graph)), *cells)])
    return frame(card.style, [tr(td(_pins(card, graph), f'COLSPAN="{len(cells)}"')), tr(*cells)])


def _row(row: Row, palette: Palette) -> str:
    text = escaped(row.text).replace(", ", "<BR/>") if row.heat else escaped(row.text)
    if row.missing:
        text = font(f"<I>{row.text}</I>", palette.muted)
    elif row.stamp:
        text += " " + stamp_text(row.stamp, palette)
    if not row.key:
        return tr(td(text, 'ALIGN="LEFT"'))
    cells = [td(font(row.key + " ", palette.muted), 'ALIGN="LEFT"'), td(text, 'ALIGN="RIGHT"')]
    return tr(*cells, td(thumbnail(row.heat, palette))) if row.heat else tr(*cells)


def stamp_text(stamp: Stamp, palette: Palette) -> str:
    """A verdict in its colour."""
    return font(escaped(str(stamp)), palette.verdicts[stamp.verdict])


def thumbnail(heat: Heat, palette: Palette) -> str:
    """An array's cells."""
    size = f'WIDTH="{CELL}" HEIGHT="{CELL}" FIXEDSIZE="TRUE"'
    rows = [tr(*(td("", f'{size} BGCOLOR="{palette.shade(level)}"') for level in row)) for row in heat]
    border = f'BORDER="1" COLOR="{palette.muted}" CELLBORDER="0" CELLSPACING="0" CELLPADDING="0"'
    width, height = CELL * len(heat[0]) + 2, CELL * len(heat) + 2
    return table(f'{border} FIXEDSIZE="TRUE" WIDTH="{width}" HEIGHT="{height}"', rows)


def _pins(card: Card, graph: Graph) -> str:
    numbers = range(1, card.pins + 1)
    pins = [td(font(str(pin), graph.palette.muted, size=10), f'PORT="p{pin}"') for pin in numbers]
    rows = [tr(pin) for pin in pins] if graph.direction == "LR" else [tr(*pins)]
    return table(PLAIN + ' CELLPADDING="1"', rows)


def frame(style: Style, rows: list[str], size: str = "") -> str:
    """The shape of a role around rows: a table too, so that the legend can show it in small."""
    width = 0 if style.shape == "bare" else 1
    outline = _OUTLINES.get(style.shape, "")
    border = f'BORDER="{width}" CELLBORDER="0" CELLSPACING="0" CELLPADDING="2" COLOR="{style.line}"{outline}'
    if style.shape == "double":
        rows = [tr(td(table(border, rows)))]
    return table(f'{border} BGCOLOR="{style.fill}"{size}', rows)


def bar(style: Style) -> list[str]:
    """The cell in front of the others that belongs to the shape of a parameter."""
    return [td("", f'WIDTH="5" BGCOLOR="{style.line}"')] if style.shape == "bar" else []


def table(attributes: str, rows: list[str]) -> str:
    """A table of rows made by `tr`."""
    return "\n".join([f"<TABLE {attributes}>", *map(indented, rows), "</TABLE>"])


def tr(*cells: str) -> str:
    """A row of cells."""
    return f"<TR>{''.join(cells)}</TR>"


def td(text: str, attributes: str = "") -> str:
    """A cell that holds text; a whole table in it has its own lines."""
    if text.startswith("<TABLE"):
        text = f"\n{indented(text)}\n"
    return f"<TD {attributes}>{text}</TD>" if attributes else f"<TD>{text}</TD>"


def indented(text: str) -> str:
    """The text one level deeper."""
    return "  " + text.replace("\n", "\n  ")


def font(text: str, colour: str, size: int = 0) -> str:
    """Text in a colour, and in a size in points."""
    points = f' POINT-SIZE="{size}"' if size else ""
    return f'<FONT COLOR="{colour}"{points}>{text}</FONT>'


def lines(text: str) -> str:
    """Text that may have several lines, aligned on the left."""
    broken = '<BR ALIGN="LEFT"/>'  # stands at the end of each line that it aligns
    return escaped(text).replace("\n", broken) + (broken if "\n" in text else "")


def escaped(text: str) -> str:
    """Text as it is."""
    # A backslash is doubled, for Graphviz puts the node's name for \N and the graph's for \G in these labels too.
    return html.escape(text).replace("\\", "\\\\")
