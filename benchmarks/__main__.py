"""`python -m benchmarks [SUITE …] [--quick]`: prints tables, writes page, record and pictures."""

from __future__ import annotations

import argparse
import datetime
import json
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from benchmarks import machine, page, plot, profile, record
from benchmarks.contestant import HELD_BACK, Contestant
from benchmarks.interleave import contest
from benchmarks.suite import Suite
from benchmarks.suites import NAMES, load

PAGES, ELSEWHERE = Path("docs/benchmarks"), Path("out/benchmarks")


def main(arguments: Sequence[str] | None = None) -> int:
    """The exit status is 1 when contestants do not agree on a result."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description="Times the engines beside their peers.")
    parser.add_argument("suites", nargs="*", metavar="SUITE", help=", ".join(NAMES) + "; default: all")
    parser.add_argument("--quick", action="store_true", help="few rounds and cases, in less than a minute")
    parser.add_argument("--out", type=Path, help=f"folder of the results; default: {PAGES}, or {ELSEWHERE} for a part")
    asked = parser.parse_args(arguments)
    names = asked.suites or NAMES
    if unknown := sorted(set(names) - set(NAMES)):
        parser.error(f"expected suites among {', '.join(NAMES)}, got {', '.join(unknown)}")
    folder = asked.out or (ELSEWHERE if asked.quick or asked.suites else PAGES)

    start = time.perf_counter()
    results: dict[str, Any] = {
        "format": record.FORMAT,
        "date": datetime.date.today().isoformat(),
        "quick": asked.quick,
        "unset": list(HELD_BACK),
        "machine": machine.described(),
        "suites": {},
    }
    print("\n\n".join(page.about(results["machine"])))
    for name in names:
        suite = load(name).shortened() if asked.quick else load(name)
        results["suites"][name] = run(name, suite)
        print("\n" + "\n\n".join(page.section(results["suites"][name])), flush=True)
    results["minutes"] = (time.perf_counter() - start) / 60
    write(results, folder)
    if folder == PAGES:
        profile.write(folder)
    print(f"\n{results['minutes']:.1f} minutes; written to {folder}")
    return 0 if record.agreed(results) else 1


def run(name: str, suite: Suite) -> dict[str, Any]:
    """All cases of a suite, with the same processes."""
    players = {one: Contestant(name, one, fresh=suite.fresh) for one in suite.contestants}
    try:
        contests = []
        for case in suite.cases:
            print(f"{name}: {case} …", end="", file=sys.stderr, flush=True)
            start = time.perf_counter()
            contests.append(contest(players, case, suite.rounds, suite.tolerance, suite.pause))
            print(f" {time.perf_counter() - start:.0f} s", file=sys.stderr, flush=True)
    finally:
        for player in players.values():
            player.stop()
    return record.of_suite(suite, contests)


def write(results: dict[str, Any], folder: Path) -> None:
    """The record, the page and the pictures."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "results.json").write_text(json.dumps(results, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    (folder / "README.md").write_text(page.page(results), encoding="utf-8")
    for name, suite in results["suites"].items():
        plot.draw(suite, folder / f"{name}.svg")


if __name__ == "__main__":
    sys.exit(main())
