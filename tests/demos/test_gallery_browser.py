"""The gallery's pages in a browser: nothing fetched, nothing complained about, for every screen and every reader."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from demos.gallery import catalogue as gallery
from demos.gallery.site.build import build
from tests.demos.gallery_stand_in import courses, large
from tests.demos.test_gallery_site import broken_links
from tests.viz.browser import expect, window

pytestmark = pytest.mark.slow

PAGES = ("index", "A1", "A2", "A3", "B1", "B3")
AUDITED = ("index", "A1", "A2", "B1")
ALONE = {"preload": False, "iframes": False}  # axe fetches no style sheet, and leaves the player to the player's tests
PHONE = {"width": 360, "height": 740}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("gallery")
    build(courses(), folder)
    return folder


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The site of the real gallery, less what trains on MNIST."""
    folder = tmp_path_factory.mktemp("whole")
    assert build(list(gallery.courses()), folder, mnist=False) == []
    return folder


@contextmanager
def opened(browser: Any, folder: Path, name: str, **options: Any) -> Iterator[Any]:
    """The page in a window of its own. It must ask for files of the site alone, and log nothing."""
    failed: list[str] = []
    with window(browser, reduced_motion="reduce", **options) as (page, requests):
        page.on("requestfailed", lambda request: failed.append(request.url))
        page.goto((folder / f"{name}.html").as_uri())
        yield page
    assert [url for url in requests if not url.startswith((folder.as_uri(), "data:,"))] == []
    assert failed == []


@pytest.mark.parametrize("name", PAGES)
def test_it_opens(browser: Any, folder: Path, name: str) -> None:
    with opened(browser, folder, name) as page:
        page.evaluate("document.querySelectorAll('[loading=lazy]').forEach(part => part.loading = 'eager')")
        page.locator("img").evaluate_all("images => Promise.all(images.map(image => image.decode()))")  # or it throws
        for frame in page.frames:
            frame.wait_for_load_state()
        assert page.locator("h1").count() == 1


def test_the_whole_gallery_links_opens_and_fits_a_phone(browser: Any, whole: Path) -> None:
    assert list(broken_links(whole)) == []
    for name in ("index", *gallery.TITLES):
        with opened(browser, whole, name, viewport=PHONE) as page:
            assert page.evaluate("document.documentElement.scrollWidth") == PHONE["width"], name
            unseen = "images => images.filter(image => image.complete && !image.naturalWidth).map(image => image.src)"
            assert page.locator("img").evaluate_all(unseen) == []


@pytest.mark.parametrize("name", PAGES)
def test_phone(browser: Any, folder: Path, name: str) -> None:
    with opened(browser, folder, name, viewport=PHONE, has_touch=True) as page:
        assert page.evaluate("document.documentElement.scrollWidth") == PHONE["width"]


@pytest.mark.parametrize(("width", "scheme"), [(360, "light"), (1280, "light"), (1280, "dark")])
@pytest.mark.parametrize("name", AUDITED)
def test_accessibility(browser: Any, folder: Path, name: str, width: int, scheme: str) -> None:
    axe = pytest.importorskip("axe_playwright_python.sync_playwright", reason="axe is not installed")
    with opened(browser, folder, name, color_scheme=scheme, viewport={"width": width, "height": 800}) as page:
        results = axe.Axe().run(page, options=ALONE)
        assert results.response["violations"] == [], results.generate_report()


def test_colours_follow_the_scheme(browser: Any, folder: Path) -> None:
    looks = {}
    for scheme in ("light", "dark"):
        with opened(browser, folder, "A1", color_scheme=scheme) as page:
            box = page.locator(".drawing .operation [fill='#e6f3fc']").first
            paper = page.evaluate("getComputedStyle(document.body).backgroundColor")
            looks[scheme] = (paper, box.evaluate("box => getComputedStyle(box).fill"))
    assert looks == {
        "light": ("rgb(255, 255, 255)", "rgb(230, 243, 252)"),
        "dark": ("rgb(20, 24, 29)", "rgb(13, 51, 80)"),
    }


def test_the_filter_shows_the_examples_of_an_engine(browser: Any, folder: Path) -> None:
    with opened(browser, folder, "index") as page:
        assert page.locator("#count").text_content() == "6 examples"
        for engine, ids in (("both", ["A2"]), ("scalar", ["A1", "A2", "B1"]), ("vector", ["A2", "A3", "B2", "B3"])):
            page.get_by_label(engine, exact=True).check()
            assert page.locator(".card:visible .name b").all_text_contents() == ids
            assert page.locator("#count").text_content() == f"{len(ids)} example{'s' if len(ids) > 1 else ''}"
        page.get_by_label("both").check()
        assert page.locator(".course:visible").count() == 1
        page.get_by_label("all", exact=True).check()
        assert page.locator(".card:visible").count() == 6


def test_without_scripts_every_card_is_there(browser: Any, folder: Path) -> None:
    with opened(browser, folder, "index", java_script_enabled=False) as page:
        assert page.locator(".card:visible").count() == 6
        assert page.locator(".filter:visible").count() == 0


def test_the_player_plays_inside_the_page(browser: Any, folder: Path) -> None:
    with opened(browser, folder, "A1") as page:
        page.locator("iframe").scroll_into_view_if_needed()
        player = page.frame_locator("iframe")
        player.get_by_role("button", name="Next").click()
        expect(player.locator("#count")).to_contain_text("2 / ")


def test_the_parts_of_a_large_graph_are_doors_in_its_drawing_and_in_its_player(browser: Any, tmp_path: Path) -> None:
    build([large()], tmp_path)
    with opened(browser, tmp_path, "L1") as page:
        door = page.locator(".drawing .node a").first
        name = str(door.locator("text").first.text_content()).strip()
        door.click()
        expect(page.locator(".drawing .trail")).to_have_text(f"Whole graph{name}")
        assert page.url == (tmp_path / "L1.html").as_uri()
        player = page.frame_locator("iframe")
        page.locator("iframe").scroll_into_view_if_needed()
        player.locator(".module[data-door]").first.click()
        expect(player.locator("#path")).to_contain_text("Whole graph")
        player.get_by_role("button", name="Next").click()
        expect(player.locator("#count")).to_contain_text("2 / ")


def test_from_the_index_to_a_page_and_on_to_the_next(browser: Any, folder: Path) -> None:
    with opened(browser, folder, "index") as page:
        page.get_by_role("link", name="A1").first.click()
        page.get_by_role("link", name="A2").first.click()
        expect(page.locator("h1")).to_have_text("A2 A layer")
        page.get_by_role("link", name="all examples").first.click()
        expect(page).to_have_url(re.compile("index.html#A$"))


def test_the_keyboard_reaches_the_content_first(browser: Any, folder: Path) -> None:
    with opened(browser, folder, "A1") as page:
        page.keyboard.press("Tab")
        assert page.locator(":focus").text_content() == "Skip to the content"
        page.keyboard.press("Tab")
        ring = page.locator(":focus").evaluate("part => getComputedStyle(part).outlineWidth")
        assert ring == "3px"
