"""A plugin that draws every graph that any test builds: `python -m pytest -p tests.viz.recorder`.

Whenever a test asks for a backward pass, on either engine, the graph behind it is drawn in every format, once for all
graphs that are alike but for their numbers. The run ends with the count, and with what could not be drawn.
"""

import sys
import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import scalar
import vector
import viz
from demos.mermaid import to_mermaid
from viz import labels
from viz.walk import topological

LARGEST = 400  # nodes; of a larger graph the part next to the output is drawn

met: set[int] = set()
failed: list[str] = []


def record(backward: Callable[..., Any]) -> Callable[..., Any]:
    """The method, drawing the graph behind its object first."""

    def recorded(output: Any, *args: Any, **kwargs: Any) -> Any:
        _draw_new(output)
        return backward(output, *args, **kwargs)

    return recorded


def _draw_new(output: Any) -> None:
    order = topological([output])
    places = {id(node): place for place, node in enumerate(order)}
    signature = hash(
        tuple(
            (node.op, node.role, node.label, _kind(node.data), *(places[id(parent)] for parent in node.parents))
            for node in order
        )
    )
    if signature in met:
        return
    met.add(signature)
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        try:
            picture = viz.draw(output, depth=None if len(order) <= LARGEST else 6)
            for text in (picture.source, to_mermaid(picture.graph), picture.text(), picture.html()):
                assert text
            for file_format in ("svg", "png", "pdf"):
                assert picture.render(file_format)
        except Exception as error:
            failed.append(f"{len(order)} nodes, last {output.op!r}: {type(error).__name__}: {error}"[:300])


def _kind(data: Any) -> Any:
    return (data.shape, str(data.dtype)) if labels.is_array(data) else type(data).__name__


def pytest_configure(config: pytest.Config) -> None:
    """Stand in front of both engines' backward passes."""
    for engine in (scalar.Value, vector.Tensor):
        engine.backward = record(engine.backward)  # type: ignore[method-assign]


def pytest_terminal_summary(terminalreporter: Any) -> None:
    """Tell how many graphs were drawn, and which could not be."""
    terminalreporter.write_line(f"{len(met)} different graphs drawn in every format, {len(failed)} failed")
    for failure in failed:
        terminalreporter.write_line(failure)
    if failed:
        sys.exit("some graphs could not be drawn")
