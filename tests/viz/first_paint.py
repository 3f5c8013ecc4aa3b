"""`python -m tests.viz.first_paint`: from a graph to its first paint in Chromium, layout included.

Each page is made and opened in a browser that is running, as a notebook's reader has one. Medians of three rounds.
"""

from __future__ import annotations

import functools
import random
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import scalar
import viz
from tests.viz.browser import chromium
from tests.viz.sizes import Case, labelled, nodes, perceptron

ROUNDS = 3
PAINTED = "performance.getEntriesByName('first-contentful-paint')[0]?.startTime"


def batch(examples: int) -> Case:
    """A perceptron 2-16-16-1 on so many points, with the mean of their squared errors."""
    model = scalar.nn.MLP(2, [16, 16, 1], generator=random.Random(0))
    points = [(scalar.Value(0.1 * i), scalar.Value(1.0 - 0.2 * i)) for i in range(examples)]
    scores: list[Any] = [model(list(point)) for point in points]
    errors = [(score - 1.0) ** 2 for score in scores]
    return labelled(scalar.sum(errors) / examples, "loss"), model


CASES: dict[str, tuple[float, Callable[[], Case]]] = {  # and within how many seconds
    "100 nodes": (2, lambda: nodes(100)),
    "MLP 2-8-8-1": (5, lambda: perceptron(2, 8, 8, 1)),
    "MLP 2-16-16-1": (5, lambda: perceptron(2, 16, 16, 1)),
    "1,000 nodes": (5, lambda: nodes(1000)),
    "100,000 nodes": (10, lambda: nodes(100_000)),
    "MLP 2-16-16-1 on 800 points": (10, lambda: batch(800)),
}
PAGES: dict[str, Callable[[Any, Any, Path], object]] = {
    "player": lambda output, model, path: viz.player(output, path, model=model),
    "draw": lambda output, model, path: viz.draw(output, model=model).save(path),
}


def seconds(browser: Any, make: Callable[[Path], object]) -> tuple[float, float]:
    """Until the page is written, and until its first paint."""
    with tempfile.TemporaryDirectory() as folder:
        start = time.perf_counter()
        path = Path(folder) / "page.html"
        make(path)
        made = time.perf_counter() - start
        page = browser.new_page(viewport={"width": 1280, "height": 800})
        page.goto(path.as_uri())
        while (painted := page.evaluate(PAINTED)) is None:
            page.wait_for_timeout(10)
        page.close()
    return made, made + painted / 1000


def main() -> None:
    """Print a line for each case and page."""
    with chromium() as browser:
        for name, (limit, build) in CASES.items():
            case = build()
            for kind, save in PAGES.items():
                rounds = [seconds(browser, functools.partial(save, *case)) for _ in range(ROUNDS)]
                made, painted = (statistics.median(column) for column in zip(*rounds, strict=True))
                verdict = "met" if painted <= limit else "missed"
                told = f"{name:28} {kind:7} made {made:6.2f} s, painted {painted:6.2f} s, of {limit} s: {verdict}"
                sys.stdout.write(told + "\n")


if __name__ == "__main__":
    main()
