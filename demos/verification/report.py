"""What a verification found: a row for each output and each gradient, and where two computations part."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from io import StringIO
from typing import Any

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Table
from rich.text import Text

import viz
from demos.verification.nodes import node_table
from demos.verification.verdicts import STYLES, WRONG, Row
from scalar.names import written


@dataclass(frozen=True)
class Report:
    """The result of `verify`; `print` it.

    Attributes:
        title: what was verified.
        rows: outputs, then gradients.
        parting: the first place at which two computations part; "" where they do not, or where none can be named.
        notes: what else there is to know.
        drawing: the graph with the place of the fault in red; None where there is no graph, or none is wanted.
    """

    title: str
    rows: tuple[Row, ...]
    parting: str = ""
    notes: tuple[str, ...] = ()
    nodes: tuple[Mapping[str, Any], ...] = ()
    drawing: viz.Drawing | None = field(default=None, repr=False)

    @property
    def ok(self) -> bool:
        """Whether nothing is wrong; what cannot be judged is not."""
        return not self.wrong

    @property
    def wrong(self) -> tuple[Row, ...]:
        """The rows with the verdict "differs" or "undefined"."""
        return tuple(row for row in self.rows if row.verdict in WRONG)

    @property
    def columns(self) -> list[str]:
        """The judges, in the order of the table."""
        return list(dict.fromkeys(name for row in self.rows for name in row.numbers))

    def as_json(self) -> str:
        """The report for a machine; numbers that JSON lacks are texts, "nan" and "inf"."""
        rows = [
            {
                "name": row.name, "shape": list(row.shape), "element": list(row.element), "verdict": row.verdict,
                "numbers": {name: _plain(x) for name, x in row.numbers.items()},
                "deviation": _plain(row.deviation), "reason": row.reason,
            }
            for row in self.rows
        ]  # fmt: skip
        nodes = [{key: _plain(x) if isinstance(x, float) else x for key, x in node.items()} for node in self.nodes]
        found = {"title": self.title, "ok": self.ok, "rows": rows, "parting": self.parting, "notes": list(self.notes)}
        return json.dumps(found | ({"nodes": nodes} if nodes else {}), ensure_ascii=False, indent=2, allow_nan=False)

    def table(self) -> Table:
        """The rows as a table for a terminal."""
        table = Table(box=SIMPLE_HEAD, padding=(0, 1, 0, 0))
        table.add_column("", no_wrap=True)
        if any(row.shape for row in self.rows):
            table.add_column("shape", no_wrap=True)
        for name in self.columns:
            table.add_column(name, justify="right", overflow="fold")
        table.add_column("verdict")
        for row in self.rows:
            cells = [row.place]
            if any(other.shape for other in self.rows):
                cells.append("×".join(map(str, row.shape)))
            numbers = [row.numbers.get(name) for name in self.columns]
            cells += ["–" if x is None else written(x, 7) if isinstance(x, float) else str(x) for x in numbers]
            verdict = f"{row.verdict}: {row.reason}" if row.reason else row.verdict
            if verdict == "agrees" and sum(x is not None for x in numbers) < 2:
                verdict = "nothing beside it"
            table.add_row(*cells, Text(verdict, STYLES[row.verdict] if row.verdict in verdict else "dim"))
        return table

    def show(self, console: Console) -> None:
        """Print it."""
        console.print(Text(self.title), soft_wrap=True)
        if self.nodes:
            console.print(node_table(self.nodes))
        console.print(self.table())
        if self.parting:
            console.print(Text(self.parting, "bold red" if self.wrong else "yellow"), soft_wrap=True)
        for note in self.notes:
            console.print(Text(note, "dim"), soft_wrap=True)

    def __str__(self) -> str:
        text = StringIO()
        self.show(Console(file=text, width=120, highlight=False))
        return "\n".join(line.rstrip() for line in text.getvalue().splitlines() if line.strip())


def _plain(x: Any) -> Any:
    return str(x) if isinstance(x, float) and not math.isfinite(x) else x
