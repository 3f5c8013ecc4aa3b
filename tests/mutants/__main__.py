"""Draw mutants, judge them, and write docs/mutants.md: `python -m tests.mutants --seeds 1 2 3`."""

import argparse
import gc
import importlib
import os
import pickle
import random
import sys
import tempfile
import time
import warnings
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Any

from tests.mutants import judging
from tests.mutants.changes import MODULES, Mutant, mutants
from tests.mutants.judging import Verdict, judged
from tests.mutants.processes import finished, forked
from tests.mutants.report import PAGE, Run, equivalents, page, survivor
from tests.mutants.survey import OPTIONS, TESTS, Plugin, Survey, Tracer, surveyed

Seed = int
Left = list[tuple[Mutant, list[str], float]]
"""Those that are judged in processes that load the engine anew, with the names and the seconds of their tests."""


class Warm:
    """In a process that has loaded the engines and the tests: the survey, and the mutants in place."""

    def __init__(self, draws: Sequence[Sequence[Mutant]], args: Any, result: Path) -> None:
        self.draws, self.args, self.result = draws, args, result
        self.out = os.fdopen(os.dup(1), "w")
        self.tracer = Tracer()
        sys.settrace(self.tracer)
        for package in ("scalar", "vector"):
            importlib.import_module(package)
        sys.settrace(None)

    def tell(self, line: str) -> None:
        self.out.write(line + "\n")
        self.out.flush()

    def pytest_runtestloop(self, session: Any) -> bool:
        self.living = judging.functions()
        gc.collect()
        gc.freeze()  # the processes that are forked copy what they write to, and the collector's marks are written
        start = time.monotonic()
        survey = surveyed(session.items, self.tracer.lines, self.args.jobs, self.args.keep)
        spent = time.monotonic() - start
        self.tell(f"{len(session.items)} tests in {spent:.0f} s, {sum(survey.seconds):.0f} s of processor time")
        if survey.failed:
            self.tell("these fail without a mutant, and tell nothing:\n" + "\n".join(survey.failed))
        done = [self.in_place(session.items, survey, drawn) for drawn in self.draws]
        self.result.write_bytes(pickle.dumps((spent, not survey.failed, done)))
        return True

    def in_place(self, items: Sequence[Any], survey: Survey, drawn: Sequence[Mutant]) -> Any:
        """(verdicts, those left, seconds) of one draw."""
        start = time.monotonic()
        works, left = [], []
        for mutant in drawn:
            pairs, tests = judging.new_code(mutant, survey, self.living), survey.tests(mutant)
            seconds = survey.time(tests)
            if pairs is None:
                left.append((mutant, [survey.names[test] for test in tests], seconds))
            else:
                work = partial(_meet_in_place, self.living, pairs, [items[test] for test in tests])
                works.append((mutant, work, seconds, len(tests)))
        verdicts = []
        for verdict in judged(works, self.args.jobs, start + self.args.seconds):
            verdicts.append(verdict)
            if not verdict.end:
                self.tell(survivor(verdict))
        return verdicts, left, time.monotonic() - start


def _meet_in_place(living: Any, pairs: Any, items: Sequence[Any]) -> int:
    if not items:
        return judging.UNTESTED
    judging.change(living, pairs)
    return judging.meet(items)


def _warm(draws: Sequence[Sequence[Mutant]], args: Any, result: Path) -> int:
    import pytest

    warm = Warm(draws, args, result)
    nothing = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nothing, 1)
    return int(pytest.main([*OPTIONS, *TESTS], plugins=[Plugin(), warm]))


def every_mutant(only: str = "") -> list[Mutant]:
    """All but those that are known to be equivalent."""
    known = equivalents()
    return [m for module in MODULES if only in module for m in mutants(module) if m.name not in known]


def main() -> int:
    """Judge mutants; print the survivors, and write the page."""
    parser = argparse.ArgumentParser(prog="python -m tests.mutants", description=__doc__.partition("\n")[0])
    parser.add_argument("--seeds", type=int, nargs="+", default=[1])
    parser.add_argument("--count", type=int, default=400, help="how many are drawn with each seed (default: 400)")
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--seconds", type=float, default=1800.0, help="of a seed: begin none after (default: 1800)")
    parser.add_argument("--only", default="", help="modules whose path has this in it")
    parser.add_argument("--again", type=Path, help="instead of a draw: the mutants that this report names")
    parser.add_argument("--keep", type=Path, help="a file that keeps the survey, while only tests are added")
    parser.add_argument("--page", action="store_true", help="write docs/mutants.md")
    args = parser.parse_args()
    os.environ["CI"] = "true"  # the same examples for each mutant
    os.environ.setdefault("OMP_NUM_THREADS", "1")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import pytest  # noqa: F401  # loaded once, for all mutants; hypothesis is for pytest to load
        import scipy.special  # noqa: F401
        import torch

        torch.set_num_threads(1)
    every = every_mutant(args.only)
    draws = [random.Random(seed).sample(every, min(args.count, len(every))) for seed in args.seeds]
    if args.again:
        text = args.again.read_text(encoding="utf-8").splitlines()
        draws = [[m for m in every if any(line.endswith(m.name) for line in text)]]
    result = Path(tempfile.mkdtemp()) / "result"
    if finished(forked(partial(_warm, draws, args, result)), wait=True) or not result.exists():
        return 1
    survey, trusted, done = pickle.loads(result.read_bytes())
    runs = []
    for seed, drawn, (verdicts, left, spent) in zip(args.seeds, draws, done, strict=False):
        runs.append(Run(seed, len(drawn), *_with_loaded(verdicts, left, spent, args)))
        sys.stdout.write(runs[-1].told() + "\n")
    if args.page and trusted:
        PAGE.write_text(page(runs, len(every), survey, args.jobs), encoding="utf-8")
    return 0 if trusted else 1


def _with_loaded(verdicts: list[Verdict], left: Left, spent: float, args: Any) -> tuple[list[Verdict], float]:
    """All verdicts of a draw, and its seconds, when those that are left are judged too."""
    start = time.monotonic()
    works = [
        (mutant, partial(judging.load_and_meet, mutant, names) if names else (lambda: judging.UNTESTED), 20 + seconds,
         len(names))
        for mutant, names, seconds in left
    ]  # fmt: skip
    for verdict in judged(works, args.jobs, start + args.seconds - spent):
        verdicts.append(verdict)
        if not verdict.end:
            sys.stdout.write(survivor(verdict) + "\n")
            sys.stdout.flush()
    return verdicts, spent + time.monotonic() - start


if __name__ == "__main__":
    sys.exit(main())
