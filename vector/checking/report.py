"""What `check_grads` found, as a table."""

from typing import Literal, NamedTuple

Verdict = Literal["agrees", "convention", "cannot judge", "mismatch", "undefined", "empty"]


class GradientRow(NamedTuple):
    """One derivative, computed twice."""

    argument: str  # its name and place: `p['w']`
    mode: str  # "reverse" or "forward"; for a second derivative the outer one first: "forward over reverse"
    order: int
    analytic: float  # the engine's, in a random direction
    numerical: float  # by central differences, in the same direction
    error: float  # |analytic − numerical|
    tolerance: float  # how large the error may be
    # "agrees"; "convention": on a kink, where the derivative is a choice, and right beside it; "mismatch"; "undefined":
    # the engine's is not finite; "cannot judge": the differences are known too badly to tell; "empty": an argument
    # without elements.
    verdict: Verdict
    reason: str = ""  # why the judge cannot tell


class GradientReport(tuple[GradientRow, ...]):
    """The rows of `check_grads`; `str()` prints them as a table."""

    __slots__ = ()

    @property
    def rows(self) -> tuple[GradientRow, ...]:
        """All of them."""
        return tuple(self)

    @property
    def wrong(self) -> tuple[GradientRow, ...]:
        """The rows with the verdict "mismatch" or "undefined"."""
        return tuple(row for row in self if row.verdict in ("mismatch", "undefined"))

    @property
    def unjudged(self) -> tuple[GradientRow, ...]:
        """The rows that differences cannot tell right from wrong; each says why."""
        return tuple(row for row in self if row.verdict == "cannot judge")

    @property
    def ok(self) -> bool:
        """Whether no derivative was found wrong; `unjudged` are those of which nothing was found."""
        return not self.wrong

    def __str__(self) -> str:
        lines = [("argument", "mode", "order", "analytic", "numerical", "error", "verdict"), *map(_cells, self)]
        widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
        table = "  ".join(f"{{:{side}{width}}}" for side, width in zip("<<>>>><", widths, strict=True))
        return "\n".join(table.format(*line).rstrip() for line in lines)

    def __repr__(self) -> str:
        return f"<GradientReport: {len(self)} derivatives, {len(self.wrong)} wrong>"


def _cells(row: GradientRow) -> tuple[str, ...]:
    numbers = f"{row.analytic:.8g}", f"{row.numerical:.8g}", f"{row.error:.1e}"
    verdict = f"{row.verdict} here: {row.reason}" if row.reason else row.verdict
    return row.argument, row.mode, str(row.order), *numbers, verdict
