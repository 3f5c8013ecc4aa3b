"""What a suite of measurements is made of."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

from benchmarks.targets import Target


class Turn(NamedTuple):
    """What a contestant tells when its turn is over."""

    figures: Mapping[str, float]
    """Numbers by their unit, such as `{"ms": 0.21}`."""
    outcome: Sequence[float] = ()
    """What all contestants must agree on, such as the losses of the steps; empty where nothing can be compared."""


Measure = Callable[[], Turn]
"""One turn of a contestant that has everything ready."""


class Skip(Exception):  # noqa: N818  # it is no error of the contestant
    """Why a contestant cannot take part in a case."""


@dataclasses.dataclass(frozen=True)
class Suite:
    """Contestants that do the same work, case by case, in turns."""

    title: str
    about: str
    """How it is measured, for the reader of the table."""
    cases: Sequence[str]
    contestants: Mapping[str, Callable[[str], Measure]]
    """Each one's way to prepare a case; it runs in the contestant's own process."""
    ours: Sequence[str]
    """Those whose figures are given as ratios to all others'."""
    rounds: int
    peers: Sequence[str] = ()
    """Where named, the page shows one ratio for each case instead: the better of ours over the best of these."""
    targets: Sequence[Target] = ()
    sizes: Sequence[int] = ()
    """The size of each case, where the cases are the same work growing."""
    quick_cases: Sequence[str] = ()
    """The cases of a quick run; all of them where none is named."""
    quick_rounds: int = 2
    quick_without: Mapping[str, str] = dataclasses.field(default_factory=dict)
    """Contestants that a quick run leaves out, and why."""
    tolerance: float = 1e-9
    """How far outcomes may lie apart, relative to the largest number in them."""
    pause: float = 0.0
    """Seconds of sleep before each turn: longer than idle threads of another contestant's pool keep spinning."""
    fresh: bool = False
    """Whether each turn needs a process that did nothing else."""

    def shortened(self) -> Suite:
        """The quick variant: few rounds, few cases."""
        contestants = {name: make for name, make in self.contestants.items() if name not in self.quick_without}
        cases = self.quick_cases or self.cases
        sizes = [size for case, size in zip(self.cases, self.sizes, strict=False) if case in cases]
        return dataclasses.replace(
            self, contestants=contestants, cases=cases, sizes=sizes, rounds=self.quick_rounds, pause=self.pause / 3
        )

    def narrowed(self, text: str) -> Suite:
        """The suite with those cases alone that have the text in their names, however it is capitalised."""
        chosen = [i for i, case in enumerate(self.cases) if text.lower() in case.lower()]
        cases, sizes = [self.cases[i] for i in chosen], [self.sizes[i] for i in chosen if self.sizes]
        return dataclasses.replace(self, cases=cases, sizes=sizes)
