"""What a page says about one example: every text, number and picture decided, none of it laid out."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import viz
from demos import plots
from demos.gallery import drawings
from demos.gallery.drawings import SHOWN, draw, has_ledger, sketch
from demos.gallery.example import Claim, Course, Example, Result
from demos.gallery.judgement import Judgement, judge
from demos.gallery.outcome import Outcome
from demos.gallery.pictures import figure, slug
from demos.gallery.site import colours
from demos.gallery.site.typeset import Ledger, typeset
from demos.gallery.written import written
from demos.plots.scheme import recoloured
from viz import render
from viz.graph import Direction
from viz.page import shown

LARGEST_SVG = 600_000  # bytes; a plot of more points is kept as pixels
ASPECT = 16 / 10  # of a thumbnail
DIRECTIONS: tuple[Direction, ...] = ("LR", "TB")
WIDE = 1200  # pixels, what a page holds


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture of a page, or in `missing` why there is none."""

    title: str
    svg: str = ""
    source: str = ""
    width: int = 0
    caption: str = ""
    missing: str = ""


@dataclass(slots=True)
class Page:
    """One example as its page and its card in the index show it."""

    course: Course
    example: Example
    skipped: str = ""
    failed: str = ""
    numbers: Mapping[str, str] = field(default_factory=dict)
    judgements: Sequence[Judgement] = ()
    claims: Sequence[Claim] = ()
    notes: Mapping[str, str] = field(default_factory=dict)
    graphs: Sequence[Picture] = ()
    plots: Sequence[Picture] = ()
    ledger: Ledger | None = None
    player: str = ""
    unplayed: str = ""
    thumbnail: str = ""

    @property
    def missing(self) -> str:
        """Why there is no result; "" where there is one."""
        return self.skipped or self.failed

    @property
    def differs(self) -> list[str]:
        """The comparisons in which a judge disagrees."""
        return [judgement.comparison.name for judgement in self.judgements if not judgement.agrees]

    @property
    def has_wide_numbers(self) -> bool:
        """Whether a number is an array that takes several lines."""
        return any("\n" in text for text in self.numbers.values())


def make(course: Course, outcome: Outcome, folder: Path) -> Page:
    """The page of an example, its pictures and its player written into the folder of the site."""
    example, result = outcome.example, outcome.result
    page = Page(course, example, skipped=outcome.skipped, failed=outcome.failed)
    if result is None:
        return page
    files = folder / example.id
    files.mkdir(parents=True, exist_ok=True)
    page.numbers = {name: written(answer) for name, answer in result.numbers.items()}
    page.judgements = judge(result.comparisons)
    page.claims, page.notes = result.claims, result.notes
    page.graphs = [_graph(title, node) for title, node in result.graphs.items()]
    page.plots = [_plot(title, plot, files) for title, plot in result.plots.items()]
    if result.graphs:
        first = next(iter(result.graphs.values()))
        page.ledger = typeset(first)
        _add_player(page, first, files)
    page.thumbnail = _thumbnail(page, result, files)
    return page


def _graph(title: str, node: Any) -> Picture:
    try:
        graph, width = _readable(node)
        svgs = [colours.inline(_rendered(replace(graph.drawing, graph=view))) for view in graph.views]
    except (viz.RendererNotFoundError, viz.RenderError) as error:
        return Picture(title, missing=str(error))
    caption = graph.caption and f"{graph.caption} A click opens it."
    return Picture(title, svg=shown(graph.views, svgs), width=round(width), caption=caption)


def _readable(node: Any) -> tuple[drawings.Picture, float]:
    """From left to right; from top to bottom where that spares the reader from scrolling sideways. And how wide."""
    across = draw(node)
    if (width := colours.extent(_rendered(across.drawing))[0]) <= WIDE:
        return across, width
    down = draw(node, "TB")
    return min((across, width), (down, colours.extent(_rendered(down.drawing))[0]), key=lambda one: one[1])


def _rendered(drawing: viz.Drawing, **attributes: str) -> str:
    digraph = drawing.graphviz
    digraph.attr(bgcolor="transparent", **attributes)
    return render.render(str(digraph.source), "svg").decode()


def _plot(title: str, plot: Callable[[], Any], files: Path) -> Picture:
    drawn = figure(plot)
    if isinstance(drawn, str):
        return Picture(title, missing=drawn)
    path = plots.save(drawn, files / f"{slug(title)}.svg")
    if path.stat().st_size > LARGEST_SVG:
        path.unlink()
        path = plots.save(drawn, path.with_suffix(".png"))
    else:
        path.write_text(recoloured(path.read_text(encoding="utf-8")), encoding="utf-8")
    return Picture(title, source=f"{files.name}/{path.name}", width=round(drawn.get_figwidth() * 100))


def _add_player(page: Page, node: Any, files: Path) -> None:
    if not has_ledger(node):
        return
    title = f"{page.example.id} {page.example.title}"
    try:
        viz.player(node, files / "player.html", title=title, max_nodes=SHOWN)
    except (ValueError, viz.RenderError) as error:
        page.unplayed = str(error)
        return
    page.player = f"{files.name}/player.html"


# ---------------------------------------------------------------- the card in the index


def _thumbnail(page: Page, result: Result, files: Path) -> str:
    """The first plot or, where there is none, the shape of the first graph; "" where there is neither."""
    for plot in page.plots:
        if plot.source:
            return plot.source
    if not result.graphs or not render.available():
        return ""
    svg = _best_shape(next(iter(result.graphs.values())))
    path = files / "sketch.svg"
    path.write_text(colours.standalone(svg), encoding="utf-8")
    return f"{files.name}/{path.name}"


def _best_shape(node: Any) -> str:
    """From left to right or from top to bottom, whichever fills the card better; close together, without a legend."""

    def misfit(svg: str) -> float:
        width, height = colours.extent(svg)
        return max(width / height / ASPECT, height * ASPECT / width)

    close = {"label": "", "ranksep": "0.25", "nodesep": "0.15"}
    return min((_rendered(sketch(node, direction), **close) for direction in DIRECTIONS), key=misfit)
