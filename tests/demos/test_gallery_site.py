"""The built site: what each page says, and that every link leads somewhere."""

import hashlib
import sys
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest

from demos.gallery.site import colours
from demos.gallery.site.build import NOT_ASKED, build
from demos.plots.scheme import recoloured
from tests.demos.gallery_stand_in import courses, good_courses, large
from viz import render
from viz.page import recolouring
from viz.palette import PALETTES

pytestmark = pytest.mark.skipif(not render.available(), reason="Graphviz is not installed")

BUILT_BY_HAND = {"index.html", "gallery.css", "gallery.js", "graphs.css"}


class Page(HTMLParser):
    """What a page defines and where it points to; whether its elements are closed."""

    VOID = frozenset({"meta", "link", "img", "input", "br"})

    def __init__(self, text: str) -> None:
        super().__init__()
        self.ids: list[str] = []
        self.links: list[str] = []
        self.open: list[str] = []
        self.mistakes: list[str] = []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        self.ids += [value for name, value in attrs if name == "id" and value]
        self.links += [given[name] or "" for name in ("href", "src") if name in given]
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        if tag not in self.VOID:
            self.open.pop()

    def handle_endtag(self, tag: str) -> None:
        if not self.open or self.open.pop() != tag:
            self.mistakes.append(f"</{tag}> at line {self.getpos()[0]}")


def broken_links(folder: Path) -> Iterator[str]:
    """Each link of a page in the folder that leads nowhere, each id that is there twice, each tag left open."""
    pages = {path.resolve(): Page(path.read_text(encoding="utf-8")) for path in folder.rglob("*.html")}
    for path, page in pages.items():
        yield from (f"{path.name}: {mistake}" for mistake in [*page.mistakes, *page.open])
        yield from (f"{path.name}: #{id} twice" for id in set(page.ids) if page.ids.count(id) > 1)
        for link in page.links:
            parts = urlsplit(link)
            if parts.scheme == "data":
                continue
            target = (path.parent / unquote(parts.path)).resolve() if parts.path else path
            if parts.scheme or parts.netloc or not target.is_file():
                yield f"{path.name}: {link}"
            elif parts.fragment and unquote(parts.fragment) not in pages[target].ids:
                yield f"{path.name}: {link}, which {target.name} does not have"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("gallery")
    assert build(courses(), folder) == ["A3", "B1"]
    return folder


def text(folder: Path, name: str) -> str:
    return (folder / f"{name}.html").read_text(encoding="utf-8")


# ---------------------------------------------------------------- the whole


def test_every_link_leads_somewhere(folder: Path) -> None:
    assert list(broken_links(folder)) == []


def test_the_link_check_finds_what_is_wrong(tmp_path: Path) -> None:
    page = '<p id="a"><p id="a"></p></p><a href="no.html"></a><a href="#b"></a><img src="https://x.org/y.png"><b>'
    (tmp_path / "index.html").write_text(page)
    assert sorted(broken_links(tmp_path)) == [
        "index.html: #a twice",
        "index.html: #b, which index.html does not have",
        "index.html: b",
        "index.html: https://x.org/y.png",
        "index.html: no.html",
    ]


def test_two_builds_write_the_same_bytes(folder: Path, tmp_path: Path) -> None:
    build(courses(), tmp_path)
    first, second = (
        {path.relative_to(root): hashlib.sha256(path.read_bytes()).hexdigest() for path in root.rglob("*.*")}
        for root in (folder, tmp_path)
    )
    assert first == second


def test_every_file_is_reached_from_the_index(folder: Path) -> None:
    reached = {folder / "index.html"}
    queue = [folder / "index.html"]
    for path in queue:  # grows while it is walked
        links = Page(path.read_text(encoding="utf-8")).links if path.suffix == ".html" else []
        found = {(path.parent / urlsplit(link).path).resolve() for link in links if urlsplit(link).path}
        queue += [target for target in found - reached if target.is_file()]
        reached |= found
    assert {path.resolve() for path in folder.rglob("*.*")} <= reached


def test_nothing_is_fetched_from_the_network(folder: Path) -> None:
    for path in folder.rglob("*.*"):
        if path.suffix in (".html", ".css", ".js"):
            content = path.read_text(encoding="utf-8")
            assert "http" not in content.replace("http://www.w3.org/", "").replace("http-equiv", ""), path


# ---------------------------------------------------------------- the index


def test_the_index_has_a_card_for_each_example(folder: Path) -> None:
    index = text(folder, "index")
    for course in courses():
        for example in course.examples.values():
            assert f'href="{example.id}.html"' in index
            assert f"<b>{example.id}</b> {example.title}" in index
    assert "6 examples" in index
    assert "Pensées &amp; &lt;calcul&gt;" in index


def test_a_thumbnail_is_the_plot_the_graph_or_numbers(folder: Path) -> None:
    index = text(folder, "index")
    assert 'src="A1/sketch.svg"' in index
    assert 'src="A2/the-loss.svg"' in index
    assert "<i>a word</i> yes &amp; &lt;no&gt;" in index


def test_a_card_says_why_there_is_no_result(folder: Path) -> None:
    index = text(folder, "index")
    assert "failed: ZeroDivisionError: division by zero" in index
    assert "skipped: it needs no_such_module" in index
    assert "differs from a judge" in index


