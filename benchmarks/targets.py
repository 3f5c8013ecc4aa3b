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


def best(names: Sequence[str], rounds: Rounds) -> str | None:
    """The one with the smallest median; None when none of them took part."""
    return min((name for name in names if rounds.get(name)), key=lambda name: median(rounds[name]), default=None)


def _verdict(ours: Sequence[str], limit: float, theirs: Sequence[str], unit: str, case: str, rounds: Rounds) -> Verdict:
    """The best of ours over the best of theirs."""
    mine, peer = best(ours, rounds), best(theirs, rounds)
    what = f"{mine or ' or '.join(ours)} ÷ {peer or ' or '.join(theirs)}, {unit}"
    measured = ratio(rounds[mine], rounds[peer]) if mine and peer else None
    return Verdict(what, case, limit, measured)


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
            _verdict([self.ours], self.limit, self.theirs, self.unit, case, units[self.unit])
            for case, units in figures.items()
            if case in (self.cases or [case])
        ]


class BetterAtMost(NamedTuple):
    """The best of several of ours is at most so much of the best of others, ratio taken round by round."""

    ours: Sequence[str]
    limit: float
    theirs: Sequence[str]
    unit: str
    cases: Sequence[str]

    def judged(self, figures: Mapping[str, Mapping[str, Rounds]]) -> list[Verdict]:
        """One verdict for each case that was run."""
        return [
            _verdict(self.ours, self.limit, self.theirs, self.unit, case, units.get(self.unit, {}))
            for case, units in figures.items()
            if case in self.cases
        ]


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
