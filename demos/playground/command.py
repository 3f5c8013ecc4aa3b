"""`playground`: the page with the engine in it, served here, or written."""

from __future__ import annotations

import tempfile
import threading
import webbrowser
from importlib import metadata
from pathlib import Path
from typing import Annotated

import typer

from demos.console import CommandError, say

PORT = 8766


def playground_command(
    html: Annotated[
        Path | None, typer.Option(metavar="FOLDER", help="Write the page into a folder, to be served.")
    ] = None,
    single: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Write the page as one file, which works from a disk.")
    ] = None,
    port: Annotated[
        int, typer.Option(min=0, max=65535, help="Where the page is served; 0 takes any free port.")
    ] = PORT,
    no_browser: Annotated[bool, typer.Option("--no-browser", help="Print the address, and open no browser.")] = False,
) -> None:
    """Build and open the playground: Python, the scalar engine and its pictures in a page, with nothing installed.

    It is built with npm, which fetches Python for browsers (Pyodide), Graphviz, the editor and a font.
    """
    try:
        from demos.playground.build import build_folder, build_single  # only here, for the other commands do without

        for name in ("markupsafe", "sympy", "mpmath", "pygraphviz"):  # whose files, or licence, the page has
            metadata.distribution(name)
    except ModuleNotFoundError as error:
        raise CommandError(f'the playground\'s page needs {error.name}: pip install "twingrad[playground]"') from None
    try:
        if html:
            say(f"wrote {build_folder(html, say)}")
        if single:
            say(f"wrote {build_single(single, say)}")
    except OSError as error:
        raise CommandError(f"cannot write the page: {error}") from None
    if html or single:
        return
    from demos.playground.server import listen, serve

    with tempfile.TemporaryDirectory() as folder, listen(port) as server:
        build_folder(Path(folder), say)
        address = f"http://127.0.0.1:{server.server_address[1]}/"
        say(f"{address}\nCtrl-C ends it.")
        if not no_browser:
            threading.Thread(target=webbrowser.open, args=(address,), daemon=True).start()
        serve(server, Path(folder))
