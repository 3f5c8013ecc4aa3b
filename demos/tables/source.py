"""Where a table is, and what is to be made of it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from demos.tables.dialect import PACKED


@dataclass(frozen=True)
class Source:
    """A user's own table.

    Attributes:
        csv: the file. target: the column to learn. drop: columns to leave out.
        task: "classification" or "regression"; None decides by the target's cells.
        separator, decimal, encoding: how the file is written; None finds out.
        header: whether its first line names the columns; None refuses a number there. missing: words for nothing.
        test: the share of the rows, in [0, 1), that choose nothing; None takes a fifth where there are enough.
        class_weight: "balanced", "a=1,b=3", or "" for alike. weights: the column of the rows' weights, or None.
    """

    csv: str
    target: str
    drop: tuple[str, ...] = ()
    task: str | None = None
    separator: str | None = None
    decimal: str | None = None
    encoding: str | None = None
    header: bool | None = None
    missing: tuple[str, ...] = ()
    test: float | None = None
    class_weight: str = ""
    weights: str | None = None

    @property
    def name(self) -> str:
        """The file's, without folder and ending."""
        path = Path(self.csv)
        return Path(path.stem).stem if path.suffix in PACKED else path.stem
