"""`python -m benchmarks tables [--seeds N] [--case NAME]`: trains on each table, and writes the page."""

from __future__ import annotations

import argparse
import datetime
import json
import os
import sys
import tempfile
import time
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from importlib import metadata
from multiprocessing import get_context
from pathlib import Path
from typing import Any

from benchmarks.tables.cases import CASES
from benchmarks.tables.contest import NAMES, scores
from benchmarks.tables.page import page

PAGE = Path("docs/benchmarks")
ELSEWHERE = Path("out/benchmarks")


def main(arguments: Sequence[str] | None = None) -> int:
    """Write tables.md and tables.json: into the documents when all tables are measured, elsewhere for a part."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks tables", description=__doc__)
    parser.add_argument("--seeds", type=int, default=5, help="how many times each table is split and learnt")
    parser.add_argument("--case", default="", help="only the tables that have this in their names")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1, help="how many trainings at once")
    parser.add_argument("--out", type=Path, help=f"folder of the page; default: {PAGE}, of a part {ELSEWHERE}")
    asked = parser.parse_args(arguments)
    names = [name for name in CASES if asked.case in name]
    if not names or asked.seeds < 1:
        parser.error(f"expected tables among {', '.join(CASES)}, and seeds >= 1, got {asked.case!r} and {asked.seeds}")
    whole = names == list(CASES) and asked.seeds >= 5
    record = measured(names, asked.seeds, asked.jobs)
    folder = asked.out or (PAGE if whole else ELSEWHERE)
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "tables.json").write_text(json.dumps(record, indent=1) + "\n", encoding="utf-8")
    (folder / "tables.md").write_text(page(record), encoding="utf-8")
    print(f"written to {folder}")
    return 0


def measured(names: Sequence[str], seeds: int, jobs: int) -> dict[str, Any]:
    """The record: of each table its facts, and by contestant the score of each seed."""
    os.environ["OMP_NUM_THREADS"] = "1"  # the processes share the cores already
    tables: dict[str, Any] = {}
    with tempfile.TemporaryDirectory() as made, ProcessPoolExecutor(jobs, mp_context=get_context("spawn")) as pool:
        for name in names:
            CASES[name].write(Path(made, f"{name}.csv"))
        waiting = {name: [pool.submit(_one, name, made, seed) for seed in range(seeds)] for name in names}
        for name, futures in waiting.items():
            start = time.perf_counter()
            found = [future.result() for future in futures]
            by_name = {one: [each[one] for each in found] for one in NAMES if one in found[0]}
            facts = {fact: found[0][fact] for fact in ("rows", "columns", "classes")}
            tables[name] = {**facts, "target": CASES[name].target, "about": CASES[name].about, "scores": by_name}
            print(name, {one: round(sum(x) / len(x), 4) for one, x in by_name.items()}, flush=True)
            print(f"{name}: {time.perf_counter() - start:.0f} s", file=sys.stderr, flush=True)
    versions = {name: metadata.version(name) for name in ("numpy", "pandas", "scikit-learn")}
    return {"date": datetime.date.today().isoformat(), "seeds": seeds, "versions": versions, "tables": tables}


def _one(name: str, folder: str, seed: int) -> dict[str, Any]:
    return scores(CASES[name], Path(folder, f"{name}.csv"), seed)


if __name__ == "__main__":
    sys.exit(main())
