"""Pages of runs in a browser: nothing fetched, nothing complained about, for every screen and every reader."""

import contextlib
import json
import shutil
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from demos.cli import main
from demos.report.page import run_page
from demos.report.run import Run, read_run
from tests.demos.report.runs import table
from tests.viz.browser import expect, opened, window

pytestmark = pytest.mark.slow

ALONE = {"preload": False}  # axe fetches no style sheet
PHONE = {"width": 360, "height": 740}
PAGES = ("digits", "moons", "kind", "height", "stopped", "failed", "going", "compare")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """PAGE.html of runs of all kinds, and of several compared."""
    folder = tmp_path_factory.mktemp("runs")
    table(folder / "flowers.csv")
    learnt = ["train", "--csv", "flowers.csv", "--epochs", "20", "--target"]
    commands = [
        ["train", "digits", "--epochs", "3", "--validation", "0.1", "--out", "digits"],
        ["train", "digits", "--epochs", "3", "--lr", "0.01", "--seed", "1", "--out", "other"],
        ["train", "moons", "--engine", "vector", "--validation", "0.2", "--epochs", "60", "--out", "moons"],
        [*learnt, "kind", "--out", "kind"],
        [*learnt, "height", "--out", "height"],
        ["train", "xor", "--engine", "vector", "--lr", "1e200", "--out", "failed"],
        ["show", "digits", "other", "--no-open"],
    ]
    with contextlib.chdir(folder):
        for words in commands:
            with contextlib.suppress(SystemExit):
                main(words)
        for name in PAGES[:-1]:
            if name not in ("stopped", "going"):
                shutil.copy(f"{name}/report.html", f"{name}.html")
    for name, state in (("stopped", "stopped"), ("going", "running")):
        half_way(folder, f"{name}.html", state)
    return folder


def half_way(folder: Path, name: str, state: str, step: int = 60, **values: Any) -> None:
    """Write the page that the run on digits had at a step, if that was written now."""
    run = read_run(folder / "digits")
    changed = {"state": state, "step": step, "left": 3.5, "written": time.time(), **values}
    epochs = [line for line in run.epochs if line["step"] <= step]
    page = run_page(Run(run.folder, {**run.state, **changed}, run.losses[:step], epochs))
    part = folder / f"{name}.part"
    part.write_text(page, encoding="utf-8")
    part.replace(folder / name)


@contextlib.contextmanager
def shown(browser: Any, folder: Path, name: str, **options: Any) -> Iterator[Any]:
    """The page, whose run goes on or not; it asks for no other file."""
    with window(browser, reduced_motion="reduce", **options) as (page, requests):
        page.goto((folder / f"{name}.html").as_uri())
        yield page
    assert {url for url in requests if not url.startswith("data:")} == {(folder / f"{name}.html").as_uri()}


@pytest.mark.parametrize(("width", "scheme"), [(360, "light"), (1280, "light"), (1280, "dark")])
@pytest.mark.parametrize("name", PAGES)
def test_accessibility(browser: Any, folder: Path, name: str, width: int, scheme: str) -> None:
    axe = pytest.importorskip("axe_playwright_python.sync_playwright", reason="axe is not installed")
    with shown(browser, folder, name, color_scheme=scheme, viewport={"width": width, "height": 800}) as page:
        if name == "going":
            page.get_by_role("button", name="Stop reloading this page").click()
        for part in page.locator("details").all():
            part.evaluate("part => { part.open = true; }")
        results = axe.Axe().run(page, options=ALONE)
        assert results.response["violations"] == [], results.generate_report()


@pytest.mark.parametrize("name", PAGES)
def test_a_phone_scrolls_up_and_down_alone(browser: Any, folder: Path, name: str) -> None:
    with shown(browser, folder, name, viewport=PHONE, has_touch=True) as page:
        assert page.evaluate("document.documentElement.scrollWidth") == PHONE["width"]
        page.locator("img").evaluate_all("images => Promise.all(images.map(image => image.decode()))")  # or it throws
        small = page.locator("svg.chart text:visible").evaluate_all(
            "texts => Math.min(99, ...texts.map(text => { const to = text.getScreenCTM();"
            " return parseFloat(getComputedStyle(text).fontSize) * Math.hypot(to.a, to.b); }))"
        )
        assert small >= 8


def test_a_pointer_over_a_curve_reads_step_and_value(browser: Any, folder: Path) -> None:
    run = read_run(folder / "digits")
    with shown(browser, folder, "digits") as page:
        chart = page.locator("svg.chart").nth(1)  # accuracy
        chart.scroll_into_view_if_needed()
        data = json.loads(chart.get_attribute("data-chart"))
        at = chart.evaluate(
            "(chart, [x, y]) => {"
            " const p = new DOMPoint(x, y).matrixTransform(chart.getScreenCTM()); return [p.x, p.y]; }",
            [data["lines"][0]["px"][1] + 3, data["lines"][0]["py"][1]],
        )
        page.mouse.move(*at)
        second = run.epochs[1]
        told = page.locator(".told").nth(1)
        expect(told).to_have_text(
            f"step {second['step']}: validation {100 * second['validation_accuracy']:.2f} %, "
            f"test {100 * second['test_accuracy']:.2f} %"
        )
        assert chart.locator(".cursor circle").count() == 2
        page.mouse.move(0, 0)
        expect(told).to_have_text("")


