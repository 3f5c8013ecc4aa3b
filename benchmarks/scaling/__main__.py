"""`python -m benchmarks.scaling [--rounds N]`: measures, models, and writes docs/scaling.md with record and picture."""

from __future__ import annotations

import argparse
import datetime
import json
import sys
import time
from collections.abc import Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Any

from benchmarks import machine
from benchmarks.contestant import HELD_BACK
from benchmarks.scaling import measure, page, plot

DOCS, ELSEWHERE = Path("docs"), Path("out/scaling")


def main(arguments: Sequence[str] | None = None) -> int:
    """The exit status is 1 when the ranks do not agree with one process on the losses."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.scaling", description="How a data-parallel step scales."
    )
    parser.add_argument("--rounds", type=int, default=5, help="of each measurement; one takes about a minute")
    parser.add_argument("--add", action="store_true", help="to the rounds of the record that is there")
    parser.add_argument("--quick", action="store_true", help=f"one round, written to {ELSEWHERE}")
    asked = parser.parse_args(arguments)
    folder, rounds = (ELSEWHERE, 1) if asked.quick else (DOCS, asked.rounds)
    start = time.perf_counter()
    before: dict[str, Any] = {"rounds": 0, "minutes": 0.0, "figures": {}}
    if asked.add:
        before = json.loads((folder / "scaling.json").read_text(encoding="utf-8"))
    record: dict[str, Any] = {
        "date": datetime.date.today().isoformat(),
        "rounds": before["rounds"] + rounds,
        "unset": list(HELD_BACK),
        "machine": machine.described(),
        "mpi": f"mpi4py {version('mpi4py')}, MPICH {version('mpich')}",
        "figures": measure.measured(rounds, before["figures"]),
    }
    record["minutes"] = before["minutes"] + (time.perf_counter() - start) / 60
    (folder / "images").mkdir(parents=True, exist_ok=True)
    (folder / "scaling.json").write_text(json.dumps(record, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    text = page.page(record)
    (folder / "scaling.md").write_text(text, encoding="utf-8")
    plot.draw(record["figures"], folder / "images" / "scaling.svg")
    print(text)
    return 0 if measure.agreed(record["figures"]) else 1


if __name__ == "__main__":
    sys.exit(main())
