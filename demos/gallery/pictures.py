"""The pictures of an example as files: its graphs, and its plots."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import viz
from demos import plots
from demos.console import writing
from demos.gallery.drawings import draw
from demos.gallery.example import Example, Result
from demos.gallery.outcome import in_one_line, missing_module


def save_pictures(example: Example, result: Result, folder: Path) -> Iterator[str]:
    """Write what can be drawn here, and tell of each picture where it is, or why it is not."""
    with writing(folder):
        folder.mkdir(parents=True, exist_ok=True)
    for title, node in result.graphs.items():
        path = folder / f"{example.id}-{slug(title)}.svg"
        try:
            with writing(path):
                yield f"wrote {draw(node).drawing.save(path)}"
        except (viz.RendererNotFoundError, viz.RenderError, viz.GraphTooLargeError) as error:
            yield f"no {path.name}: {error}"
    for title, plot in result.plots.items():
        path = folder / f"{example.id}-{slug(title)}.svg"
        drawn = figure(plot)
        if isinstance(drawn, str):
            yield f"no {path.name}: {drawn}"
            continue
        with writing(path):
            yield f"wrote {plots.save(drawn, path)}"


def figure(plot: Callable[[], Any]) -> Any:
    """The plot's figure or, where it cannot be drawn here, why not, as a string."""
    try:
        return plot()
    except Exception as error:  # a plot that fails takes nothing else with it
        return missing_module(error) or in_one_line(error)


def slug(title: str) -> str:
    """The title as a file's name.

    >>> slug("Training & validation cost (log)")
    'training-validation-cost-log'
    """
    return re.sub(r"[^\w]+", "-", title.casefold()).strip("-") or "picture"
