"""The tester of mutants, tested: what it changes, whose tests it runs, and that it tells the dead from the living."""

import math
import os
import re
import subprocess
import sys
from collections.abc import Callable

import numpy as np
import pytest

from tests.mutants import changes, judging
from tests.mutants.changes import ROOT, Mutant, mutants
from tests.mutants.judging import Verdict
from tests.mutants.report import PAGE, Run, equivalents, page
from tests.mutants.survey import Survey, line
from vector.sweep import unbroadcast

TEXT = """
def _half(x: int) -> int:
    if x > 0:
        raise ValueError(f"{x + 1}")
    check(x)
    y: int = x / 2
    return y

Axes = int | tuple[int, ...]
row = linear("row", np.sin, lambda x, y: -_half(x) if x else f(y, x), axis=0, meaning="a" + "b")
other = lambda x, y: g(maximum(x, y), x.swapaxes(0, n), zip(x, strict=True), reshape(x[-2], (-1, n)))
"""
ORDER = "vector/rules/order.py"


def test_what_is_changed() -> None:
    found = {(m.owner, m.what) for m in mutants(ORDER, TEXT)}
    assert {
        ("_half", "x > 0 → x >= 0"), ("_half", "x > 0 → x < 0"), ("_half", "0 → 1 in x > 0"),
        ("_half", "x / 2 → x * 2"),
        ("_half", "x > 0 → not x > 0"), ("_half", "x > 0 → pass"), ("_half", "check(x) → pass"),
        ("row", "-_half(x) → _half(x)"), ("row", "f(y, x) → f(x, y)"),
    } <= found  # fmt: skip
    assert not any("x + 1" in what for _, what in found), "a message was changed"
    assert not any(owner == "Axes" for owner, _ in found), "a type was changed"
    of_other = {what for owner, what in found if owner == "other"}
    assert "2 → 3 in -2" in of_other
    assert "maximum(x, y) → maximum(y, x)" not in of_other
    same = [what for what in of_other if what.startswith(("x.swapaxes(", "zip(", "True", "1 → 2", "-1"))]
    assert not same, "what makes no difference was changed"


def test_every_mutant_is_a_module_that_compiles_and_differs_and_has_a_name_of_its_own() -> None:
    module = "scalar/sweep.py"
    every = list(mutants(module))
    assert len(every) > 50
    assert all(changes.compiled(mutant) != changes.compiled(module) for mutant in every)
    assert changes.compiled(module) == compile((ROOT / module).read_text(encoding="utf-8"), str(ROOT / module), "exec")
    names = [m.name for m in mutants("vector/rules/product.py")]
    assert len(set(names)) == len(names)


def test_an_equivalent_mutant_is_one_of_the_mutants_and_has_a_reason() -> None:
    known = equivalents()
    assert all(known.values())
    modules = {name.partition(" ")[0] for name in known}
    # From 3.12 on, Python writes f'{','.join(names)}' where it wrote f"{','.join(names)}".
    assert {_same(name) for name in known} <= {_same(m.name) for module in modules for m in mutants(module)}


def _same(name: str) -> str:
    return name.replace('"', "'")


def of(place: int, module: str = "vector/sweep.py") -> Mutant:
    return list(mutants(module))[place]


def test_the_tests_that_run_the_line_and_name_the_row_come_first_and_take_no_longer_than_the_budget() -> None:
    mutant = of(0)
    at = line(mutant.module, mutant.first)
    names = ["one", f"test_{mutant.owner.strip('_')}", "elsewhere", "too long"]
    survey = Survey(names, [1.0, 2.0, 0.0, 18.0], {at: [0, 1, 3], at + 5000: [2]}, set(), [])
    assert survey.tests(mutant) == [1, 0]
    nothing = Survey(names, [1.0] * 4, {}, set(), [])
    assert nothing.tests(mutant) == [1]
    private = of(0, "vector/rules/elementwise.py")
    assert private.owner == "_signed"
    assert {"sigmoid", "softplus"} <= changes.users(private.module, private.owner)[0]


