"""A drawing as one HTML page: the picture, and the same drawing as text for readers who cannot see it."""

import html
from dataclasses import asdict, replace

from viz.graph import Graph
from viz.mermaid import to_mermaid
from viz.palette import PALETTES, Palette
from viz.text import to_text

_PAGE = """<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>{title}</title>
<style>
body {{ margin: 2rem; background: {paper}; color: {ink}; font: 1rem/1.5 system-ui, sans-serif; }}
h1 {{ font-size: 1.25rem; white-space: pre-line; overflow-wrap: anywhere; }}
figure {{ margin: 0; overflow-x: auto; }}
figure svg {{ display: block; margin: auto; }}
pre {{ overflow-x: auto; line-height: 1.3; }}
@media print {{ figure svg {{ max-width: 100%; height: auto; }} pre {{ white-space: pre-wrap; }} }}
{dark}
</style>
</head>
<body>
<main>
<h1 dir="auto">{title}</h1>
{body}
</main>
</body>
</html>
"""


def to_html(graph: Graph, svg: str | None) -> str:
    """The page with `svg` (text of an SVG file), or, without one, with the text drawing and the Mermaid source.

    The light palette follows the reader's light or dark scheme; the others stay as they are.
    """
    title, graph = graph.title or "Compute graph", replace(graph, title="")
    text = _scrolled("Text", html.escape(to_text(graph)))
    if svg is None:
        note = "<p>Graphviz was not installed where this page was made: here is the graph as text, and as Mermaid.</p>"
        body = f"{note}\n{text}\n{_scrolled('Mermaid', html.escape(to_mermaid(graph)))}"
    else:
        picture = f'<figure tabindex="0" aria-label="Picture">\n{svg[svg.index("<svg") :].rstrip()}\n</figure>'
        body = f"{picture}\n<details><summary>The same graph as text</summary>\n{text}\n</details>"
    paper, ink = graph.palette.paper, graph.palette.ink
    dark = recolouring("body", "figure ") if graph.palette is PALETTES["light"] else ""
    return _PAGE.format(title=html.escape(title), body=body, paper=paper, ink=ink, dark=dark)


def _scrolled(label: str, text: str) -> str:
    return f'<pre tabindex="0" role="region" aria-label="{label}">{text}</pre>'


def recolouring(page: str = "", picture: str = "") -> str:
    """The CSS that shows a page and a picture of the light palette in the dark one, on screens where that is asked for.

    Args:
        page: selects what has the paper's and the ink's colours; "" for nothing.
        picture: stands before each selector of a coloured shape.
    """
    light, dark = PALETTES["light"], PALETTES["dark"]
    pairs = {old: new for old, new in zip(_colours(light), _colours(dark), strict=True) if old != new}
    rules = [f"{picture}[{x}='{old}'] {{ {x}: {new}; }}" for old, new in pairs.items() for x in ("fill", "stroke")]
    if page:
        rules.append(f"{page} {{ color-scheme: dark; background: {dark.paper}; color: {dark.ink}; }}")
    return "@media screen and (prefers-color-scheme: dark) {\n" + "\n".join(rules) + "\n}"


def _colours(palette: Palette) -> list[str]:
    """Every colour of the palette, in one order for all palettes; those of an array's cells are the same in each."""
    parts = [part.values() if isinstance(part, dict) else [part] for part in asdict(palette).values()]
    return [colour for part in parts for colour in part if colour.startswith("#")]
