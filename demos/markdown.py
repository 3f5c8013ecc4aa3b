"""Markdown that reads well as plain text too."""

from __future__ import annotations

from collections.abc import Sequence


def table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """A table with aligned columns.

    >>> print(table(["op", "slope"], [["exp", "eˣ"], ["relu", "0 or 1"]]))
    | op   | slope  |
    | ---- | ------ |
    | exp  | eˣ     |
    | relu | 0 or 1 |
    """
    lines = [list(head), *rows]
    widths = [max(len(line[i]) for line in lines) for i in range(len(head))]
    lines.insert(1, ["-" * width for width in widths])
    return "\n".join(
        "| " + " | ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)) + " |" for line in lines
    )
