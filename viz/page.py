"""One self-contained HTML page: the picture, and the same drawing as text for readers who cannot see it."""

import html

from viz.graph import Graph
from viz.mermaid import to_mermaid
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
figure {{ margin: 0; overflow-x: auto; }}
figure svg {{ display: block; margin: auto; }}
pre {{ overflow-x: auto; line-height: 1.3; }}
</style>
</head>
<body>
{body}
</body>
</html>
"""


def to_html(graph: Graph, svg: str | None) -> str:
    """The page with `svg` (text of an SVG file), or, without one, with the text drawing and the Mermaid source."""
    text = f"<pre>{html.escape(to_text(graph))}</pre>"
    if svg is None:
        note = "<p>Graphviz was not installed where this page was made: here is the graph as text, and as Mermaid.</p>"
        body = f"{note}\n{text}\n<pre>{html.escape(to_mermaid(graph))}</pre>"
    else:
        element = svg[svg.index("<svg") :].rstrip()
        body = f"<figure>\n{element}\n</figure>\n<details><summary>The same graph as text</summary>\n{text}\n</details>"
    title = html.escape(graph.title or "Compute graph")
    return _PAGE.format(title=title, body=body, paper=graph.palette.paper, ink=graph.palette.ink)
