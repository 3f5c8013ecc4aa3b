"""`verify file.py:f`: the command around `demos.verification.verify`."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from contextlib import redirect_stdout
from pathlib import Path

from tqdm import tqdm

from demos.console import ResultMissedError, console, say
from demos.draw import save
from demos.verification.arguments import read_arguments
from demos.verification.loading import load
from demos.verification.verification import verify


def verify_own(
    place: str,
    torch: str | None,
    assignments: Sequence[str],
    *,
    nodes: bool,
    as_json: bool,
    output: Path | None,
    dtype: str | None,
) -> None:
    """Verify `file.py:name`, beside or without one in PyTorch, and print the report.

    Raises:
        ResultMissedError: something differs, or is undefined.
        CommandError: the code does not run, or a picture cannot be drawn or written.
    """
    inputs = read_arguments(assignments)
    with redirect_stdout(sys.stderr if as_json else sys.stdout):  # a file that prints leaves the report whole
        found = load(place) if place else None
        other = load(torch) if torch else None
    names = (place or torch or "", torch or "")
    with tqdm(disable=not sys.stderr.isatty(), leave=False, unit="gradient", delay=1.0) as bar:

        def progress(name: str, number: int, count: int) -> None:
            bar.total, bar.n = count, number - 1
            bar.set_description(name)

        report = verify(
            found, inputs, torch=other, dtype=dtype, nodes=nodes, draw=bool(output), names=names, progress=progress
        )
    if as_json:
        say(report.as_json())
    else:
        files = dict.fromkeys(Path(name.rpartition(":")[0]).name for name in names if name)
        say(f"imported {' and '.join(files)}, as Python does: its code ran")
        report.show(console)
    if output and report.drawing:
        save(report.drawing, output)
        if not as_json:
            say(f"wrote {output}")
    if report.wrong:
        raise ResultMissedError(f"{_told(report.wrong[0].verdict)} in {', '.join(row.name for row in report.wrong)}")


def _told(verdict: str) -> str:
    return "NaN or infinity" if verdict == "undefined" else "mismatch"
