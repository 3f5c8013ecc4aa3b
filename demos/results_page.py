"""The page of results: a table, the curves, the machine."""

from __future__ import annotations

import platform
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from demos import plots
from demos.console import writing
from demos.machine import blas_in_use, processor, version
from demos.markdown import table
from vector.training.checkpoints.files import write_whole

Results = Mapping[str, Sequence[Mapping[str, Any]]]  # by recipe, one for each seed

HEAD = ["recipe", "layers", "parameters", "epochs", "time", "validation error (%)", "test error (%)", "by seed"]

READING = """\
Each model learns from {images:,} of the training images; {held_out:,} others, drawn by the seed, are held out: the
weights of the epoch with the smallest loss on them are the model. The 10,000 test images chose nothing: they are looked
at once, when a training is done. Errors are means over the seeds; the time is that of one training, in minutes and
seconds, its measurements after each epoch included."""


def write_page(results: Results, path: Path) -> list[Path]:
    """Write the page and, beside it, its picture; their paths.

    Raises:
        CommandError: they cannot be written.
    """
    picture = path.with_suffix(".svg")
    with writing(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        plots.save(plots.error_curves({name: _median(found)["curve"] for name, found in results.items()}), picture)
        write_whole(path, page(results, picture.name).encode())
    return [path, picture]


def page(results: Results, picture: str) -> str:
    """The whole page, in Markdown."""
    parts = [
        "# Handwritten digits, by recipe",
        "`python -m demos results` trains the recipes of [demos/recipes.py](../demos/recipes.py) and writes this page.",
        table(HEAD, [_row(name, found) for name, found in results.items()]),
        READING.format(**next(iter(results.values()))[0]),
        f"![Validation error by epoch, of the median seed]({picture})",
        *_distortions(results),
        "## Sources",
        "\n".join(f"- {name}: {found[0]['recipe']['source']}." for name, found in results.items()),
        "## The machine",
        _machine(),
    ]
    return "\n\n".join(parts) + "\n"


def _row(name: str, found: Sequence[Mapping[str, Any]]) -> list[str]:
    recipe = found[0]["recipe"]
    seconds = np.mean([x["seconds"] for x in found])
    tests = [100 * x["test_error"] for x in found]
    return [
        name,
        "-".join(map(str, [784, *recipe["hidden"], 10])),
        f"{found[0]['parameters']:,}",
        f"{found[0]['epochs']}",
        f"{int(seconds) // 60}:{int(seconds) % 60:02}",
        f"{100 * np.mean([x['validation_error'] for x in found]):.2f}",
        f"{np.mean(tests):.2f}",
        ", ".join(f"{error:.2f}" for error in tests),
    ]


def _distortions(results: Results) -> Iterator[str]:
    told = []
    for name, found in results.items():
        recipe = found[0]["recipe"]
        if (augment := recipe["augment"]) is not None:
            strengths = ", ".join(f"{key} {value:g}" for key, value in augment.items() if key != "shape" and value)
            told.append(f"- {name}: {strengths}")
    if told:
        yield "The images of each minibatch are distorted anew (`demos.distortion.Distortion`):"
        yield "\n".join(told)


def _machine() -> str:
    versions = [f"{name} {found}" for name in ("numpy", "numba") if (found := version(name))]
    return f"{processor()}; Python {platform.python_version()}, {', '.join(versions)}; {blas_in_use()[0]}."


def _median(found: Sequence[Mapping[str, Any]]) -> Mapping[str, Any]:
    """The training whose validation error is in the middle."""
    return sorted(found, key=lambda x: x["validation_error"])[len(found) // 2]
