"""`player`: what a user calls, and the one file it writes; the list of all steps in it is whole without any script."""

import html
import json
import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, overload

from viz import render
from viz.graph import Direction
from viz.heat import Heat
from viz.node import Node
from viz.options import Options
from viz.page import asset, packed, self_contained
from viz.palette import PALETTES, SHAPES, Palette
from viz.playback import mathml, words
from viz.playback.data import Edge, Message, Playback, Step
from viz.playback.picture import Picture, picture
from viz.playback.quantity import Quantity
from viz.playback.questions import bar
from viz.playback.stage import playback

MAX_NODES = 400  # in one picture; more cannot be read, and are divided
MOST_SHOWN = 4_000_000  # characters of a page that a notebook shows by itself, and keeps in its file
HEADINGS = {"forward": "Forward: values", "backward": "Backward: gradients"}
CELL = 8  # pixels of a thumbnail's cell


@dataclass(frozen=True, slots=True, repr=False)
class Player:
    """The player's page: Jupyter shows it by itself, also when a saved notebook is opened without a kernel."""

    html: str

    def _repr_html_(self) -> str:
        if len(self.html) > MOST_SHOWN:
            return f"<p>{html.escape(repr(self))}</p>"
        frame = 'title="Player" allow="fullscreen" style="width: 100%; height: 40rem; border: 0"'
        return f'<iframe srcdoc="{html.escape(self.html)}" {frame}></iframe>'

    def __repr__(self) -> str:
        return f'<Player, a page of {len(self.html):,} characters: viz.player(output, "steps.html") writes it>'


@overload
def player(
    output: Node, path: str | Path, *, title: str = ..., direction: Direction = ..., precision: int | str = ...,
    max_nodes: int = ..., model: object = ...,
) -> Path: ...  # fmt: skip
@overload
def player(
    output: Node, path: None = None, *, title: str = ..., direction: Direction = ..., precision: int | str = ...,
    max_nodes: int = ..., model: object = ...,
) -> Player: ...  # fmt: skip
def player(
    output: Node, path: str | Path | None = None, *, title: str = "", direction: Direction = "LR",
    precision: int | str = 4, max_nodes: int = MAX_NODES, model: object = None,
) -> Path | Player:  # fmt: skip
    """Write a self-contained page that plays the computation of `output` and its backward pass, one step at a time.

    Forward, values appear in the order in which they were computed; backward, each variable receives its messages,
    upstream · local derivative, and their sum, with the ledger's row beside the picture. "Predict" asks for each
    gradient before it is shown; "Present" is for a class. The page needs a browser and nothing else. Without Graphviz
    it has the steps and no picture. Two identical runs write the same bytes.

    Args:
        output: a node of any engine (see `viz.node.Node`) that offers `chain_rule()`.
        path: the file to write; its name ends in .html. Without one, the page is returned, and Jupyter shows it.
        title: stands above the picture; without one, the output's name.
        direction: "LR", from left to right, or "TB", from top to bottom.
        precision: significant digits, at least 1, or a format such as ".2f".
        max_nodes: above this, the graph is divided into parts that open like modules; they are bounded, and a part that
            has no picture of its own says so.
        model: a module, or a sequence of modules, of any engine. Each is one card, and a door: a click plays what is
            inside. So the page plays layer by layer, and inside a layer neuron by neuron.

    Raises TypeError: `output` offers no chain rule, or `model` is no model; ValueError: the file's name ends otherwise,
    an option is none of those above, or no node of the graph computes with a parameter of the model.
    """
    options = Options(direction=direction, precision=precision, title=title)  # which checks them
    path = None if path is None else named_html(path)
    played = performance(output, options, model=model, most=max_nodes)
    page = _page(played, options.direction)
    if path:
        path.write_bytes(page.encode())
    return path or Player(page)


