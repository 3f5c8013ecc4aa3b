"""`python -m benchmarks.profile [FOLDER]`: where the time of a training step goes, eager and compiled, as a page."""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from benchmarks.contestant import environment
from benchmarks.problem import SETTINGS, Setting

TURNS = 100
ABOUT = """\
# Where the time of a step goes

This page is made by `make bench`, after the contests. *products* are the step's matrix products alone, by NumPy into
arrays that are there already. Of the eager step the median of {turns} turns is shown for each of its three parts; the
compiled step, with numba, is shown phase by phase (`profile()` of a compiled step): the parts of one phase run side by
side on all cores. The phases are timed one by one, so that their sum is a little more than the whole."""


def page() -> Iterator[str]:
    """The page, in Markdown; to be made in a process that has all cores and the fastest kernels."""
    yield ABOUT.format(turns=TURNS)
    for name, setting in SETTINGS.items():
        yield f"## {name}"
        yield "```text\n" + "\n".join(eager(setting)) + "\n```"
        yield f"```text\n{compiled(setting)}\n```"


def eager(setting: Setting) -> Iterator[str]:
    """The eager step: its products, and its parts."""
    from benchmarks.steps import floor, ours

    orders = [floor.products(setting, weights=order) for order in "CF"]
    products = min(statistics.median(floor.seconds(calls) for _ in range(TURNS)) for calls in orders)
    parts = {name: statistics.median(times) for name, times in _parts(setting, ours).items()}
    whole = sum(parts.values())
    for name, seconds in {"the whole step": whole, **parts, "of that, products": products}.items():
        yield f"{seconds * 1e6:10.1f} µs  {seconds / whole:6.1%}  {name}"


def _parts(setting: Setting, ours: Any) -> dict[str, list[float]]:
    from vector import nn

    model, optimizer, images, labels = ours.made(setting)
    times: dict[str, list[float]] = {"forward": [], "backward": [], "update": []}
    for _ in range(TURNS):
        start = time.perf_counter()
        loss = nn.cross_entropy(model(images), labels)
        forward = time.perf_counter()
        optimizer.zero_grad()
        loss.backward()
        backward = time.perf_counter()
        optimizer.step()
        end = time.perf_counter()
        for mine, seconds in zip(times.values(), (forward - start, backward - forward, end - backward), strict=True):
            mine.append(seconds)
    return times


def compiled(setting: Setting) -> str:
    """The compiled step, phase by phase."""
    import vector
    from benchmarks.steps import ours

    step, images, labels = ours.written(setting)
    replayed = vector.compile(step, native=True)
    for _ in range(TURNS):
        replayed(images, labels)
    return replayed.profile(images, labels, turns=TURNS)


def write(folder: Path) -> None:
    """Make the page in a process of its own, which inherits no setting that holds BLAS back."""
    command = [sys.executable, "-m", "benchmarks.profile", "--here"]
    told = subprocess.run(command, env=environment(os.environ), stdout=subprocess.PIPE, text=True, check=True).stdout
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "profile.md").write_text(told, encoding="utf-8")


if __name__ == "__main__":
    if sys.argv[1:] == ["--here"]:
        print("\n\n".join(page()))
    else:
        write(Path(*sys.argv[1:2] or ["docs/benchmarks"]))
