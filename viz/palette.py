"""How each role looks: shapes that need no colour, and colours that need no good eyes.

The hues are the colour-blind-safe ones of Okabe and Ito (2008), "Color universal design": vermillion for parameters,
blue for operations, bluish green (darkened to be read as text) for the messages of the backward pass. They differ for
every kind of colour vision, so no palette of its own is needed for the colour-blind; and every role has a shape too.
"""

import json
from dataclasses import dataclass
from importlib import resources
from typing import Literal, get_args

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
    scale: dict[Literal["low", "middle", "high", "zero", "unknown"], str]
    fills: dict[Role, str]
    lines: dict[Role, str]

    def style(self, role: Role) -> Style:
        """Shape and colours of a role."""
        return Style(SHAPES[role], self.fills[role], self.lines[role])

    def shade(self, level: float | None) -> str:
        """The colour of an array's cell, from −1 over 0 to 1; exactly 0, and what is not finite, have their own.

        >>> shade = PALETTES["light"].shade
        >>> shade(-1.0), shade(0.5), shade(0.0), shade(None)
        ('#0072b2', '#eaae80', '#c4c9cf', '#f0e442')
        """
        if not level:
            return self.scale["unknown" if level is None else "zero"]
        ends = self.scale["middle"], self.scale["low" if level < 0 else "high"]
        pairs = zip(*(bytes.fromhex(end.removeprefix("#")) for end in ends), strict=True)
        return "#" + bytes(round(a + (b - a) * abs(level)) for a, b in pairs).hex()


def role_of(node: Node, *, is_output: bool) -> Role:
    """The role in which a node is drawn.

    Raises ValueError: the node says another than the four that there are.
    """
    match node.role:
        case "operation":
            return "output" if is_output else "operation"
        case "input" | "parameter" | "constant" as role:
            return role
    raise ValueError(f"expected a node's role: input, parameter, constant or operation; got {node.role!r}")


_TABLE = json.loads(resources.files(__package__).joinpath("assets", "palettes.json").read_text(encoding="utf-8"))
PALETTES = {name: Palette(**colours) for name, colours in _TABLE.items()}
