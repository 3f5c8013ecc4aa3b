"""A mutant meets its tests in a process of its own.

Where the change is in the body of a function, the process is forked from one that has loaded the engines and all
tests, and the function is given its changed code. What is run when a module is loaded is changed in a process that has
loaded neither: it imports the mutant in the place of its module, and then the tests.
"""

import gc
import importlib.abc
import importlib.machinery
import importlib.util
import signal
import sys
import time
from collections.abc import Iterator, Sequence
from itertools import pairwise
from types import CodeType, FunctionType, ModuleType
from typing import Any, NamedTuple

from tests.mutants.changes import ROOT, Mutant, compiled
from tests.mutants.processes import PATIENCE, finished, forked
from tests.mutants.survey import FILES, OPTIONS, Plugin, Survey, line, outcome_of

SURVIVED, FAILED, UNLOADED, UNTESTED = 0, 1, 3, 4
"""Exit statuses: all its tests passed, one failed, the engine cannot be imported, no test runs it."""


class Verdict(NamedTuple):
    """What became of a mutant."""

    mutant: Mutant
    end: str
    """What killed it, or "" if it survives."""
    tests: int
    """How many tests it was to meet."""


def end_of(status: int) -> str:
    """What killed a mutant whose process ended with this status."""
    if status in (SURVIVED, UNTESTED):
        return ""
    if status == -signal.SIGKILL:
        return ""  # it waited for ever, and no test said so
    return {FAILED: "a test failed", UNLOADED: "not loaded", -signal.SIGXCPU: "no end"}.get(status, "crashed")


# ---------------------------------------------------------------- in place


def new_code(mutant: Mutant, survey: Survey, living: Sequence[FunctionType]) -> dict[CodeType, CodeType] | None:
    """The code of functions, and what it becomes; None where the change is in what is run as the module is loaded."""
    if any(line(mutant.module, i) in survey.at_import for i in range(mutant.first, mutant.last + 1)):
        return None
    pairs = _different(compiled(mutant.module), compiled(mutant))
    top = next(iter(pairs), None)
    if top is None or _own(top) != _own(pairs[top]):
        return None
    del pairs[top]
    if any(old.co_name != new.co_name or old.co_freevars != new.co_freevars for old, new in pairs.items()):
        return None
    return pairs if any(function.__code__ in pairs for function in living) else None


def _different(old: CodeType, new: CodeType) -> dict[CodeType, CodeType]:
    """Each code object that differs with what it becomes, the outermost first."""
    if old == new:
        return {}
    pairs = {old: new}
    inner = [[x for x in code.co_consts if isinstance(x, CodeType)] for code in (old, new)]
    if len(inner[0]) == len(inner[1]):
        for a, b in zip(*inner, strict=True):
            pairs |= _different(a, b)
    return pairs


def _own(code: CodeType) -> Any:
    """What is the code's own, without the code of the functions in it."""
    return code.co_code, code.co_names, [x for x in code.co_consts if not isinstance(x, CodeType)]


def functions() -> list[FunctionType]:
    """All that live, of the modules that are changed."""
    return [x for x in gc.get_objects() if type(x) is FunctionType and x.__code__.co_filename in FILES]


def change(living: Sequence[FunctionType], pairs: dict[CodeType, CodeType]) -> None:
    """Give functions their new code."""
    for function in living:
        function.__code__ = pairs.get(function.__code__, function.__code__)


def meet(items: Sequence[Any]) -> int:
    """Run the tests up to the first that fails."""
    for item, following in pairwise([*items, None]):
        if outcome_of(item, following) == "failed":
            return FAILED
    return SURVIVED


# ---------------------------------------------------------------- as the module is loaded


class _Substitute(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    """Imports the mutant in the place of its module."""

    def __init__(self, mutant: Mutant) -> None:
        self.mutant = mutant
        self.name = mutant.module.removesuffix(".py").replace("/", ".")

    def find_spec(self, fullname: str, path: Any, target: Any = None) -> importlib.machinery.ModuleSpec | None:
        if fullname != self.name:
            return None
        return importlib.util.spec_from_file_location(fullname, ROOT / self.mutant.module, loader=self)

    def exec_module(self, module: ModuleType) -> None:
        exec(compiled(self.mutant), vars(module))  # noqa: S102


class _Chosen:
    """The tests with these names, in this order."""

    def __init__(self, names: Sequence[str]) -> None:
        self.names = {name: place for place, name in enumerate(names)}
        self.status = FAILED

    def pytest_collection_modifyitems(self, items: list[Any]) -> None:
        items[:] = sorted((x for x in items if x.nodeid in self.names), key=lambda x: self.names[x.nodeid])

    def pytest_runtestloop(self, session: Any) -> bool:
        self.status = meet(session.items)
        return True


def load_and_meet(mutant: Mutant, names: Sequence[str]) -> int:
    """Import the mutant, collect its tests and run them."""
    import pytest

    sys.meta_path.insert(0, _Substitute(mutant))
    try:
        importlib.import_module(mutant.module.partition("/")[0])
    except Exception:
        return UNLOADED
    files = dict.fromkeys(name.partition("::")[0] for name in names)
    chosen = _Chosen(names)
    pytest.main(["-x", *OPTIONS, *files], plugins=[Plugin(), chosen])
    return chosen.status


# ---------------------------------------------------------------- many


def judged(works: Sequence[tuple[Mutant, Any, float, int]], jobs: int, end: float) -> Iterator[Verdict]:
    """Judge mutants, each with its work, the processor time that it takes, and the number of tests."""
    left, running = list(works), dict[int, tuple[Mutant, float, int]]()
    while running or (left and time.monotonic() < end):
        while left and len(running) < jobs and time.monotonic() < end:
            mutant, work, seconds, tests = left.pop(0)
            limit = 3 * seconds + 30
            running[forked(work, quiet=True, seconds=limit)] = mutant, time.monotonic() + PATIENCE * limit, tests
        for child, (mutant, until, tests) in list(running.items()):
            if (status := finished(child, until=until)) is not None:
                del running[child]
                yield Verdict(mutant, end_of(status), tests)
        time.sleep(0.01)
