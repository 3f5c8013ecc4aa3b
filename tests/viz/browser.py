"""A browser for the tests of pages: Debian's Chromium, driven by Playwright. Where there is none, they are skipped."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.waiting import PATIENCE

sync_api = pytest.importorskip("playwright.sync_api", reason="Playwright is not installed: no browser tests")
expect = sync_api.expect
expect.set_options(timeout=1000 * PATIENCE)

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
    program = next(filter(None, map(shutil.which, PROGRAMS)), None)
    if program is None:
        pytest.skip(f"no browser here, looked for {', '.join(PROGRAMS)} (Debian: apt-get install chromium)")
    with sync_api.sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=program, args=ARGUMENTS, timeout=1000 * PATIENCE)
        yield browser
        browser.close()


@contextmanager
def window(browser: Any, **options: Any) -> Iterator[tuple[Any, list[str]]]:
    """An empty page in a window of its own, and the addresses it asks for. It must log nothing.

    options: Playwright's, for the window.
    """
    context = browser.new_context(**options)
    context.set_default_timeout(1000 * PATIENCE)
    requests: list[str] = []
    complaints: list[str] = []
    context.on("request", lambda request: requests.append(request.url))
    context.on("console", lambda message: complaints.append(message.text))
    context.on("weberror", lambda error: complaints.append(str(error.error)))
    yield context.new_page(), requests
    context.close()
    assert complaints == [], complaints


@contextmanager
def opened(browser: Any, path: Path, fragment: str = "", **options: Any) -> Iterator[Any]:
    """The page in a window of its own, without animations. It must ask for no other file, and log nothing."""
    with window(browser, **{"reduced_motion": "reduce"} | options) as (page, requests):
        page.goto(path.as_uri() + fragment)
        yield page
    assert {url.partition("#")[0] for url in requests} == {path.as_uri()}
