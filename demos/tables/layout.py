"""What stands around a file's rows: comments above them, names beside them, spaces between their cells."""

from __future__ import annotations

import csv
import io
import re

from demos.tables.dialect import LINE_END, cells_in, separator_of
from vector.data import DataError

_KINDS = {
    r"[\[{]": "JSON; pandas.read_json(FILE).to_csv(NEW, index=False) writes one",
    r"(?i:<!doctype|<html|<\?xml)": "a page of HTML or XML",
    r"(?i:(?>%[^\n]*\n\s*)*+@relation)": "ARFF; what stands below its @data is a CSV file without names",
}
"""How files that are no rows of cells begin, and what they are."""
_COMMENT = re.compile(r"(?>[ \t]*(?>\r\n|\r|\n))*+#[^\r\n]*(?:\r\n|\r|\n|$)")


def require_rows(text: str) -> None:
    """Refuse what is text, but no rows of cells.

    Raises:
        DataError: it is something else; it is named.
    """
    for beginning, what in _KINDS.items():
        if re.match(rf"\s*{beginning}", text):
            raise DataError(f"expected a CSV file, got {what}")


def below_comments(text: str, separator: str | None) -> tuple[str, int]:
    """The text below the lines that begin with #, and how many lines are above it.

    Such a line above a row of numbers, with as many cells, is the header: "#,name" as it stands, "# x,y" without #.
    """
    end, last = 0, ""
    while found := _COMMENT.match(text, end):
        end, last = found.end(), found[0].strip()
    if not end:
        return text, 0
    rest, above = text[end:], len(LINE_END.findall(text[:end]))
    cut = separator_of(rest, separator)
    header = cells_in(last if last[1:2] == cut != " " else last.lstrip("#").strip(), cut)
    row = cells_in(LINE_END.split(rest.lstrip(), maxsplit=1)[0], cut)
    if len(header) == len(row) > 1 and any(map(is_number, row)):
        return f"{_joined(header, cut)}{rest}", above - 1
    return rest, above


def tabbed(text: str) -> str:
    """The rows of a text whose cells stand between spaces and tabs, with one tab between two cells in quotes."""
    return "".join(_joined(cells_in(line, " "), "\t") for line in LINE_END.split(text))


def _joined(cells: list[str], separator: str) -> str:
    made = io.StringIO()
    csv.writer(made, delimiter=separator, lineterminator="\n", quoting=csv.QUOTE_ALL).writerow(cells)
    return made.getvalue()


def has_row_names(text: str, rows: int) -> bool:
    """Whether the header and each row begin with quotes, as R writes rows' names below a header without their name.

    Where spaces separate cells, they do so as soon as they are `tabbed`.
    """
    return len(re.findall(r'^"', text, re.MULTILINE)) == rows + 1


def is_number(cell: str) -> bool:
    """Whether a cell of a first line is no name, but a number."""
    try:
        float(cell.replace(",", "."))
    except ValueError:
        return False
    return cell.lower() not in ("nan", "inf", "infinity")
