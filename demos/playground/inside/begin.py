"""The first thing that Python does in the page: it learns who draws and who carries messages, and closes the doors."""

from __future__ import annotations

import sys
from collections.abc import Callable

import viz
from demos.playground.inside import channel

CLOSED = ("js", "pyodide_js", "pyodide", "_pyodide", "_pyodide_core", "pyodide.ffi", "pyodide.code", "pyodide.http")
"""Modules that lead from Python into JavaScript: a program has no use for them, and a stranger's must not have them."""


def begin(post: Callable[[str, str], object], layout: Callable[[str, str], str]) -> Callable[[str, str], str]:
    """Make Python ready for the page's calls.

    Args:
        post: carries a message to the page: its kind, and JSON.
        layout: Graphviz, from DOT text and a format to the picture's text.

    Returns:
        What answers a call: from its name and its arguments in JSON to JSON.
    """

    def render(dot: str, file_format: str) -> bytes:
        try:
            return layout(dot, file_format).encode()
        except Exception as error:
            raise viz.RenderError(f"Graphviz could not draw the graph: {error}") from None

    viz.use_renderer(render)
    channel.connect(post)
    for name in [name for name in sys.modules if name.partition(".")[0] in CLOSED]:
        del sys.modules[name]
    sys.modules.update(dict.fromkeys(CLOSED))  # type: ignore[arg-type]  # None says that there is none to import
    return channel.dispatch
