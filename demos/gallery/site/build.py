"""Builds the site: runs each example, writes its page, and then the index."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterable, Iterator, Sequence
from itertools import chain
from pathlib import Path
from typing import Any

import jinja2
from markupsafe import Markup, escape
from pygments import highlight
from pygments.formatters import HtmlFormatter
from pygments.lexers import PythonLexer
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TimeElapsedColumn

from demos.console import console, say, writing
from demos.gallery.example import Course, Example
from demos.gallery.outcome import Outcome, in_one_line, run
from demos.gallery.site.page import Page, make
from demos.gallery.written import difference, in_a_cell
from viz.page import asset, recolouring

HERE = Path(__file__).parent
NOT_ASKED = "it trains on MNIST, for minutes; --mnist includes it"


def build(courses: Sequence[Course], folder: Path, *, mnist: bool = True, download: bool = False) -> list[str]:
    """Write the site of the courses' examples into the folder, and list those that failed or differ from a judge.

    mnist: run what trains on MNIST; download: MNIST may be downloaded.
    """
    with writing(folder):
        folder.mkdir(parents=True, exist_ok=True)
        pages = list(_followed(_pages(courses, folder, mnist=mnist, download=download), _count(courses)))
        _write(pages, courses, folder)
    return _summarised(pages, folder)


def _count(courses: Sequence[Course]) -> int:
    return sum(len(course.examples) for course in courses)


def _pages(courses: Sequence[Course], folder: Path, *, mnist: bool, download: bool) -> Iterator[Page]:
    for course in courses:
        for example in course.examples.values():
            wanted = mnist or "mnist" not in example.needs
            outcome = run(example, download=download) if wanted else Outcome(example, skipped=NOT_ASKED)
            yield _made(course, outcome, folder)


def _made(course: Course, outcome: Outcome, folder: Path) -> Page:
    """The page; one that cannot be made says so and keeps none of the others from being made."""
    try:
        return make(course, outcome, folder)
    except OSError:
        raise  # the folder cannot be written
    except Exception as error:
        return Page(course, outcome.example, failed=in_one_line(error))


def _followed(pages: Iterable[Page], total: int) -> Iterator[Page]:
    """The pages, and on the terminal how far they are; where there is none, a line for what is not as it should be."""
    with Progress(
        "{task.description}",
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        console=console,
        disable=not console.is_terminal,
    ) as progress:
        task = progress.add_task("Examples", total=total)
        for page in pages:
            if told := _told(page):
                say(told)
            progress.update(task, advance=1, description=f"{page.example.id:<3}")
            yield page


def _told(page: Page) -> str:
    id = page.example.id
    if page.skipped:
        return f"{id} skipped: {page.skipped}"
    if page.failed:
        return f"{id} failed: {page.failed}"
    return f"{id} differs from a judge in {', '.join(page.differs)}" if page.differs else ""


def _summarised(pages: Sequence[Page], folder: Path) -> list[str]:
    skipped = sum(bool(page.skipped) for page in pages)
    wrong = [page.example.id for page in pages if page.failed or page.differs]
    less = f", {skipped} of them skipped" if skipped else ""
    say(f"{len(pages)} examples{less}: {folder / 'index.html'}")
    return wrong


# ---------------------------------------------------------------- files


def _write(pages: Sequence[Page], courses: Sequence[Course], folder: Path) -> None:
    templates = _templates()
    for name in ("gallery.css", "gallery.js"):
        shutil.copyfile(HERE / "static" / name, folder / name)
    for name in ("window.css", "window.js"):
        (folder / name).write_text(asset(name), encoding="utf-8")
    (folder / "graphs.css").write_text(recolouring(picture=".drawing "), encoding="utf-8")
    by_course = [(course, [page for page in pages if page.course is course]) for course in courses]
    index = templates.get_template("index.html").render(courses=by_course, pages=pages)
    (folder / "index.html").write_text(index, encoding="utf-8")
    template = templates.get_template("example.html")
    neighbours = zip([None, *pages], pages, chain(pages[1:], [None]), strict=False)
    for previous, page, following in neighbours:
        text = template.render(page=page, previous=previous, next=following)
        (folder / f"{page.example.id}.html").write_text(text, encoding="utf-8")


def _templates() -> jinja2.Environment:
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(HERE / "templates"),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {"prose": prose, "in_a_cell": in_a_cell, "difference": difference, "source": source}
    environment.filters["safe_svg"] = Markup
    return environment


def source(example: Example) -> Markup:
    """The example's code, highlighted."""
    formatter: Any = HtmlFormatter(nowrap=True)
    return Markup(highlight(example.source, PythonLexer(), formatter))


def prose(text: str) -> Markup:
    """A docstring's text: what stands between backticks is code.

    >>> prose("`a < b` holds")
    Markup('<code>a &lt; b</code> holds')
    """
    return Markup(re.sub(r"`+([^`]+)`+", r"<code>\1</code>", str(escape(text))))
