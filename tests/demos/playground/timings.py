"""How large the playground is, and how soon it answers: `python -m tests.demos.playground.timings`.

Cold is a new browser with nothing in its caches; warm is the same window, loaded again from the service worker. From
key to picture is the time from one key in the program until the picture that belongs to it is on the page.
"""

import functools
import gzip
import statistics
import tempfile
import threading
import time
from collections.abc import Callable
from http.server import ThreadingHTTPServer
from pathlib import Path
from typing import Any

from demos.playground.build import build_folder
from demos.playground.examples import read_examples
from demos.playground.server import HOST, Files
from tests.viz.browser import chromium

ROUNDS = 5
MEGABITS = 20


def main() -> None:
    """Build, measure, print."""
    with tempfile.TemporaryDirectory() as folder:
        page = build_folder(Path(folder, "page")).parent
        sizes = {path.name: path.stat().st_size for path in sorted((page / "files").iterdir())}
        sizes["index.html, by gzip"] = len(gzip.compress((page / "index.html").read_bytes()))
        for name, size in sizes.items():
            print(f"{size / 1e6:7.2f} MB  {name}")  # noqa: T201
        needed = sum(size for name, size in sizes.items() if "sympy" not in name)
        print(f"{needed / 1e6:7.2f} MB  together, without sympy")  # noqa: T201
        server = ThreadingHTTPServer((HOST, 0), functools.partial(Files, directory=str(page)))
        threading.Thread(target=server.serve_forever, daemon=True).start()
        address = f"http://{HOST}:{server.server_address[1]}/"
        cold = [_cold(address) for _ in range(3)]
        tell("first picture, cold", [first for first, _ in cold])
        tell("first picture, warm", [again for _, again in cold])
        tell(f"first picture, cold, at {MEGABITS} Mbit/s", [_throttled(address) for _ in range(3)])
        for id in ("neuron", "mlp"):
            tell(f"from key to picture, {id}", _keys(address, id))
        server.shutdown()


def tell(what: str, seconds: list[float]) -> None:
    """Print the least, the middle and the most."""
    least, middle, most = min(seconds), statistics.median(seconds), max(seconds)
    print(f"{what}: {middle:.2f} s ({least:.2f} to {most:.2f})")  # noqa: T201


def _cold(address: str) -> tuple[float, float]:
    """Seconds until the first picture, in a new browser and again."""
    with chromium() as browser:
        page = browser.new_page()
        first = _timed(lambda: _first(page, address))
        page.evaluate("() => navigator.serviceWorker.ready.then(() => true)")
        page.wait_for_timeout(3000)  # for the service worker to have its files
        return first, _timed(lambda: _first(page, address))


def _throttled(address: str) -> float:
    """Seconds until the first picture, in a new browser whose downloads are slowed down."""
    with chromium() as browser:
        page = browser.new_page()
        speed = MEGABITS * 1e6 / 8
        conditions = {"offline": False, "latency": 20, "downloadThroughput": speed, "uploadThroughput": speed}
        page.context.new_cdp_session(page).send("Network.emulateNetworkConditions", conditions)
        return _timed(lambda: _first(page, address))


def _first(page: Any, address: str) -> None:
    page.goto(address)
    page.wait_for_selector(".view-code:not(.outdated) .picture .node", timeout=60_000)


def _keys(address: str, id: str) -> list[float]:
    """Seconds from a key to the picture: a digit is added to a number, and taken away again."""
    source = next(example.source for example in read_examples() if example.id == id)
    place = source.index("Value(") + len("Value(")
    line, column = source.count("\n", 0, place), place - (source.rfind("\n", 0, place) + 1)
    found = []
    with chromium() as browser:
        page = browser.new_page(viewport={"width": 1280, "height": 900})
        _first(page, f"{address}#example={id}")
        page.get_by_label("Your Python code").click()
        page.keyboard.press("Control+Home")
        for _ in range(line):
            page.keyboard.press("ArrowDown")
        page.keyboard.press("Home")
        for _ in range(column):
            page.keyboard.press("ArrowRight")
        for turn in range(2 * ROUNDS):
            page.wait_for_timeout(600)
            page.evaluate("() => { window.seen = document.querySelector('.view-code').dataset.pictures; }")
            start = time.perf_counter()
            page.keyboard.press("Backspace" if turn % 2 else "1")
            page.wait_for_function("() => document.querySelector('.view-code').dataset.pictures !== window.seen")
            found.append(time.perf_counter() - start)
    return found[2:]


def _timed(work: Callable[[], None]) -> float:
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


if __name__ == "__main__":
    main()
