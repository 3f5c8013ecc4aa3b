"""The pages in a browser: for every reader, in both schemes, on paper, with labels and numbers that nobody expects."""

from pathlib import Path
from typing import Any

import pytest

import scalar
import viz
from tests.viz.browser import opened
from tests.viz.test_player_arrays import layer

pytestmark = pytest.mark.slow

WIDTHS = (390, 1280, 1920)
ROUNDING = 2  # pixels, of a place to scroll to
APART = 2  # pixels, between a number and what stands before it, and between lines

# Pairs of texts of one picture that overlap, by more than what letters leave empty above and below.
OVERLAPPING = """svg => {
  const texts = [...svg.querySelectorAll("text")].filter(text => getComputedStyle(text).opacity === "1");
  const boxes = texts.map(text => text.getBoundingClientRect());
  const pairs = boxes.flatMap((a, i) => boxes.slice(i + 1).map((b, j) => [a, b, i, i + 1 + j]));
  const wide = (a, b) => Math.min(a.right, b.right) - Math.max(a.left, b.left) > 0;
  const high = (a, b) => Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top) > a.height / 2;
  const found = pairs.filter(([a, b]) => wide(a, b) && high(a, b));
  return found.map(([a, b, i, j]) => [texts[i].textContent, texts[j].textContent]);
}"""


def wide_numbers() -> scalar.Value:
    x, y = scalar.Value(-2.0, "x"), scalar.Value(5.0, "y")
    out = x * scalar.exp(-x * y) + scalar.max(x, y) ** 2
    out.backward()
    return out


def unexpected() -> scalar.Value:
    a, c = scalar.Value(1e300, "a label\nof two lines"), scalar.Value(2.0, '<b>&"')
    b = scalar.Value(-1.23456789e-300, "the_price_of_a_house_in_the_middle_of_the_city_that_never_ends")
    out = a * b + scalar.tanh(c) * a
    out.label = "L " * 40
    out.backward()
    return out


def many_leaves() -> scalar.Value:
    x = [scalar.Value(0.1 * i - 0.55, f"x{i}") for i in range(14)]
    w = [scalar.Value(1.5 - 0.3 * i, f"w{i}", role="parameter") for i in range(14)]
    out = scalar.tanh(scalar.dot(x, w) + scalar.sum(x))
    out.backward()
    return out


GRAPHS = (wide_numbers, unexpected, many_leaves, layer)


@pytest.fixture(scope="module")
def pages(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("pages")
    for graph in GRAPHS:
        out: Any = graph()
        viz.player(out, folder / f"{graph.__name__}_player.html", title=f"A title\nof two lines: {graph.__name__}")
        drawing = viz.draw(out, messages=True, formulas=graph is not layer, title="A title\nof two lines")
        drawing.save(folder / f"{graph.__name__}_drawing.html")
    viz.draw(wide_numbers(), messages=True, verify=True).save(folder / "verified_drawing.html")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("viz.render.available", lambda: False)
        viz.draw(unexpected()).save(folder / "plain_drawing.html")
    return folder


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", WIDTHS)
def test_accessibility_and_room(browser: Any, pages: Path, width: int, scheme: str) -> None:
    axe = pytest.importorskip("axe_playwright_python.sync_playwright", reason="axe is not installed")
    for path in sorted(pages.glob("*.html")):
        with opened(browser, path, color_scheme=scheme, viewport={"width": width, "height": 844}) as page:
            results = axe.Axe().run(page)
            assert results.response["violations"] == [], f"{path.stem}: {results.generate_report()}"
            assert page.evaluate("document.documentElement.scrollWidth") == width, path.stem
            assert page.locator("h1").count() == 1


@pytest.mark.parametrize("graph", GRAPHS)
def test_texts_of_a_picture_keep_apart(browser: Any, pages: Path, graph: Any) -> None:
    for kind in ("drawing", "player"):
        with opened(browser, pages / f"{graph.__name__}_{kind}.html", viewport={"width": 1280, "height": 844}) as page:
            page.keyboard.press("End")
            assert page.locator("svg[viewBox]").first.evaluate(OVERLAPPING) == [], kind


def test_no_number_of_a_card_touches_what_it_is_the_number_of(browser: Any, pages: Path) -> None:
    gaps = """cards => cards.flatMap(card => [...card.querySelectorAll(".value, .grad")].map(row => {
      const [key, number] = row.querySelectorAll("text");
      return number.getBoundingClientRect().left - key.getBoundingClientRect().right;
    }))"""
    with opened(browser, pages / "wide_numbers_player.html", viewport={"width": 1280, "height": 844}) as page:
        for _ in page.locator(".step").all():
            page.keyboard.press("ArrowRight")
            assert min(page.locator(".card").evaluate_all(gaps)) > APART


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("graph", GRAPHS)
def test_the_heading_of_the_steps_is_whole_at_every_step(browser: Any, pages: Path, graph: Any, width: int) -> None:
    covered = """ledger => {
      const top = ledger.getBoundingClientRect().top;
      const section = document.querySelector("[aria-current]").closest("section");
      const heading = section.querySelector("h2").getBoundingClientRect();
      return [heading.top - top, document.querySelector("[aria-current]").getBoundingClientRect().top - heading.bottom];
    }"""
    path = pages / f"{graph.__name__}_player.html"
    with opened(browser, path, "#step=1", viewport={"width": width, "height": 700}) as page:
        for _ in page.locator(".step").all():
            above, below = page.locator("#ledger").evaluate(covered)
            assert above >= -ROUNDING
            assert below >= -ROUNDING
            page.keyboard.press("ArrowRight")


def test_formulas_of_a_step_with_many_leaves_keep_apart(browser: Any, pages: Path) -> None:
    tops = "all => all.map(one => one.getBoundingClientRect()).map(box => [box.left, box.right, box.top, box.bottom])"
    for width in WIDTHS:
        with opened(browser, pages / "many_leaves_player.html", viewport={"width": width, "height": 844}) as page:
            boxes = page.locator(".step[aria-current] .given > math").evaluate_all(tops)
            assert len(boxes) == 28
            for i, (left, right, top, bottom) in enumerate(boxes):
                for other_left, other_right, other_top, other_bottom in boxes[:i]:
                    beside = right <= other_left or other_right <= left
                    assert beside or bottom + APART <= other_top or other_bottom + APART <= top


@pytest.mark.parametrize("graph", GRAPHS)
def test_all_steps_print(browser: Any, pages: Path, graph: Any) -> None:
    with opened(browser, pages / f"{graph.__name__}_player.html", color_scheme="dark") as page:
        page.emulate_media(media="print")
        steps = page.locator(".step").count()
        assert page.locator(".step:visible").count() == page.locator(".told:visible").count() == steps
        faint = page.locator("svg .card :is(.value, .grad)").evaluate_all(
            "rows => rows.filter(row => getComputedStyle(row).opacity !== '1').length"
        )
        assert faint == 0
        assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
        assert page.locator("#controls").is_hidden()


def test_a_drawing_follows_the_scheme_unless_a_palette_was_chosen(browser: Any, tmp_path: Path) -> None:
    def paper(palette: str, scheme: str) -> str:
        path = viz.draw(wide_numbers(), palette=palette).save(tmp_path / f"{palette}.html")
        with opened(browser, path, color_scheme=scheme) as page:
            return str(page.evaluate("getComputedStyle(document.body).backgroundColor"))

    white, dark = "rgb(255, 255, 255)", "rgb(20, 24, 29)"
    assert (paper("light", "light"), paper("light", "dark")) == (white, dark)
    assert (paper("dark", "light"), paper("print", "dark")) == (dark, white)
