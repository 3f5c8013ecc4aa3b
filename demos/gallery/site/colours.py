"""Pictures that follow the reader's light or dark scheme, though each was drawn once, in the light one."""

from __future__ import annotations

import re

from demos.plots.scheme import with_style
from viz.page import recolouring

_PROLOG = re.compile(r"^.*?(?=<svg\b)", re.DOTALL)
_COMMENT = re.compile(r"<!--.*?-->\s*", re.DOTALL)
_TITLE = re.compile(r"<title>.*?</title>\s*", re.DOTALL)
_ID = re.compile(r' id="(?:a_)?(?:graph|node|edge|clust)\d+"')
_SIZE = re.compile(r'<svg width="(\d+)pt" height="(\d+)pt"')


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
    return with_style(inline(svg), recolouring())
