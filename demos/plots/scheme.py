"""Plots that follow the reader's light or dark scheme, though each was drawn once, in the light one."""

import re

# What changes with the scheme in a plot: paper, ink, and the greys of axes and grids. The hues of the data stay.
_CHANGING = {
    "#ffffff": "paper",
    "#000000": "ink",
    "#1b1f24": "ink",
    "#333333": "ink",
    "#262626": "ink",
    "#57606a": "muted",
    "#6e7781": "muted",
    "#808080": "muted",
    "#b0b0b0": "line",
    "#cccccc": "line",
    "#d0d7de": "line",
    "#0072b2": "blue",  # the one hue that is too dark for a dark page
}
_LIGHT = "--paper: #ffffff; --ink: #1b1f24; --muted: #57606a; --line: #d0d7de; --blue: #0072b2;"
_DARK = "--paper: #14181d; --ink: #f0f3f6; --muted: #a8b1bb; --line: #333b44; --blue: #3d9ddb;"
_STYLE = f"svg {{ {_LIGHT} fill: var(--ink); }} @media screen and (prefers-color-scheme: dark) {{ svg {{ {_DARK} }} }}"

_PROLOG = re.compile(r"^.*?(?=<svg\b)", re.DOTALL)
_STYLED = re.compile(r"(fill|stroke): (#[0-9a-f]{6})")


def recoloured(svg: str) -> str:
    """A plot as a file of its own: paper, ink and greys follow the scheme, the data's hues stay."""

    def variable(match: re.Match[str]) -> str:
        name = _CHANGING.get(match[2])
        return f"{match[1]}: var(--{name})" if name else match[0]

    return with_style(_STYLED.sub(variable, _PROLOG.sub("", svg)), _STYLE)


def with_style(svg: str, style: str) -> str:
    """An SVG file with a style sheet of its own."""
    return re.sub(r"(<svg\b[^>]*>)", lambda match: f"{match[1]}<style>{style}</style>", svg, count=1)
