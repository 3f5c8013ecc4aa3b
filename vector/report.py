"""What `check_grads` found, as a table."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal, NamedTuple

Verdict = Literal["agrees", "convention", "cannot judge", "mismatch", "undefined", "empty"]


class GradientRow(NamedTuple):
    """One derivative, computed twice."""

    argument: str
    """Its name and place: `p['w']`."""
    mode: str
    """"reverse" or "forward"; for a second derivative the outer one first: "forward over reverse"."""
    order: int
    analytic: float
    """The engine's, in a random direction."""
    numerical: float
    """By central differences, in the same direction."""
    error: float
    """|analytic − numerical|."""
    tolerance: float
    """How large the error may be."""
    verdict: Verdict
    """"agrees"; "convention": on a kink, where the derivative is a choice, and right beside it; "mismatch";
    "undefined": the engine's is not finite; "cannot judge": the differences are known too badly to tell; "empty": an
    argument without elements."""
    reason: str = ""
    """Why the judge cannot tell."""


class GradientReport:
    """The rows of `check_grads`; `str()` prints them as a table."""

    def __init__(self, rows: tuple[GradientRow, ...]) -> None:
        self.rows = rows

    def __iter__(self) -> Iterator[GradientRow]:
        return iter(self.rows)

    def __len__(self) -> int:
        return len(self.rows)

    @property
    def wrong(self) -> tuple[GradientRow, ...]:
        """The rows with the verdict "mismatch" or "undefined"."""
        return tuple(row for row in self.rows if row.verdict in ("mismatch", "undefined"))

    @property
    def unjudged(self) -> tuple[GradientRow, ...]:
        """The rows that differences cannot tell right from wrong; each says why."""
        return tuple(row for row in self.rows if row.verdict == "cannot judge")

    @property
    def ok(self) -> bool:
        """Whether no derivative was found wrong; `unjudged` are those of which nothing was found."""
        return not self.wrong

    def __str__(self) -> str:
        head = ("argument", "mode", "order", "analytic", "numerical", "error", "verdict")
        lines = [head, *(_cells(row) for row in self.rows)]
        widths = [max(len(line[i]) for line in lines) for i in range(len(head))]
        return "\n".join("  ".join(map(_aligned, range(len(head)), line, widths)).rstrip() for line in lines)

    def __repr__(self) -> str:
        return f"<GradientReport: {len(self)} derivatives, {len(self.wrong)} wrong>"


def _cells(row: GradientRow) -> tuple[str, ...]:
    return (
        row.argument,
        row.mode,
        str(row.order),
        f"{row.analytic:.8g}",
        f"{row.numerical:.8g}",
        f"{row.error:.1e}",
        f"{row.verdict} here: {row.reason}" if row.reason else row.verdict,
    )


def _aligned(column: int, cell: str, width: int) -> str:
    """Numbers to the right, words to the left."""
    return cell.rjust(width) if 2 <= column <= 5 else cell.ljust(width)
