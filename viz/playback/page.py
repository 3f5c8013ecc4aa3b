"""`player`: what a user calls, and the one file it writes."""

import base64
import hashlib
import html
import json
from importlib import resources
from pathlib import Path
from string import Template

from viz import render
from viz.drawing import GraphTooLargeError
from viz.graph import Direction
from viz.node import Node
from viz.options import Options
from viz.palette import PALETTES, SHAPES, Palette
from viz.playback import words
from viz.playback.data import Playback, playback
from viz.playback.picture import Picture, picture
from viz.playback.steps import step_list
from viz.walk import topological

MAX_NODES = 400  # too many to step through; Graphviz lays these out in seconds


def player(
    output: Node, path: str | Path, *, title: str = "", direction: Direction = "LR", precision: int | str = 4,
    max_nodes: int = MAX_NODES,
) -> Path:  # fmt: skip
    """Write a self-contained page that plays the computation of `output` and its backward pass, one step at a time.

    Forward, values appear in the order in which they were computed; backward, each variable receives its messages,
    upstream · local derivative, and their sum, with the ledger's row beside the picture. The page needs a browser and
    nothing else. Without Graphviz it has the steps and no picture. Two identical runs write the same bytes.

    Args:
        output: a node of any engine (see `viz.node.Node`) that offers `chain_rule()`.
        path: the file to write; its name ends in .html.
        title: stands above the picture; without one, the output's name.
        direction: "LR", from left to right, or "TB", from top to bottom.
        precision: significant digits, at least 1, or a format such as ".2f".
        max_nodes: above this, the graph is refused with advice.

    Raises:
        TypeError: `output` offers no chain rule.
        ValueError: the file's name ends otherwise, or an option is none of those above.
        GraphTooLargeError: there are more than `max_nodes` nodes.
    """
    options = Options(direction=direction, precision=precision, title=title)  # which checks them
    path = Path(path)
    if path.suffix.lower() != ".html":
        raise ValueError(f"expected a name ending in .html; got {path.name!r}")
    if not hasattr(output, "chain_rule"):
        raise TypeError(
            f"player needs an output with chain_rule(), which {type(output).__name__} does not have; "
            "viz.draw draws its graph without one"
        )
    nodes = len(topological([output]))
    if nodes > max_nodes:
        raise GraphTooLargeError(
            f"this graph has {nodes:,} nodes, and a player stops at max_nodes={max_nodes:,}: play one of the variables "
            "inside it or a smaller model, draw it with viz.draw(..., model=…, fold=…), which folds modules, or give "
            f"player(..., max_nodes={nodes}) and patience"
        )
    played = playback(output, output.chain_rule(), title=options.title, precision=options.precision)
    path.write_bytes(_page(played, options.direction).encode())
    return path


def _page(playback: Playback, direction: Direction) -> str:
    drawn = picture(playback, direction) if render.available() else None
    style = _colours(drawn) + _asset("player.css")
    script = _asset("nudge.js") + _asset("player.js")
    roles = {variable.role for variable in playback.variables}
    # How the page shares its room: the steps stand beside a picture, but below a wide one.
    shape = "bare" if drawn is None else "wide" if drawn.width > 2 * drawn.height else "tall"
    return Template(_asset("player.html")).substitute(
        title=html.escape(playback.title), style=style, style_hash=_hash(style), script=script,
        script_hash=_hash(script), data=_data(playback), names=html.escape(words.names(playback.variables)),
        legend="".join(f'<li class="{role}">{role}</li>' for role in SHAPES if role in roles),
        picture=drawn.svg if drawn else _asset("no_picture.html").rstrip(), shape=shape, steps=step_list(playback),
        last=len(playback.steps),
    )  # fmt: skip


def _asset(name: str) -> str:
    return resources.files(__package__).joinpath("assets", name).read_text(encoding="utf-8")


def _hash(text: str) -> str:
    """What the page's Content-Security-Policy lets run: this text and no other."""
    return "sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()


def _data(playback: Playback) -> str:
    steps = [
        {"phase": step.phase, "variables": [x.id for x in step.variables], "edges": [edge.id for edge in step.edges]}
        for step in playback.steps
    ]
    data = {"steps": steps, "output": playback.variables[-1].name, "nudges": playback.nudges}
    return json.dumps(data, separators=(",", ":")).replace("<", "\\u003c")


def _colours(drawn: Picture | None) -> str:
    """The light and the dark palette as CSS variables, and how wide the picture is."""
    light, dark = (_variables(PALETTES[name]) for name in ("light", "dark"))
    width = f"--width: {drawn.width:g}px;" if drawn else ""
    return f":root {{ {light} {width} }}\n@media screen and (prefers-color-scheme: dark) {{ :root {{ {dark} }} }}\n"


def _variables(palette: Palette) -> str:
    names = ("paper", "ink", "muted", "edge", "symbol", "message")
    colours = {name: getattr(palette, name) for name in names}
    for role in SHAPES:
        colours[f"{role}-fill"], colours[f"{role}-line"] = palette.fills[role], palette.lines[role]
    return " ".join(f"--{name}: {colour};" for name, colour in colours.items())
