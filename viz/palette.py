"""How each role looks: shapes that need no colour, and colours that need no good eyes.

The hues are the colour-blind-safe ones of Okabe and Ito (2008), "Color universal design": vermillion for parameters,
blue for operations, bluish green (darkened to be read as text) for the messages of the backward pass. They differ for
every kind of colour vision, so no palette of its own is needed for the colour-blind; and every role has a shape too.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Literal, get_args

from viz.differences import Verdict
from viz.node import Node

Role = Literal["input", "parameter", "constant", "operation", "output", "module", "hidden"]
Shape = Literal["box", "bar", "pill", "rounded", "double", "dashed", "bare"]

SHAPES: dict[Role, Shape] = dict(zip(get_args(Role), get_args(Shape), strict=True))
"""By which each role is told apart without colours: those above, in their order."""


@dataclass(frozen=True, slots=True)
class Style:
    """The look of one role."""

    shape: Shape
    fill: str
    line: str


@dataclass(frozen=True, slots=True)
class Scale:
    """The colours of an array's cells, from −1 over 0 to 1; exactly 0, and what is not finite, have their own."""

    low: str
    middle: str
    high: str
    zero: str
    unknown: str

    def colour(self, level: float | None) -> str:
        """The colour of a number in [−1, 1].

        >>> scale = Scale("#0000ff", "#ffffff", "#ff0000", zero="#888888", unknown="#ffff00")
        >>> scale.colour(-1.0), scale.colour(0.5), scale.colour(0.0), scale.colour(None)
        ('#0000ff', '#ff8080', '#888888', '#ffff00')
        """
        if level is None:
            return self.unknown
        if level == 0:
            return self.zero
        return _blend(self.middle, self.low if level < 0 else self.high, abs(level))


def _blend(start: str, end: str, part: float) -> str:
    pairs = [(int(start[i : i + 2], 16), int(end[i : i + 2], 16)) for i in (1, 3, 5)]
    return "#" + "".join(f"{round(a + (b - a) * part):02x}" for a, b in pairs)


@dataclass(frozen=True, slots=True)
class Palette:
    """The colours of one drawing, as "#rrggbb"."""

    paper: str
    ink: str
    muted: str
    edge: str
    symbol: str
    message: str
    frame: str
    verdicts: dict[Verdict, str]
    scale: Scale
    fills: dict[Role, str]
    lines: dict[Role, str]

    def style(self, role: Role) -> Style:
        """Shape and colours of a role."""
        return Style(SHAPES[role], self.fills[role], self.lines[role])


def role_of(node: Node, *, is_output: bool) -> Role:
    """The role in which a node is drawn.

    Raises:
        ValueError: the node says another than the four that there are.
    """
    match node.role:
        case "operation":
            return "output" if is_output else "operation"
        case "input" | "parameter" | "constant" as role:
            return role
    raise ValueError(f"expected a node's role: input, parameter, constant or operation; got {node.role!r}")


def _by(keys: Iterable[Any], *colours: str) -> dict[Any, str]:
    """The colours of verdicts, or of roles, in their order."""
    return dict(zip(keys, colours, strict=True))


_BLUE_WHITE_RED = Scale(low="#0072b2", middle="#ffffff", high="#d55e00", zero="#c4c9cf", unknown="#f0e442")
_BLACK_TO_WHITE = Scale(low="#000000", middle="#9a9a9a", high="#ffffff", zero="#9a9a9a", unknown="#f0e442")


PALETTES: dict[str, Palette] = {
    "light": Palette(
        paper="#ffffff", ink="#1b1f24", muted="#57606a", edge="#6e7781", symbol="#0072b2", message="#00664b",
        frame="#f4f6f8", scale=_BLUE_WHITE_RED,
        verdicts=_by(get_args(Verdict), "#00664b", "#57606a", "#8a5a00", "#c1121f"),
        fills=_by(SHAPES, "#ffffff", "#fde8dc", "#eef0f2", "#e6f3fc", "#ffffff", "#ffffff", "#ffffff"),
        lines=_by(SHAPES, "#1b1f24", "#d55e00", "#eef0f2", "#0072b2", "#1b1f24", "#57606a", "#ffffff"),
    ),
    "dark": Palette(
        paper="#14181d", ink="#f0f3f6", muted="#a8b1bb", edge="#8b949e", symbol="#56b4e9", message="#3ddbb0",
        frame="#1d232a", scale=_BLUE_WHITE_RED,
        verdicts=_by(get_args(Verdict), "#3ddbb0", "#a8b1bb", "#f5b83d", "#ff8080"),
        fills=_by(SHAPES, "#14181d", "#4a2408", "#2a3038", "#0d3350", "#14181d", "#14181d", "#14181d"),
        lines=_by(SHAPES, "#f0f3f6", "#ff8a3d", "#2a3038", "#56b4e9", "#f0f3f6", "#a8b1bb", "#14181d"),
    ),
    "print": Palette(
        paper="#ffffff", ink="#000000", muted="#404040", edge="#000000", symbol="#000000", message="#000000",
        frame="#ffffff", scale=_BLACK_TO_WHITE,
        verdicts=_by(get_args(Verdict), "#000000", "#404040", "#000000", "#000000"),
        fills=_by(SHAPES, "#ffffff", "#d9d9d9", "#f2f2f2", "#ffffff", "#ffffff", "#ffffff", "#ffffff"),
        lines=_by(SHAPES, "#000000", "#000000", "#f2f2f2", "#000000", "#000000", "#000000", "#ffffff"),
    ),
}  # fmt: skip
