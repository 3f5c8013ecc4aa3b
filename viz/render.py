"""DOT text → bytes, by Graphviz in a process of its own: a crash or an endless layout there stops nothing here.

Where no process can be started, as in a browser, `use_renderer` installs what makes the picture instead.
"""

import contextlib
import functools
import importlib.util
import os
import re
import shutil
import sys
from collections.abc import Callable
from typing import Any

TIME_LIMIT = 60  # seconds
PATIENCE = 8  # seconds, for a layout with fewest crossings; then one is asked for that takes the first way
_HASTE = ["-Gnslimit=0.1", "-Gnslimit1=0.1", "-Gmclimit=0.1", "-Gsplines=polyline"]

# pygraphviz's wheel carries Graphviz as a library, without the `dot` program. This is that program.
_PYGRAPHVIZ = """
import sys, pygraphviz
graph = pygraphviz.AGraph(string=sys.stdin.buffer.read().decode())
sys.stdout.buffer.write(graph.draw(format=sys.argv[1], prog="dot", args=" ".join(sys.argv[2:])))
"""
_PDF_DATE = re.compile(rb"(/CreationDate \(D:)\d{14}")


Renderer = Callable[[str, str], bytes]
"""From DOT text and a format, "svg", "png" or "pdf", to the picture."""

_installed: list[Renderer] = []


class RendererNotFoundError(RuntimeError):
    """Neither the `dot` program nor pygraphviz is installed."""


class RenderError(RuntimeError):
    """Graphviz was found and failed."""


def use_renderer(renderer: Renderer | None) -> None:
    """Make every picture with `renderer`, called with DOT text and a format ("svg", "png", "pdf"), which gives bytes.

    It stands in for Graphviz, as a build of it for browsers can. None: by Graphviz again.

    >>> use_renderer(lambda dot, file_format: b"<svg>...</svg>")
    >>> render("digraph { a -> b }", "svg")
    b'<svg>...</svg>'
    >>> use_renderer(None)

    Raises TypeError: `renderer` cannot be called.
    """
    if renderer is not None and not callable(renderer):
        raise TypeError(f"expected a function (dot, format) → bytes, or None; got {renderer!r}")
    _installed[:] = [] if renderer is None else [renderer]


def available() -> bool:
    """Whether `render` will find a renderer."""
    return bool(_installed) or shutil.which("dot") is not None or importlib.util.find_spec("pygraphviz") is not None


def render(source: str, file_format: str) -> bytes:
    """The picture of the DOT text `source`; `file_format` is "svg", "png" or "pdf".

    Raises RendererNotFoundError: Graphviz is not installed; RenderError: Graphviz failed, or needed longer than
    `TIME_LIMIT` seconds.
    """
    if _installed:
        return _installed[0](source, file_format)
    from subprocess import TimeoutExpired, run  # not above, for some homes of Python have none

    command = _command(file_format)
    # Two files of one graph are the same bytes: some builds of Graphviz take a PDF's date from the environment, ...
    environment = os.environ | {"SOURCE_DATE_EPOCH": "0", "TZ": "UTC"}
    ask: Any = functools.partial(run, input=source.encode(), capture_output=True, env=environment, check=False)
    for more, limit in (([], min(PATIENCE, TIME_LIMIT)), (_HASTE, TIME_LIMIT)):
        with contextlib.suppress(TimeoutExpired):
            done = ask(command + more, timeout=limit)
            break
    else:
        advice = "draw a smaller part of the graph, or save it as .txt or .dot"
        raise RenderError(f"Graphviz found no layout in {TIME_LIMIT} s: {advice}")
    # The dot program says by its status that it could not read a label and drew something else; pygraphviz does not.
    if done.returncode != 0 or b"Error:" in done.stderr:
        reason = done.stderr.decode(errors="replace").strip() or f"exit status {done.returncode}"
        raise RenderError(f"Graphviz could not draw the graph as {file_format}: {reason}")
    return _PDF_DATE.sub(rb"\g<1>19700101000000", done.stdout)  # ... from others it must be taken away.


def _command(file_format: str) -> list[str]:
    sharp = ["-Gdpi=192"] if file_format == "png" else []  # twice the usual resolution, for today's screens
    if dot := shutil.which("dot"):
        return [dot, f"-T{file_format}", *sharp]
    if importlib.util.find_spec("pygraphviz"):
        return [sys.executable, "-P", "-c", _PYGRAPHVIZ, file_format, *sharp]
    raise RendererNotFoundError(
        f"drawing {file_format} needs Graphviz, and neither the dot program nor pygraphviz is here; "
        "install it with: python -m pip install pygraphviz"
    )