def test_the_arrow_keys_read_a_curve(browser: Any, folder: Path) -> None:
    run = read_run(folder / "moons")
    with shown(browser, folder, "moons") as page:
        chart = page.locator("svg.chart").first
        chart.focus()
        page.keyboard.press("Home")
        page.keyboard.press("ArrowRight")
        loss = f"{float(f'{run.losses[1]:.4g}'):g}"
        expect(page.locator(".told").first).to_contain_text(f"step 2: training {loss}")
        assert "step 2" in chart.get_attribute("aria-description")
        page.keyboard.press("End")
        expect(page.locator(".told").first).to_contain_text("step 60: ")


def test_a_pointer_over_a_dot_reads_both_numbers(browser: Any, folder: Path) -> None:
    run = read_run(folder / "height")
    assert run.results is not None
    found = run.results["predictions"]
    with shown(browser, folder, "height") as page:
        chart = page.locator(".square svg.chart")
        chart.focus()
        page.keyboard.press("Home")
        told = page.locator(".square .told").text_content()
    true, said = (float(part.split()[-1]) for part in told.split(", "))
    assert true == pytest.approx(found["true"][0], rel=1e-3)
    assert said == pytest.approx(found["said"][0], rel=1e-3)


def test_a_name_brings_its_line_to_the_front(browser: Any, folder: Path) -> None:
    with shown(browser, folder, "compare") as page:
        first = page.locator("figure").first
        first.locator("text.name[data-line='1']").hover()
        opacity = first.locator("svg.chart path.line:not(.sample)").evaluate_all(
            "lines => lines.map(line => getComputedStyle(line).opacity)"
        )
        assert [float(x) for x in opacity] == [0.15, 1.0]


def test_a_page_of_a_run_that_goes_on_loads_itself_until_it_is_done(browser: Any, folder: Path) -> None:
    half_way(folder, "live.html", "running")
    size = {"width": 900, "height": 500}
    with shown(browser, folder, "live", viewport=size) as page:
        expect(page.locator(".progress")).to_contain_text("Step 60 of 123")
        page.locator("details summary").first.click()
        page.evaluate("scrollTo(0, 300)")
        half_way(folder, "live.html", "running", 82)
        expect(page.locator(".progress")).to_contain_text("Step 82 of 123")
        assert page.evaluate("scrollY") == 300
        assert page.locator("details").first.evaluate("part => part.open")
        shutil.copy(folder / "digits.html", folder / "live.html")
        expect(page.locator(".badge")).to_have_text("done")
        assert page.locator("progress").count() == 0
        assert page.evaluate("scrollY") == 300


def test_a_reader_can_stop_the_reloading(browser: Any, folder: Path) -> None:
    half_way(folder, "held.html", "running")
    with shown(browser, folder, "held") as page:
        page.clock.install()
        page.reload()
        page.get_by_role("button", name="Stop reloading this page").click()
        button = page.get_by_role("button", name="Reloading is stopped")
        assert button.get_attribute("aria-pressed") == "true"
        half_way(folder, "held.html", "running", 82)
        page.clock.run_for(20_000)
        expect(page.locator(".progress")).to_contain_text("Step 60 of 123")
        page.reload()
        expect(button).to_be_visible()  # it stays so
        button.click()
        half_way(folder, "held.html", "running", 100)
        page.clock.run_for(5_000)
        expect(page.locator(".progress")).to_contain_text("Step 100 of 123")


def test_a_run_that_says_nothing_any_more_may_have_been_killed(browser: Any, folder: Path) -> None:
    half_way(folder, "silent.html", "running", written=time.time() - 600)
    with shown(browser, folder, "silent") as page:
        expect(page.locator("#silent")).to_be_visible()
        expect(page.locator("#silent")).to_contain_text("--resume --out ")
        expect(page.locator("#age")).to_have_text("Written 10 min ago.")


def test_without_scripts_all_is_there(browser: Any, folder: Path) -> None:
    with shown(browser, folder, "digits", java_script_enabled=False) as page:
        assert page.locator("svg.chart path.line").count() == 5
        assert page.locator("table.confusion").is_visible()


def test_it_prints(browser: Any, folder: Path, tmp_path: Path) -> None:
    with opened(browser, folder / "kind.html") as page:
        page.pdf(path=tmp_path / "page.pdf", format="A4")
    pypdf = pytest.importorskip("pypdf", reason="pypdf is not installed")
    printed = pypdf.PdfReader(tmp_path / "page.pdf")
    assert 2 <= len(printed.pages) <= 8
    words = " ".join(page.extract_text() for page in printed.pages)
    assert "What it leans on" in words
    assert "Stop reloading" not in words
