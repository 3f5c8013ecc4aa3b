"""The list of all steps as HTML: the page's text, which the script plays and which is whole without any script."""

import html
from collections.abc import Iterator

from viz.heat import Heat
from viz.palette import PALETTES
from viz.playback import mathml, words
from viz.playback.data import Edge, Playback, Step
from viz.playback.quantity import Quantity

HEADINGS = {"forward": "Forward: values", "backward": "Backward: gradients"}
CELL = 8  # pixels of a thumbnail's cell


def step_list(playback: Playback) -> str:
    """One list per phase, one item per step, numbered through both."""
    numbered = list(enumerate(playback.steps, start=1))
    return "\n".join(
        _phase(phase, [(number, step) for number, step in numbered if step.phase == phase]) for phase in HEADINGS
    )


def _phase(phase: str, steps: list[tuple[int, Step]]) -> str:
    items = "\n".join(_item(number, step) for number, step in steps)
    return f'<section>\n<h2>{HEADINGS[phase]}</h2>\n<ol start="{steps[0][0]}">\n{items}\n</ol>\n</section>'


def _item(number: int, step: Step) -> str:
    link = f'<a class="jump" href="#step={number}" aria-label="Step {number}">{number}</a>'
    row = f'{link}<div class="row">{mathml.row(step)}</div>'
    told = [
        f'<p class="words">{html.escape(words.sentence(step))}</p>',
        *_formulas(step),
        *_arrays(step),
        *_paths(step),
    ]
    return f'<li id="step={number}" class="step">{row}\n<div class="told">\n' + "\n".join(told) + "\n</div></li>"


def _formulas(step: Step) -> Iterator[str]:
    """The local derivatives in symbols, each once."""
    for line in dict.fromkeys(_formula(edge) for edge in step.edges if step.phase == "backward"):
        if line:
            yield f'<p class="formula">{line}</p>'


def _formula(edge: Edge) -> str:
    if not edge.message or not edge.message.formula:
        return ""
    number = f" = {edge.message.local.short}" if edge.message.local else ""
    return f"{mathml.derivative(edge)} = <span>{html.escape(edge.message.formula + number)}</span>"


def _arrays(step: Step) -> Iterator[str]:
    """What is too wide for a row: the arrays in full."""
    if step.phase == "forward":
        arrays = [(mathml.name(variable), variable.value) for variable in step.variables]
    else:
        arrays = [array for edge in step.edges for array in _message(edge)]
        arrays += [(mathml.bar(variable), variable.gradient) for variable in step.variables if variable.gradient]
    entries = [
        f"<dt>{label}</dt><dd>{html.escape(quantity.full)}{_thumbnail(quantity.heat)}</dd>"
        for label, quantity in arrays
        if quantity.is_array
    ]
    if entries:
        yield f'<dl class="arrays">{"".join(entries)}</dl>'


def _message(edge: Edge) -> Iterator[tuple[str, Quantity]]:
    if edge.message:
        yield mathml.bar(edge.head), edge.message.upstream
        if edge.message.local:
            yield mathml.derivative(edge), edge.message.local
        yield mathml.message(edge), edge.message.product


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
