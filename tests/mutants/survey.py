"""Which tests run which lines of the engines, and for how long: every test once, traced, in a few processes."""

import array
import pickle
import random
import sys
import tempfile
import time
from collections import Counter, defaultdict
from collections.abc import Sequence
from functools import partial
from itertools import pairwise
from pathlib import Path
from types import FrameType
from typing import Any, ClassVar, NamedTuple

from tests.mutants.changes import MODULES, ROOT, Mutant, users
from tests.mutants.processes import finished, forked

FILES = {str(ROOT / module): place << 20 for place, module in enumerate(MODULES)}
FOLDERS = (
    "demos/scalar_compile", "scalar", "scalar/diagnostics", "twins", "vector", "vector/checking", "vector/custom",
    "vector/diagnostics",
)  # fmt: skip
TESTS = [*MODULES, "tests/test_conformance.py",
         *(str(path.relative_to(ROOT)) for folder in FOLDERS
           for path in sorted((ROOT / "tests" / folder).glob("test_*.py")))]  # fmt: skip
"""All tests that a mutant may meet, with the modules' own examples."""
CONFORMANCE = "test_of_a_function_a_fourth_of_what_is_right_is_right"
"""The slow tests that are not left out: for each of NumPy's functions a part of a second."""
OPTIONS = ["-q", "-s", "--tb=native", "-p", "no:cacheprovider", "--rootdir", str(ROOT)]
BUDGET = 20.0
"""Seconds of tests that a mutant meets at most."""
BLOCK = 100
"""Tests in a row that one process runs."""

Found = dict[str, tuple[float, str, "array.array[int]"]]
"""Of each test, by its name: seconds, outcome, lines."""
Line = int
"""The module's place in MODULES and the line in one number."""


def line(module: str, number: int) -> Line:
    return FILES[str(ROOT / module)] + number


class Plugin:
    """Hypothesis draws the same few examples for each mutant, and does not look for shorter ones."""

    outcomes: ClassVar[set[str]] = set()
    """Of the parts of the test that runs."""

    def pytest_collection_modifyitems(self, items: list[Any]) -> None:
        items[:] = [x for x in items if not x.get_closest_marker("slow") or x.originalname == CONFORMANCE]

    def pytest_runtest_logreport(self, report: Any) -> None:
        Plugin.outcomes.add(report.outcome)

    def pytest_collection(self) -> None:
        from hypothesis import HealthCheck, Phase, settings

        phases, checks = [Phase.explicit, Phase.generate], list(HealthCheck)
        settings.register_profile(
            "mutants", max_examples=40, derandomize=True, deadline=None, phases=phases, suppress_health_check=checks
        )
        settings.load_profile("mutants")


class Tracer:
    """The lines of the engines that were run since `lines` was emptied."""

    def __init__(self) -> None:
        self.lines: set[Line] = set()

    def __call__(self, frame: FrameType, event: str, arg: Any) -> Any:
        code = frame.f_code
        return self._line if code.co_filename in FILES and code.co_name != "<module>" else None

    def _line(self, frame: FrameType, event: str, arg: Any) -> Any:
        self.lines.add(FILES[frame.f_code.co_filename] + frame.f_lineno)
        return self._line


class Survey(NamedTuple):
    """What is known of the tests."""

    names: Sequence[str]
    seconds: Sequence[float]
    """Of processor time, for each test."""
    of_line: dict[Line, list[int]]
    """The tests that run it."""
    at_import: set[Line]
    """What functions run when the modules are loaded."""
    failed: Sequence[str]

    def tests(self, mutant: Mutant) -> list[int]:
        """Those that run the changed lines, what names the row or function first; at most BUDGET seconds of them.

        Where no test runs a line, for a row without a lambda runs as its module is loaded, those that name the row.
        """
        of_line, module = self.of_line, mutant.module
        public, lines = users(module, mutant.owner)
        found = set[int]()
        for numbers in (range(mutant.first, mutant.last + 1), lines):
            found = found or {test for i in numbers for test in of_line.get(line(module, i), ())}
        naming = {test for test, name in enumerate(self.names) if any(of in name for of in public)}
        found = found or naming
        first = found & naming
        rest = sorted(found - first)
        random.Random(mutant.name).shuffle(rest)
        met = Counter[str]()
        turns: dict[int, int] = {}  # of each function one test, before any has a second
        for test in rest:
            function = self.names[test].partition("[")[0]
            met[function] += 1
            turns[test] = met[function]
        rest.sort(key=lambda test: (turns[test], self.seconds[test]))
        chosen, spent = [], 0.0
        for test in [*sorted(first, key=self.seconds.__getitem__), *rest]:
            if spent + self.seconds[test] <= BUDGET:
                chosen.append(test)
                spent += self.seconds[test]
        return chosen

    def time(self, tests: Sequence[int]) -> float:
        """Seconds of processor time."""
        return sum(self.seconds[test] for test in tests)


def surveyed(items: Sequence[Any], at_import: set[Line], jobs: int, kept: Path | None = None) -> Survey:
    """Run the tests, each once, but for those of which a file tells that was kept from an earlier survey."""
    found: Found = pickle.loads(kept.read_bytes()) if kept and kept.exists() else {}
    new = [item for item in items if item.nodeid not in found]
    folder = Path(tempfile.mkdtemp())
    running = [forked(partial(_run, new, job, jobs, folder / str(job))) for job in range(jobs)]
    for child in running:
        if finished(child, wait=True) != 0:
            raise RuntimeError(f"the tests could not be run, see {folder}")
    for path in folder.iterdir():
        found |= pickle.loads(path.read_bytes())
        path.unlink()
    folder.rmdir()
    if kept:
        kept.write_bytes(pickle.dumps(found))
    seconds, failed = [], []
    of_line: dict[Line, list[int]] = defaultdict(list)
    for test, item in enumerate(items):
        spent, outcome, lines = found[item.nodeid]
        seconds.append(spent)
        if outcome == "failed":
            failed.append(item.nodeid)
        for at in lines if outcome == "passed" else ():
            of_line[at].append(test)
    return Survey([item.nodeid for item in items], seconds, dict(of_line), at_import, failed)


def _run(items: Sequence[Any], job: int, jobs: int, path: Path) -> int:
    """Every so-manieth block of the tests, traced."""
    tracer, found = Tracer(), {}
    mine = [item for i, item in enumerate(items) if i // BLOCK % jobs == job]
    for item, following in pairwise([*mine, None]):
        tracer.lines = set()
        start = time.process_time()
        sys.settrace(tracer)
        outcome = outcome_of(item, following)
        sys.settrace(None)
        found[item.nodeid] = time.process_time() - start, outcome, array.array("I", sorted(tracer.lines))
    path.write_bytes(pickle.dumps(found))
    return 0


def outcome_of(item: Any, following: Any) -> str:
    """Run one test: passed, failed, or skipped."""
    Plugin.outcomes.clear()
    item.ihook.pytest_runtest_protocol(item=item, nextitem=following)
    return next((outcome for outcome in ("failed", "skipped") if outcome in Plugin.outcomes), "passed")
