"""What the figures should be, and whether they are."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple, Protocol

from benchmarks.figures import median, ratio

Rounds = Mapping[str, Sequence[float]]
"""A figure's rounds, by contestant."""


class Verdict(NamedTuple):
    """A target beside what was measured."""

    what: str
    case: str
    limit: float
    measured: float | None
    """None where a contestant did not take part."""

    @property
    def met(self) -> bool | None:
        """Whether it was reached; None where it was not measured."""
        return None if self.measured is None else self.measured <= self.limit


class Target(Protocol):
    """A demand on the figures of a suite."""

    def judged(self, figures: Mapping[str, Mapping[str, Rounds]]) -> list[Verdict]:
        """The verdicts, given the rounds by case and unit."""


class AtMost(NamedTuple):
    """One contestant's figure is at most so much of the best of others, ratio taken round by round."""

    ours: str
    limit: float
    theirs: Sequence[str]
    unit: str
    cases: Sequence[str] = ()
    """The cases that it is asked of; all of them where none is named."""

    def judged(self, figures: Mapping[str, Mapping[str, Rounds]]) -> list[Verdict]:
        """One verdict for each case that was run."""
        return [
            self._judged(case, units[self.unit]) for case, units in figures.items() if case in (self.cases or [case])
        ]

    def _judged(self, case: str, rounds: Rounds) -> Verdict:
        peers = [name for name in self.theirs if rounds.get(name)]
        if not peers or not rounds.get(self.ours):
            return Verdict(f"{self.ours} ÷ {' or '.join(self.theirs)}, {self.unit}", case, self.limit, None)
        best = min(peers, key=lambda name: median(rounds[name]))
        return Verdict(f"{self.ours} ÷ {best}, {self.unit}", case, self.limit, ratio(rounds[self.ours], rounds[best]))


class Flat(NamedTuple):
    """A contestant's figure varies over some cases by no more than a factor."""

    ours: str
    limit: float
    unit: str
    cases: Sequence[str]

    def judged(self, figures: Mapping[str, Mapping[str, Rounds]]) -> list[Verdict]:
        """One verdict over the cases; none when they were not all run."""
        if not all(case in figures for case in self.cases):
            return []
        rounds = [figures[case][self.unit].get(self.ours, ()) for case in self.cases]
        medians = [median(x) for x in rounds if x]
        measured = max(medians) / min(medians) if len(medians) == len(rounds) else None
        what = f"{self.ours}, {self.unit}: largest ÷ smallest"
        return [Verdict(what, f"{self.cases[0]} to {self.cases[-1]}", self.limit, measured)]
