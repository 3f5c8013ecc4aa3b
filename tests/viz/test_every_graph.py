"""Every graph that the tests build can be drawn in every format.

Text costs little: every graph is written in each of its formats. For svg, many graphs are laid out at a time, which
asks Graphviz to read every label all the same; the other pictures, the same layout with another pen, are made of a
sample. `EVERY_GRAPH=all` draws each graph by itself in every format, and `python -m pytest -p tests.viz.recorder` those
that any other test builds, too.
"""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import viz
from demos.mermaid import to_mermaid
from tests.viz.graphs import Drawable, everything
from viz.drawing import FORMATS

TOGETHER = 100  # graphs in one picture
SAMPLED = 60  # one graph of so many is drawn with every pen


@pytest.fixture(scope="module")
def graphs() -> list[Drawable]:
    return everything()


def batches(graphs: list[Drawable]) -> Iterator[list[Any]]:
    """The outputs of many graphs at a time, of those that no option of their own is for."""
    plain = [graph for graph in graphs if not graph.options]
    for start in range(0, len(plain), TOGETHER):
        yield [output for graph in plain[start : start + TOGETHER] for output in graph.outputs]


def test_as_text(graphs: list[Drawable]) -> None:
    for name, outputs, options in graphs:
        drawing = viz.draw(outputs, **options)
        for text in (drawing.source, to_mermaid(drawing.graph), drawing.text()):
            assert text, name


def test_with_messages(graphs: list[Drawable]) -> None:
    for name, outputs, options in graphs:
        if len(outputs) == 1 and has_messages(outputs[0]):
            drawing = viz.draw(outputs, **options, messages=True)
            assert drawing.source, name
            assert to_mermaid(drawing.graph), name


def has_messages(output: Any) -> bool:
    """Whether there is a ledger, which begins at one number that has a gradient."""
    numeric = getattr(output.data, "size", 1) == 1 and getattr(output, "requires_grad", True)
    return hasattr(output, "chain_rule") and numeric


@pytest.mark.slow
def test_as_picture(graphs: list[Drawable]) -> None:
    for many in batches(graphs):
        assert viz.draw(many, max_nodes=5000).render("svg")
    for name, outputs, options in graphs:
        if options:
            assert viz.draw(outputs, **options).render("svg"), name


@pytest.mark.parametrize("suffix", ["png", "pdf", "html"])
def test_sample(graphs: list[Drawable], suffix: str, tmp_path: Path) -> None:
    for name, outputs, options in graphs[::SAMPLED]:
        assert viz.draw(outputs, **options).save(tmp_path / f"one.{suffix}").stat().st_size > 0, name


@pytest.mark.skipif(os.environ.get("EVERY_GRAPH") != "all", reason="not here: asked for with EVERY_GRAPH=all")
def test_each_by_itself(graphs: list[Drawable], tmp_path: Path) -> None:
    for name, outputs, options in graphs:
        drawing = viz.draw(outputs, **options)
        for suffix in FORMATS:
            assert drawing.save(tmp_path / f"one.{suffix}").stat().st_size > 0, name
