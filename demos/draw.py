"""`draw`: the compute graph of an expression, with values, gradients and the messages between them."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

import viz
from demos import mermaid, pytorch
from demos.console import CommandError, console, say, writing
from demos.engines import Engine, run
from demos.inputs import read_inputs
from demos.options import Assignments, ExpressionText
from demos.parser import parse


class Palette(StrEnum):
    """viz's palettes."""

    light = "light"
    dark = "dark"
    print = "print"


class Direction(StrEnum):
    """Where the graph runs: left to right, or top to bottom."""

    LR = "LR"
    TB = "TB"


def draw_command(
    text: ExpressionText,
    assignments: Assignments = None,
    output: Annotated[
        Path | None, typer.Option("--output", "-o", help="Where to write: .svg .png .pdf .html .dot .mmd .txt")
    ] = None,
    engine: Annotated[Engine, typer.Option(help="The engine that computes it.")] = Engine.scalar,
    palette: Annotated[Palette, typer.Option(help="Colours; print is black on white.")] = Palette.light,
    direction: Annotated[Direction, typer.Option(help="Left to right, or top to bottom.")] = Direction.LR,
    messages: Annotated[
        bool, typer.Option(help="Show on each edge: upstream gradient · local derivative = message.")
    ] = True,
    check: Annotated[
        bool, typer.Option("--verify", help="Stamp each derivative: difference quotients, and PyTorch where installed.")
    ] = False,
) -> None:
    """Draw an expression's compute graph with every value, gradient and message.

    Without --output, print it to the terminal, with the scalar engine's chain rule below it.
    """
    expression = parse(text)
    node = run(engine, expression, read_inputs(expression, assignments or [])).output
    drawing = viz.draw(
        node,
        messages=messages,
        verify=check and (pytorch.Judge() if pytorch.installed() else True),
        direction=direction.value,
        palette=palette,
        title=text.strip(),
    )
    if output:
        save(drawing, output)
        say(f"wrote {output}")
        return
    say(drawing.text(console.width))
    if engine is Engine.scalar:
        say(f"\n{node.chain_rule()}")


def save(drawing: viz.Drawing, path: Path) -> Path:
    """Write the drawing in the format that the path ends in.

    Raises:
        CommandError: an unknown format, a path that cannot be written, or no Graphviz to draw with.
    """
    try:
        with writing(path):
            return mermaid.save(drawing, path)
    except (ValueError, viz.RendererNotFoundError, viz.RenderError) as error:
        raise CommandError(str(error)) from None
