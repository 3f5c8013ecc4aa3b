"""A drawing as one HTML page: the picture, and the same drawing as text for readers who cannot see it.

And how any page of viz is put together from the files in `assets`.
"""

import base64
import hashlib
import html
import json
import zlib
from collections.abc import Iterable, Sequence
from dataclasses import asdict, replace
from importlib import resources
from string import Template
from typing import Any

from viz import render
from viz.dot import to_dot
from viz.graph import Graph
from viz.palette import PALETTES, Palette
from viz.text import to_text


def to_html(views: Sequence[Graph], note: str) -> str:
    """The page with the views and a note below them, or without Graphviz with the first as text.

    The light palette follows the reader's light or dark scheme; the others stay as they are.
    """
    title, graphs = views[0].title, [replace(view, title="") for view in views]  # the page's heading says it
    graph = graphs[0]
    text = f'<pre tabindex="0" role="region" aria-label="Text">{html.escape(to_text(graph))}</pre>'
    if not render.available():
        body = f"<p>Graphviz was not installed where this page was made: here is the graph as text.</p>\n{text}"
    else:
        pictures = shown(views, [render.render(to_dot(each), "svg").decode() for each in graphs])
        picture = f'<figure aria-label="Picture">\n{pictures}\n</figure>'
        told = f"<details><summary>The same graph as text</summary>\n{text}\n</details>"
        body = f"{picture}\n{f'<p>{html.escape(note)}</p>' if note else ''}\n{told}"
    paper, ink = graph.palette.paper, graph.palette.ink
    dark = recolouring("body", "figure ") if graph.palette is PALETTES["light"] else ""
    script = asset("window.js") + 'document.querySelectorAll("figure").forEach((box) => pictureWindow(box));\n'
    parts = {"title": html.escape(title or "Compute graph"), "body": body, "paper": paper, "ink": ink, "dark": dark}
    return self_contained("drawing.html", asset("window.css"), script, **parts)


def shown(views: Sequence[Graph], svgs: Iterable[str]) -> str:
    """What a box of `window.js` holds: the first picture, and packed those that its doors open."""
    first, *bare = (svg[svg.index("<svg") :].rstrip() for svg in svgs)
    others = [{"title": x.title, "around": x.around, "svg": svg} for x, svg in zip(views[1:], bare, strict=True)]
    return first + packed(others)


def packed(parts: Sequence[Any]) -> str:
    """What a page's script unpacks when it is asked for: JSON, deflated, which takes a tenth of the room."""
    data = base64.b64encode(zlib.compress(json.dumps(parts, ensure_ascii=False).encode(), 9)).decode()
    return f'<script class="packed" type="text/plain">{data}</script>' if parts else ""


def self_contained(template: str, style: str, script: str, **parts: str) -> str:
    """A page that runs its own script and no other; a template's `$head` is how an interactive page begins."""
    hashes = {"style_hash": _fingerprint(style), "script_hash": _fingerprint(script)}
    whole = Template(asset(template).replace("$head", asset("head.html")))
    return whole.substitute(parts, style=style, script=script, **hashes)


def asset(name: str) -> str:
    """A file of the folder `assets`."""
    return resources.files(__package__).joinpath("assets", name).read_text(encoding="utf-8")


def _fingerprint(text: str) -> str:
    """What a page's Content-Security-Policy lets run: this text and no other."""
    return "sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()


def recolouring(page: str = "", picture: str = "") -> str:
    """The CSS that shows a page and a picture of the light palette in the dark one, on screens where that is asked for.

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
