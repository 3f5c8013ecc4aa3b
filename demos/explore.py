"""`explore`: a local page on which an expression, its graph and its chain rule follow the sliders of its inputs."""

from __future__ import annotations

import threading
import webbrowser
from typing import Annotated

import typer

from demos.console import CommandError, say
from demos.inputs import DEFAULT_INPUT, read_inputs
from demos.options import Assignments, ExpressionText
from demos.parser import parse

PORT = 8765


def explore_command(
    text: ExpressionText = "",
    assignments: Assignments = None,
    port: Annotated[
        int, typer.Option(min=0, max=65535, help="Where the page is served; 0 takes any free port.")
    ] = PORT,
    no_browser: Annotated[bool, typer.Option("--no-browser", help="Print the address, and open no browser.")] = False,
) -> None:
    """Open a local page: type an expression, move its inputs, and watch graph, gradients and chain rule.

    An input without a value starts at 1. The page is served on 127.0.0.1 alone, until Ctrl-C.
    """
    try:
        from demos.explorer.link import fragment
        from demos.explorer.server import listen, serve
    except ModuleNotFoundError as error:
        raise CommandError(f'explore needs {error.name}: pip install "twingrad[explore]"') from None

    state = fragment(text, _inputs(text, assignments or [])) if text.strip() else ""
    with listen(port) as listener:
        address = f"http://127.0.0.1:{listener.getsockname()[1]}/{state}"
        say(f"{address}\nCtrl-C ends it.")
        if not no_browser:
            # In a thread, for a browser in the terminal comes back only when it is closed.
            threading.Thread(target=webbrowser.open, args=(address,), daemon=True).start()
        serve(listener)


def _inputs(text: str, assignments: list[str]) -> dict[str, float]:
    """What `read_inputs` reads, with DEFAULT_INPUT where there is no value."""
    expression = parse(text)
    given = {assignment.partition("=")[0].strip() for assignment in assignments}
    defaults = [f"{name}={DEFAULT_INPUT}" for name in expression.names if name not in given]
    return read_inputs(expression, [*assignments, *defaults])
