"""The tester of mutants, tested: what it changes, whose tests it runs, and that it tells the dead from the living."""

import os
import subprocess
import sys

import pytest

from tests import mutants
from tests.mutants import ROOT, Mutant

TEXT = """
def _half(x: int) -> int:
    if x > 0:
        raise ValueError(f"{x + 1}")
    return x / 2

row = linear("row", np.sin, lambda x, y: -_half(x) if x else f(y, x), axis=0, meaning="a" + "b")
"""

JUDGED = """
import sys, time
from tests.mutants import Mutant, begun, killed, ROOT, LIMIT
module = "vector/rules/elementwise.py"
text = (ROOT / module).read_text(encoding="utf-8")
right = sys.argv[1]
assert text.count(right) == 1
child, verdict = begun(Mutant(module, 1, "", "expm1", text.replace(right, sys.argv[2]))), None
while verdict is None:
    verdict = killed(child, time.monotonic() + LIMIT)
print(verdict)
"""


def test_what_is_changed() -> None:
    found = {(m.owner, m.what) for m in mutants.mutants("vector/rules/order.py", TEXT)}
    assert {
        ("_half", "x > 0 → x >= 0"), ("_half", "x > 0 → x < 0"), ("_half", "0 → 1"), ("_half", "x / 2 → x * 2"),
        ("row", "-_half(x) → _half(x)"), ("row", "f(y, x) → f(x, y)"),
    } <= found  # fmt: skip
    assert not any("x + 1" in what for _, what in found), "a message was changed"
    assert all(m.source != TEXT for m in mutants.mutants("vector/rules/order.py", TEXT))


def test_every_mutant_of_the_engine_is_a_module_that_compiles() -> None:
    every = [m for module in ("scalar/sweep.py", "vector/sweep.py") for m in mutants.mutants(module)]
    assert len(every) > 100
    for mutant in every:
        compile(mutant.source, mutant.module, "exec")


def test_a_helper_is_tested_by_the_rows_that_use_it() -> None:
    assert mutants.tests_of(Mutant("vector/rules/elementwise.py", 1, "", "_turn", ""))[-1] == "atan2"
    assert mutants.tests_of(Mutant("vector/rules/elementwise.py", 1, "", "tanh", ""))[-1] == "tanh"


def test_equivalent_mutants_are_named_with_a_reason() -> None:
    assert all(mutants.equivalents().values())


@pytest.mark.slow
@pytest.mark.parametrize(
    ("right", "wrong", "verdict"),
    [
        ("lambda out, x: out + 1,", "lambda out, x: out - 1,", "True"),
        ("lambda out, x: out + 1,", "lambda out, x: 1 + out,", "False"),
    ],
)
def test_the_wrong_one_dies_and_the_equivalent_one_lives(right: str, wrong: str, verdict: str) -> None:
    done = subprocess.run(
        [sys.executable, "-c", JUDGED, right, wrong],
        cwd=ROOT,
        env={**os.environ, "CI": "true", "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stdout.strip() == verdict, done.stderr
