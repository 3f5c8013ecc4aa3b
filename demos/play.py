"""`play`: the player of an expression, forward and backward, one step at a time."""

from __future__ import annotations

import webbrowser
from pathlib import Path
from typing import Annotated

import typer

import viz
from demos.console import CommandError, say, writing
from demos.engines import Engine, run
from demos.inputs import read_inputs
from demos.options import Assignments, ExpressionText
from demos.parser import parse


def play_command(
    text: ExpressionText,
    assignments: Assignments = None,
    output: Annotated[Path, typer.Option("--output", "-o", help="The page to write.")] = Path("player.html"),
    engine: Annotated[Engine, typer.Option(help="The engine that computes it.")] = Engine.scalar,
    no_browser: Annotated[bool, typer.Option("--no-browser", help="Write the page, and open no browser.")] = False,
) -> None:
    """Write and open the player of an expression: each value, then each gradient; "Predict" asks you first.

    The page needs no server and can be sent to others.
    """
    expression = parse(text)
    node = run(engine, expression, read_inputs(expression, assignments or [])).output
    try:
        with writing(output):
            viz.player(node, output, title=text.strip())
    except (ValueError, viz.RenderError) as error:
        raise CommandError(str(error)) from None
    say(f"wrote {output}")
    open_page(output, no_browser=no_browser)


def open_page(path: Path, *, no_browser: bool) -> None:
    """Show a page that was written, where there is a browser."""
    if not no_browser:
        webbrowser.open(path.absolute().as_uri())
