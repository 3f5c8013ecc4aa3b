"""The pictures: each can be made, fits a screen, and those in docs/images say what the code says today."""

import re
from pathlib import Path

import pytest

from tests.viz.pictures import FOLDER, PICTURES, SCREENSHOTS, SHOWN, words

SCREEN = 1920, 1600  # points
README = FOLDER.parents[1] / "README.md"


@pytest.mark.parametrize("name", PICTURES)
def test_fits_a_screen(name: str) -> None:
    svg = PICTURES[name]().render("svg").decode()
    size = re.search(r'<svg width="(\d+)pt" height="(\d+)pt"', svg)
    assert size, svg[:500]
    assert int(size[1]) <= SCREEN[0]
    assert int(size[2]) <= SCREEN[1]


@pytest.mark.parametrize("name", SHOWN)
def test_is_up_to_date(name: str) -> None:
    kept = Path(FOLDER / f"{name}.svg").read_text(encoding="utf-8")
    message = "docs/images is out of date: python -m tests.viz.pictures"
    assert words(kept) == words(PICTURES[name]().render("svg").decode()), message


@pytest.mark.parametrize("name", SHOWN)
def test_stands_in_the_readme(name: str) -> None:
    assert f"(docs/images/{name}.svg)" in README.read_text(encoding="utf-8")


@pytest.mark.parametrize("name", SCREENSHOTS)
def test_a_screenshot_stands_in_a_document(name: str) -> None:
    assert (FOLDER / f"{name}.png").read_bytes().startswith(b"\x89PNG")
    documents = [README, *README.parent.glob("docs/*.md")]
    assert any(f"images/{name}.png)" in document.read_text(encoding="utf-8") for document in documents)