# ---------------------------------------------------------------- a page


def test_a_page_states_shows_and_compares(folder: Path) -> None:
    page = text(folder, "A1")
    assert "Multiplies <code>x</code> by itself and by y: x has two uses &amp; a &lt;sum&gt;." in page
    assert page.count('class="drawing"') == 2
    assert 'src="A1/player.html"' in page
    assert page.count('<span class="right">agrees</span>') == 2
    assert "&lt; 0 for y &lt; 0" in page
    assert '<span class="k">def</span>' in page
    assert "<dt>the lecture</dt><dd>2</dd>" in page


def test_a_large_graph_is_drawn_and_played_in_parts(tmp_path: Path) -> None:
    """Of its drawing the parts next to the output were all that there was, and its player ended at 150 nodes."""
    assert build([large()], tmp_path) == []
    page, player = text(tmp_path, "L1"), text(tmp_path, "L1/player")
    assert "The graph has 301 nodes; parts of it are one card each. A click opens it." in page
    assert page.count('class="packed"') == player.count('<script class="packed"') == 1
    assert 'href="#view=1"' in page
    assert "too many to open here" not in page


def test_the_ledger_is_typeset_with_its_numbers(folder: Path) -> None:
    page = text(folder, "A1")
    row = page[page.index('<tr class="multivariate">') :]
    row = row[: row.index("</tr>")]
    assert row.count("<math") == 6  # the gradient, two terms in symbols, two in numbers, the total
    assert "<mn>−12</mn>" in row
    assert "<mn>(−2)</mn><mo>·</mo><mn>3</mn>" in row
    assert "place" not in row


def test_on_arrays_the_ledger_names_its_jacobians(folder: Path) -> None:
    page = text(folder, "A2")
    assert "vector-Jacobian product" in page
    assert '<th scope="col">in numbers</th>' not in page


def test_what_is_missing_is_told_and_nothing_else_shown(folder: Path) -> None:
    page = text(folder, "B1")
    assert "This example failed:</strong> ZeroDivisionError: division by zero." in page
    assert 'id="numbers"' not in page
    assert 'id="code"' in page
    assert "This example was skipped:</strong> it needs no_such_module" in text(folder, "B2")
    assert "Not drawn: it needs brushes" in text(folder, "A2")


def test_a_difference_is_told(folder: Path) -> None:
    page = text(folder, "A3")
    assert '<strong class="wrong">differs</strong>' in page
    assert "<td>0.5</td><td>1e−12</td>" in page


def test_pages_lead_to_their_neighbours(folder: Path) -> None:
    page = text(folder, "A2")
    assert '<a rel="prev" href="A1.html">' in page
    assert '<a rel="next" href="A3.html">' in page
    assert 'rel="prev"' not in text(folder, "A1")
    assert 'rel="next"' not in text(folder, "B3")


# ---------------------------------------------------------------- choices


def test_mnist_is_left_out_unless_it_is_asked_for(tmp_path: Path) -> None:
    (course,) = good_courses()
    course.example("A9", "Digits", engines="vector", needs=["mnist"])(course.examples["A1"].function)
    assert build([course], tmp_path, mnist=False) == []
    assert NOT_ASKED in text(tmp_path, "A9")
    assert build([course], tmp_path, mnist=True, download=True) == []
    assert NOT_ASKED not in text(tmp_path, "A9")


def test_without_graphviz_there_are_pages_all_the_same(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("shutil.which", lambda name: None)
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    assert build(good_courses(), tmp_path) == []
    assert "Not drawn: drawing svg needs Graphviz" in text(tmp_path, "A1")
    assert list(broken_links(tmp_path)) == []


def test_without_sympy_the_ledger_has_its_formulas(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "sympy", None)
    assert build(good_courses(), tmp_path) == []
    assert '<table class="ledger">' in text(tmp_path, "A1")
    assert "<mo>∂</mo>" not in text(tmp_path, "A1")


# ---------------------------------------------------------------- colours


def test_each_colour_of_a_graph_has_one_in_the_dark() -> None:
    light, dark = PALETTES["light"], PALETTES["dark"]
    rules = recolouring()
    for role, fill in light.fills.items():
        assert f"[fill='{fill}'] {{ fill: {dark.fills[role]}; }}" in rules
        assert f"[stroke='{light.lines[role]}'] {{ stroke: {dark.lines[role]}; }}" in rules
    assert f"[fill='{light.message}'] {{ fill: {dark.message}; }}" in rules


def test_a_plot_keeps_its_hues_and_follows_the_scheme_with_the_rest() -> None:
    svg = '<?xml version="1.0"?><svg width="9"><path style="fill: #ffffff; stroke: #d55e00"/></svg>'
    plot = recoloured(svg)
    assert plot.startswith('<svg width="9"><style>')
    assert "fill: var(--paper); stroke: #d55e00" in plot
    assert "prefers-color-scheme: dark" in plot


def test_a_picture_without_a_size_is_refused() -> None:
    with pytest.raises(ValueError, match="expected the SVG to begin with its width and height"):
        colours.extent("<svg>")
