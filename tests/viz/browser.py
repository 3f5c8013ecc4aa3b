"""A browser for the tests of pages: Debian's Chromium, driven by Playwright. Where there is none, they are skipped."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

PROGRAMS = ("chromium", "chromium-browser", "google-chrome")
# No sandbox, for it does not work for root; and nothing that a browser does by itself.
ARGUMENTS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


@contextmanager
def chromium() -> Iterator[Any]:
    """A running browser (Playwright's `Browser`)."""
    playwright = pytest.importorskip("playwright.sync_api", reason="Playwright is not installed: no browser tests")
    program = next(filter(None, map(shutil.which, PROGRAMS)), None)
    if program is None:
        pytest.skip(f"no browser here, looked for {', '.join(PROGRAMS)} (Debian: apt-get install chromium)")
    with playwright.sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=program, args=ARGUMENTS)
        yield browser
        browser.close()


@contextmanager
def opened(browser: Any, path: Path, fragment: str = "", **options: Any) -> Iterator[Any]:
    """The page in a window of its own, without animations. It must ask for no other file, and log nothing."""
    context = browser.new_context(**{"reduced_motion": "reduce"} | options)
    requests: set[str] = set()
    complaints: list[str] = []
    context.on("request", lambda request: requests.add(request.url.partition("#")[0]))
    context.on("console", lambda message: complaints.append(message.text))
    context.on("weberror", lambda error: complaints.append(str(error.error)))
    page = context.new_page()
    page.goto(path.as_uri() + fragment)
    yield page
    context.close()
    assert requests == {path.as_uri()}
    assert complaints == []
