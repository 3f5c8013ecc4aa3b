"""What is listed of the mutants that were judged, and which are known to be equivalent."""

import collections
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from tests.mutants.judging import Verdict

EQUIVALENT = Path(__file__).with_name("equivalent.txt")
PAGE = Path(__file__).parents[2] / "docs" / "mutants.md"


class Run(NamedTuple):
    """One seed."""

    seed: int
    drawn: int
    verdicts: Sequence[Verdict]
    seconds: float

    @property
    def killed(self) -> int:
        """How many."""
        return sum(bool(verdict.end) for verdict in self.verdicts)

    def told(self) -> str:
        """In a line."""
        rate = self.killed / max(len(self.verdicts), 1)
        what = f"{self.killed} of {len(self.verdicts)} killed ({rate:.1%})"
        return f"seed {self.seed}: {what} in {self.seconds / 60:.0f} min; {self.drawn} drawn"


def equivalents(text: str | None = None) -> Mapping[str, str]:
    """Why, by the name of each mutant that no test can kill."""
    lines = (EQUIVALENT.read_text(encoding="utf-8") if text is None else text).splitlines()
    pairs = [line.rpartition(" | ") for line in lines if line and line[0] != "#"]
    return {name.strip(): why.strip() for name, _, why in pairs}


def survivor(verdict: Verdict) -> str:
    """A survivor in a line."""
    mutant = verdict.mutant
    return f"survived {verdict.tests} tests, line {mutant.first}: {mutant.name}"


def page(runs: Sequence[Run], every: int, survey: float, jobs: int) -> str:
    """docs/mutants.md."""
    return "\n".join(_lines(runs, every, survey, jobs)) + "\n"


def _lines(runs: Sequence[Run], every: int, survey: float, jobs: int) -> Iterator[str]:
    yield "# Mutants"
    yield ""
    yield "Written by `make mutants`. A mutant is one module of the engines with one thing changed: an operator, a"
    yield "constant, a comparison, a neighbour's function, two arguments that change places, a keyword or a statement"
    yield "left out. It is killed when a test fails, its module cannot be loaded, or a test does not end; it meets"
    yield "the tests that run the changed line, at most 20 seconds of them. How: [`tests/mutants`](../tests/mutants)."
    yield ""
    yield f"There are {every:,} mutants besides {len(equivalents())} that are known to change nothing"
    yield "([the list, with reasons](../tests/mutants/equivalent.txt)). The tests were run once to see which lines each"
    yield f"runs, in {survey / 60:.0f} minutes; {jobs} processes at a time."
    yield ""
    yield "| seed | drawn | judged | killed | | by a failed test | not loaded | without an end | crashed | minutes |"
    yield "|---|---|---|---|---|---|---|---|---|---|"
    for run in runs:
        ends = collections.Counter(verdict.end for verdict in run.verdicts)
        counts = " | ".join(str(ends[end]) for end in ("a test failed", "not loaded", "no end", "crashed"))
        rate = f"{run.killed / max(len(run.verdicts), 1):.1%}"
        cells = f"{run.seed} | {run.drawn} | {len(run.verdicts)} | {run.killed} | {rate} | {counts}"
        yield f"| {cells} | {run.seconds / 60:.0f} |"
    yield ""
    yield "| module | judged | killed |"
    yield "|---|---|---|"
    verdicts = [verdict for run in runs for verdict in run.verdicts]
    for module in sorted({verdict.mutant.module for verdict in verdicts}):
        of = [bool(verdict.end) for verdict in verdicts if verdict.mutant.module == module]
        yield f"| `{module}` | {len(of)} | {sum(of)} |"
    for run in runs:
        alive = sorted(verdict.mutant.name for verdict in run.verdicts if not verdict.end)
        yield ""
        yield f"## Survivors of seed {run.seed}"
        yield ""
        yield "```"
        yield from alive or ["none"]
        yield "```"
