"""The list of all steps as HTML: the page's text, which the script plays and which is whole without any script."""

import html
from collections.abc import Iterator

from viz.heat import Heat
from viz.palette import PALETTES
from viz.playback import mathml, words
from viz.playback.data import Edge, Message, Playback, Step
from viz.playback.quantity import Quantity

HEADINGS = {"forward": "Forward: values", "backward": "Backward: gradients"}
CELL = 8  # pixels of a thumbnail's cell


def step_list(playback: Playback) -> str:
    """One list per phase, one item per step, numbered through both."""
    written, start = [], 1
    for phase, heading in HEADINGS.items():
        steps = [step for step in playback.steps if step.phase == phase]
        items = "\n".join(_item(number, step) for number, step in enumerate(steps, start))
        written.append(f'<section>\n<h2>{heading}</h2>\n<ol start="{start}">\n{items}\n</ol>\n</section>')
        start += len(steps)
    return "\n".join(written)


def _item(number: int, step: Step) -> str:
    link = f'<a class="jump" href="#step={number}" aria-label="Step {number}">{number}</a>'
    row = f'{link}<div class="row">{mathml.row(step)}</div>'
    sentence = f'<p class="words">{html.escape(words.sentence(step))}</p>'
    body = "\n".join([sentence, *_formulas(step), *_arrays(step), *_paths(step)])
    return f'<li id="step={number}" class="step">{row}\n<div class="told">\n{body}\n</div></li>'


def _formulas(step: Step) -> Iterator[str]:
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
    scale = PALETTES["light"].scale
    cells = "".join(
        f'<rect x="{CELL * column}" y="{CELL * row}" width="{CELL}" height="{CELL}" fill="{scale.colour(level)}"/>'
        for row, levels in enumerate(heat)
        for column, level in enumerate(levels)
    )
    return (
        f'<svg class="heat" width="{CELL * len(heat[0])}" height="{CELL * len(heat)}" aria-hidden="true">{cells}</svg>'
    )


def _paths(step: Step) -> Iterator[str]:
    if step.phase == "forward" or not step.edges:
        return
    yield f'<p class="paths">{html.escape(words.path_count(step))}</p>'
    if step.paths:
        yield "<ul>" + "".join(f"<li>{html.escape(words.path_line(path))}</li>" for path in step.paths) + "</ul>"