def performance(
    output: Any, options: Options, what: str = "player", *, model: object = None, most: float = math.inf
) -> Playback:
    """What is played of an output, whose `chain_rule()` is the ledger."""
    if not hasattr(output, "chain_rule"):
        raise TypeError(
            f"{what} needs an output with chain_rule(), which {type(output).__name__} does not have; "
            "viz.draw draws its graph without one"
        )
    ledger, precision = output.chain_rule(), options.precision
    return playback(output, ledger, title=options.title, precision=precision, model=model, most=most)


def named_html(path: str | Path) -> Path:
    """The path, whose name must end in .html."""
    path = Path(path)
    if path.suffix.lower() != ".html":
        raise ValueError(f"expected a name ending in .html; got {path.name!r}")
    return path


def _page(playback: Playback, direction: Direction) -> str:
    drawn = [picture(scene, direction) for scene in playback.scenes] if render.available() else []
    roles = {variable.role for variable in playback.variables}
    # The steps stand beside a picture, but below a wide one.
    shapes = ["wide" if one.width > 2 * one.height else "tall" for one in drawn] or ["bare"] * len(playback.scenes)
    data, first = _data(playback, shapes), len(playback.scenes[0].steps)
    steps = data["steps"]
    data |= {"steps": steps[:first], "count": len(steps), "asks": any(step.get("questions") for step in steps)}
    rooms = [{"svg": drawn[i].svg if drawn else "", "list": step_list(playback, i)} for i in range(1, len(shapes))]
    return interactive(
        "player.html", drawn[0] if drawn else None, ["player.css", "window.css"],
        ["window.js", "nudge.js", "judge.js", "predict.js", "present.js", "player.js"],
        title=html.escape(playback.title), data=embedded(data),
        names=html.escape(words.names(playback.variables)), shape=shapes[0],
        legend="".join(f'<li class="{role}">{role}</li>' for role in SHAPES if role in roles),
        steps=step_list(playback), last=str(first), packed=packed(rooms and [steps[first:], *rooms]),
    )  # fmt: skip


def interactive(
    template: str, drawn: Picture | None, styles: Iterable[str], scripts: Iterable[str], **parts: str
) -> str:
    """A page with a picture; without Graphviz it says how to get one."""
    style, script = _colours(drawn) + "".join(map(asset, styles)), "".join(map(asset, scripts))
    shown = drawn.svg if drawn else asset("no_picture.html").rstrip()
    return self_contained(template, style, script, picture=shown, **parts)


def _data(playback: Playback, shapes: Sequence[str]) -> dict[str, Any]:
    asking, output = playback.asking, playback.scenes[0].variables[-1].name
    steps: list[dict[str, Any]] = []
    scenes: list[dict[str, Any]] = []
    for scene, shape in zip(playback.scenes, shapes, strict=True):
        scenes.append({"title": scene.title, "around": scene.around, "first": len(steps), "shape": shape})
        for step in scene.steps:
            ids = {"variables": [x.id for x in step.variables], "edges": [edge.id for edge in step.edges]}
            steps.append({"phase": step.phase, "scene": len(scenes) - 1, **ids})
            if step.asked:
                steps[-1]["gradient"] = bar(asking.names[id(step.asked.variable)], output)
                steps[-1]["questions"] = [asdict(question) for question in asking.of_gradient(step.asked)]
    return {"steps": steps, "scenes": scenes, "output": output, "nudges": playback.nudges, "known": [*asking.known()]}


def embedded(data: dict[str, Any]) -> str:
    """JSON that can stand in a page."""
    return json.dumps(data, separators=(",", ":")).replace("<", "\\u003c")


def _colours(drawn: Picture | None) -> str:
    """The light and the dark palette as CSS variables, and how wide the picture is."""
    light, dark = (_variables(PALETTES[name]) for name in ("light", "dark"))
    width = f"--width: {drawn.width:g}px;" if drawn else ""
    asked = "@media screen and (prefers-color-scheme: dark) { :root:not([data-scheme='light'])"
    chosen = "@media screen { :root[data-scheme='dark']"
    return f":root {{ {light} {width} }}\n{asked} {{ {dark} }} }}\n{chosen} {{ color-scheme: dark; {dark} }} }}\n"


