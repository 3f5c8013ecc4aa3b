"""The HTML-like labels of Graphviz, as text that a person can read."""

import html

PLAIN = 'BORDER="0" CELLBORDER="0" CELLSPACING="0"'  # of a table that only puts things beside one another


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
