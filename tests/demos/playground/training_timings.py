"""How fast a network learns in the page: `python -m tests.demos.playground.training_timings`.

An MLP 2-8-8-1 with tanh, 100 points to train on, all of them in each step, in Chromium. An update is a step, the loss
on both shares, the boundary of 30 × 30 and what one example makes of each neuron, on the page. Where it goes as fast as
it can, several steps are made between two looks.
"""

import functools
import tempfile
import threading
from http.server import ThreadingHTTPServer
from pathlib import Path
from typing import Any

from demos.playground.build import build_folder
from demos.playground.server import HOST, Files
from tests.viz.browser import chromium

SECONDS = 8
COUNTING = """
() => {
  const view = document.querySelector(".view-training");
  window.counts = { tasks: [], pictures: 0 };
  new PerformanceObserver((list) => window.counts.tasks.push(...list.getEntries().map(({ duration }) => duration)))
    .observe({ type: "longtask" });
  const { training } = window.twingrad;
  let seen = training.frame;
  setInterval(() => {
    if (training.frame !== seen && training.frame.neurons) window.counts.pictures++;
    seen = training.frame;
  }, 5);
}
"""
NOW = """
() => ({
  time: performance.now() / 1000, step: window.twingrad.training.frame.step, tasks: window.counts.tasks,
  updates: Number(document.querySelector(".view-training").dataset.updates), pictures: window.counts.pictures,
})
"""


def main() -> None:
    """Build, measure, print."""
    with tempfile.TemporaryDirectory() as folder, chromium() as browser:
        page = build_folder(Path(folder, "page")).parent
        server = ThreadingHTTPServer((HOST, 0), functools.partial(Files, directory=str(page)))
        threading.Thread(target=server.serve_forever, daemon=True).start()
        window = browser.new_page(viewport={"width": 1280, "height": 900})
        window.goto(f"http://{HOST}:{server.server_address[1]}/#training=xor")
        window.wait_for_function("() => window.twingrad?.training?.last")
        window.get_by_label("How many").fill("143")
        window.wait_for_function("() => window.twingrad.training.last?.train === 100")
        window.evaluate(COUNTING)
        for speed, what in (("60", "a look at each step"), ("0", "as fast as it goes")):
            tell(what, window, speed)
        server.shutdown()


def tell(what: str, window: Any, speed: str) -> None:
    """Train for some seconds at this speed, and print what was done in a second."""
    window.get_by_label("Speed").select_option(speed)
    window.get_by_role("button", name="Restart").click()
    window.wait_for_function("() => window.twingrad.training.frame.step === 0")
    window.get_by_role("button", name="Play", exact=True).click()
    window.wait_for_function("() => window.twingrad.training.frame.step > 3")
    before = window.evaluate(NOW)
    window.wait_for_timeout(1000 * SECONDS)
    after = window.evaluate(NOW)
    window.get_by_role("button", name="Pause").click()
    seconds = after["time"] - before["time"]
    steps, updates, pictures = ((after[key] - before[key]) / seconds for key in ("step", "updates", "pictures"))
    longest = max(after["tasks"][len(before["tasks"]) :], default=0)
    print(  # noqa: T201
        f"{what}: {steps:.0f} steps, {updates:.1f} updates and {pictures:.1f} pictures of every neuron a second; "
        f"longest task of the page {longest:.0f} ms (0: none over 50)"
    )


if __name__ == "__main__":
    main()