def test_a_function_is_given_its_changed_code_and_what_runs_as_a_module_is_loaded_is_loaded_anew() -> None:
    survey, living = Survey([], [], {}, set(), []), judging.functions()
    for mutant in mutants("vector/sweep.py"):
        if mutant.owner == "unbroadcast":
            pairs = judging.new_code(mutant, survey, living)
            assert [old.co_name for old in pairs or ()][:1] == ["unbroadcast"]
            loading = Survey([], [], {}, {line(mutant.module, mutant.first)}, [])
            assert judging.new_code(mutant, loading, living) is None
    of_row = next(m for m in mutants("vector/rules/elementwise.py") if m.owner == "add" and "np.add" in m.what)
    assert judging.new_code(of_row, survey, living) is None


def test_what_counts_as_killed() -> None:
    ends = [judging.end_of(status) for status in (0, judging.UNTESTED, -9, 1, judging.UNLOADED, -24, -11)]
    assert ends == ["", "", "", "a test failed", "not loaded", "no end", "crashed"]


def test_the_page_counts() -> None:
    verdicts = [Verdict(of(0), "a test failed", 3), Verdict(of(1), "no end", 3), Verdict(of(2), "", 3)]
    text = page([Run(7, 4, verdicts, 600.0)], 1000, 120.0, 2)
    assert "| 7 | 4 | 3 | 2 | 66.7% | 1 | 0 | 1 | 0 | 10 |" in text
    assert f"```\n{of(2).name}\n```" in text


def test_on_three_seeds_at_least_95_of_100_died() -> None:
    """As docs/mutants.md, which `make mutants` writes, has it."""
    rows = re.findall(r"^\| \d+ \| (\d+) \| (\d+) \| (\d+) \|", PAGE.read_text(encoding="utf-8"), re.MULTILINE)
    assert len(rows) == 3
    for drawn, judged, killed in (map(int, row) for row in rows):
        assert drawn == judged == 400
        assert killed >= 0.95 * judged


@pytest.mark.slow
def test_the_wrong_ones_die_and_the_others_live() -> None:
    """In place, and as the module is loaded; what ends no more is ended, and what waits for ever is no proof."""
    living, survey = judging.functions(), Survey([], [], {}, set(), [])

    def meets(mutant: Mutant, wrong: bool) -> Callable[[], int]:
        def work() -> int:
            pairs = judging.new_code(mutant, survey, living)
            assert pairs
            judging.change(living, pairs if wrong else {})
            return judging.SURVIVED if (unbroadcast(np.ones((4, 3)), (3,)) == 4).all() else judging.FAILED

        return work

    def endless() -> int:
        while True:
            pass

    mutant = next(m for m in mutants("vector/sweep.py") if m.what == "added → not added")
    works = [(mutant, work, -9.0, 1) for work in (meets(mutant, True), meets(mutant, False), endless)]
    assert sorted(verdict.end for verdict in judging.judged(works, 2, math.inf)) == ["", "a test failed", "no end"]


@pytest.mark.slow
@pytest.mark.parametrize(("owner", "end"), [("relu", "a test failed"), ("sigmoid", "")])
def test_a_mutant_that_is_loaded_meets_the_tests_with_these_names(owner: str, end: str) -> None:
    """In a process that has loaded neither the engine nor its tests; a change of another row survives them."""
    names = [f"tests/vector/test_ops.py::test_singular_point[{row} at (0,)]" for row in ("sqrt", "relu")]
    code = f"""
from tests.mutants import judging
from tests.mutants.changes import mutants
from tests.mutants.processes import finished, forked
module = "vector/rules/elementwise.py"
mutant = next(m for m in mutants(module) if m.owner == {owner!r} and m.what.startswith("activation"))
print(judging.end_of(finished(forked(lambda: judging.load_and_meet(mutant, {names}), quiet=True), wait=True)))
"""
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, env={**os.environ, "CI": "true"}, capture_output=True,
                          text=True, check=False)  # fmt: skip
    assert done.stdout.strip() == end, done.stderr