def _variables(palette: Palette) -> str:
    names = ("paper", "ink", "muted", "edge", "symbol", "message")
    colours = {name: getattr(palette, name) for name in names}
    for role in SHAPES:
        colours[f"{role}-fill"], colours[f"{role}-line"] = palette.fills[role], palette.lines[role]
    return " ".join(f"--{name}: {colour};" for name, colour in colours.items())


def step_list(playback: Playback, number: int = 0) -> str:
    """Of a scene a list per phase, one item per step, numbered through both."""
    scene, first, start = playback.scenes[number], sum(len(scene.steps) for scene in playback.scenes[:number]), 1
    inside, written = f"{html.escape(scene.title)}. " if scene.title else "", []
    for phase, heading in HEADINGS.items():
        steps = [step for step in scene.steps if step.phase == phase]
        items = "\n".join(_item(first + place, place, step) for place, step in enumerate(steps, start))
        written.append(f'<section>\n<h2>{inside}{heading}</h2>\n<ol start="{start}">\n{items}\n</ol>\n</section>')
        start += len(steps)
    return "\n".join(written)


def _item(number: int, place: int, step: Step) -> str:
    link = f'<a class="jump" href="#step={number}" aria-label="Step {place}">{place}</a>'
    row = f'{link}<div class="row">{mathml.row(step)}</div>'
    sentence = f'<p class="words">{html.escape(words.sentence(step))}</p>'
    body = "\n".join([sentence, *formulas(step), *_arrays(step), *_paths(step)])
    return f'<li id="step={number}" class="step">{row}\n<div class="told">\n{body}\n</div></li>'


def formulas(step: Step) -> Iterator[str]:
    """The local derivatives in symbols, or why they are what they are, each once."""
    messages = [edge.message for edge in step.edges if edge.message and step.phase == "backward"]
    for line in dict.fromkeys(line for message in messages for line in message.reason):
        yield f'<p class="formula"><span>{html.escape(line)}</span></p>'


def _arrays(step: Step) -> Iterator[str]:
    """What is too wide for a row: the arrays in full."""
    if step.phase == "forward":
        arrays = [(mathml.name(variable), variable.value) for variable in step.variables]
    else:
        arrays = [array for edge in step.edges if edge.message for array in _sent(edge, edge.message)]
        arrays += [(mathml.bar(variable), variable.gradient) for variable in step.variables if variable.gradient]
    entries = [
        f"<dt>{mathml.math(label)}</dt><dd>{html.escape(quantity.full)}{_thumbnail(quantity.heat)}</dd>"
        for label, quantity in arrays
        if quantity.is_array
    ]
    if entries:
        yield f'<dl class="arrays">{"".join(entries)}</dl>'


def _sent(edge: Edge, message: Message) -> Iterator[tuple[str, Quantity]]:
    yield mathml.bar(edge.head), message.upstream
    if message.local:
        yield mathml.derivative(edge.head, edge.tail), message.local
    yield mathml.message(edge), message.product


def _thumbnail(heat: Heat | None) -> str:
    if not heat:
        return ""
    size, shade = f'width="{CELL}" height="{CELL}"', PALETTES["light"].shade
    cells = "".join(
        f'<rect x="{CELL * column}" y="{CELL * row}" {size} fill="{shade(level)}"/>'
        for row, levels in enumerate(heat)
        for column, level in enumerate(levels)
    )
    width, height = CELL * len(heat[0]), CELL * len(heat)
    return f'<svg class="heat" width="{width}" height="{height}" aria-hidden="true">{cells}</svg>'


def _paths(step: Step) -> Iterator[str]:
    if not step.path_count or not step.edges:
        return
    yield f'<p class="paths">{html.escape(words.path_count(step))}</p>'
    if step.paths:
        yield "<ul>" + "".join(f"<li>{html.escape(words.path_line(path))}</li>" for path in step.paths) + "</ul>"
