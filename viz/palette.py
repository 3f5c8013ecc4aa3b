"""How each role looks: shapes that need no colour, and colours that need no good eyes.

The hues are the colour-blind-safe ones of Okabe and Ito (2008), "Color universal design": vermillion for parameters,
blue for operations, bluish green (darkened to be read as text) for the messages of the backward pass.
"""

from dataclasses import dataclass
from typing import Literal

Role = Literal["input", "parameter", "constant", "operation", "output"]
Shape = Literal["box", "bar", "pill", "rounded", "double"]

SHAPES: dict[Role, Shape] = {
    "input": "box",
    "parameter": "bar",
    "constant": "pill",
    "operation": "rounded",
    "output": "double",
}


@dataclass(frozen=True, slots=True)
class Style:
    """The look of one role."""

    shape: Shape
    fill: str
    line: str


@dataclass(frozen=True, slots=True)
class Palette:
    """The colours of one drawing, as "#rrggbb"."""

    paper: str
    ink: str
    muted: str
    edge: str
    symbol: str
    message: str
    fills: dict[Role, str]
    lines: dict[Role, str]

    def style(self, role: Role) -> Style:
        """Shape and colours of a role."""
        return Style(SHAPES[role], self.fills[role], self.lines[role])


def _palette(
    *, paper: str, ink: str, muted: str, edge: str, symbol: str, message: str, **roles: tuple[str, str]
) -> Palette:
    pairs: dict[Role, tuple[str, str]] = {role: roles[role] for role in SHAPES}
    fills = {role: fill for role, (fill, _) in pairs.items()}
    lines = {role: line for role, (_, line) in pairs.items()}
    return Palette(paper, ink, muted, edge, symbol, message, fills, lines)


PALETTES: dict[str, Palette] = {
    "light": _palette(
        paper="#ffffff", ink="#1b1f24", muted="#57606a", edge="#6e7781", symbol="#0072b2", message="#00664b",
        input=("#ffffff", "#1b1f24"), parameter=("#fde8dc", "#d55e00"), constant=("#eef0f2", "#eef0f2"),
        operation=("#e6f3fc", "#0072b2"), output=("#ffffff", "#1b1f24"),
    ),
    "dark": _palette(
        paper="#14181d", ink="#f0f3f6", muted="#a8b1bb", edge="#8b949e", symbol="#56b4e9", message="#3ddbb0",
        input=("#14181d", "#f0f3f6"), parameter=("#4a2408", "#ff8a3d"), constant=("#2a3038", "#2a3038"),
        operation=("#0d3350", "#56b4e9"), output=("#14181d", "#f0f3f6"),
    ),
    "print": _palette(
        paper="#ffffff", ink="#000000", muted="#404040", edge="#000000", symbol="#000000", message="#000000",
        input=("#ffffff", "#000000"), parameter=("#d9d9d9", "#000000"), constant=("#f2f2f2", "#f2f2f2"),
        operation=("#ffffff", "#000000"), output=("#ffffff", "#000000"),
    ),
}  # fmt: skip
