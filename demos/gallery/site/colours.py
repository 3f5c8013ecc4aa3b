"""Pictures that follow the reader's light or dark scheme, though each was drawn once, in the light one."""

from __future__ import annotations

import re

from viz.page import recolouring

# What changes with the scheme in a plot: paper, ink, and the greys of axes and grids. The hues of the data stay.
CHANGING = {
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
PLOT_STYLE = (
    f"svg {{ {_LIGHT} fill: var(--ink); }} @media screen and (prefers-color-scheme: dark) {{ svg {{ {_DARK} }} }}"
)

_PROLOG = re.compile(r"^.*?(?=<svg\b)", re.DOTALL)
_COMMENT = re.compile(r"<!--.*?-->\s*", re.DOTALL)
_TITLE = re.compile(r"<title>.*?</title>\s*", re.DOTALL)
_ID = re.compile(r' id="(?:a_)?(?:graph|node|edge|clust)\d+"')
_SIZE = re.compile(r'<svg width="(\d+)pt" height="(\d+)pt"')
_STYLED = re.compile(r"(fill|stroke): (#[0-9a-f]{6})")


def inline(svg: str) -> str:
    """A graph to stand inside a page: no prolog, no ids that another graph has too, no names of Graphviz's own."""
    body = _TITLE.sub("", _ID.sub("", _COMMENT.sub("", _PROLOG.sub("", svg))))
    return body.strip()


def extent(svg: str) -> tuple[float, float]:
    """The width and height that Graphviz gave it, in pixels."""
    found = _SIZE.search(svg)
    if not found:
        raise ValueError("expected the SVG to begin with its width and height in pt")
    return int(found[1]) * 4 / 3, int(found[2]) * 4 / 3


def standalone(svg: str) -> str:
    """A graph as a file of its own, which a page shows as an image."""
    return _with_style(inline(svg), recolouring())


def recoloured_plot(svg: str) -> str:
    """A plot as a file of its own: paper, ink and greys follow the scheme, the data's hues stay."""

    def variable(match: re.Match[str]) -> str:
        name = CHANGING.get(match[2])
        return f"{match[1]}: var(--{name})" if name else match[0]

    return _with_style(_STYLED.sub(variable, _PROLOG.sub("", svg)), PLOT_STYLE)


def _with_style(svg: str, style: str) -> str:
    return re.sub(r"(<svg\b[^>]*>)", lambda match: f"{match[1]}<style>{style}</style>", svg, count=1)
