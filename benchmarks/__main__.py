"""`python -m benchmarks [SUITE …] [--quick]`: prints tables, writes page, record and pictures.

`python -m benchmarks tables` measures scores, not times: see `benchmarks.tables`.
"""

from __future__ import annotations

import argparse
import dataclasses
import datetime
import json
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from benchmarks import machine, page, plot, profile, record
from benchmarks.contestant import HELD_BACK, Contestant
from benchmarks.interleave import contest
from benchmarks.suite import Suite
from benchmarks.suites import NAMES, PAGES, load

ELSEWHERE = Path("out/benchmarks")


def main(arguments: Sequence[str] | None = None) -> int:
    """The exit status is 1 when contestants do not agree on a result."""
    arguments = sys.argv[1:] if arguments is None else arguments
    if arguments[:1] == ["tables"]:
        from benchmarks.tables.__main__ import main as tables_main

        return tables_main(arguments[1:])
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description="Times the engines beside their peers.")
    parser.add_argument("suites", nargs="*", metavar="SUITE", help=", ".join(NAMES) + "; default: all")
    parser.add_argument("--quick", action="store_true", help="few rounds and cases, in less than a minute")
    parser.add_argument("--case", default="", help="only the cases that have this in their names")
    parser.add_argument("--rounds", type=int, help="how many turns each contestant takes")
    parser.add_argument("--out", type=Path, help=f"folder of the results; default: {ELSEWHERE}; of all, the documents")
    asked = parser.parse_args(arguments)
    names = asked.suites or NAMES
    if unknown := sorted(set(names) - set(NAMES)):
        parser.error(f"expected suites among {', '.join(NAMES)}, got {', '.join(unknown)}")
    part = asked.quick or asked.suites or asked.case or asked.rounds or asked.out
    pages = {asked.out or ELSEWHERE: names} if part else {Path(folder): names for folder, names in PAGES.items()}
    agreed = True
    for folder, names in pages.items():
        results = measured({name: chosen(name, asked) for name in names}, quick=asked.quick)
        write(results, folder)
        print(f"\n{results['minutes']:.1f} minutes; written to {folder}")
        agreed = agreed and record.agreed(results)
    if not part:
        profile.write(Path(next(iter(PAGES))))
    return 0 if agreed else 1


def chosen(name: str, asked: argparse.Namespace) -> Suite:
    """A suite, as long as it is asked for."""
    suite = load(name).shortened() if asked.quick else load(name)
    return dataclasses.replace(suite.narrowed(asked.case), rounds=asked.rounds or suite.rounds)


def measured(suites: Mapping[str, Suite], *, quick: bool) -> dict[str, Any]:
    """The record of some suites."""
    start = time.perf_counter()
    results: dict[str, Any] = {
        "format": record.FORMAT,
        "date": datetime.date.today().isoformat(),
        "quick": quick,
        "unset": list(HELD_BACK),
        "machine": machine.described(),
        "suites": {},
    }
    print("\n\n".join(page.about(results["machine"])))
    for name, suite in suites.items():
        results["suites"][name] = run(name, suite)
        print("\n" + "\n\n".join(page.section(results["suites"][name])), flush=True)
    results["minutes"] = (time.perf_counter() - start) / 60
    return results


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
