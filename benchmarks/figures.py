"""What the rounds of a contest say: medians, their spread, and ratios taken round by round."""

from __future__ import annotations

import statistics
from collections.abc import Sequence

median = statistics.median


def spread(rounds: Sequence[float]) -> float:
    """Half the distance between the quartiles; 0 for a single round."""
    if len(rounds) < 2:
        return 0.0
    lower, _, upper = statistics.quantiles(rounds, n=4, method="inclusive")
    return (upper - lower) / 2


def ratio(ours: Sequence[float], theirs: Sequence[float]) -> float:
    """The median over the rounds of our figure over theirs: what slows one round slows both."""
    return median(a / b for a, b in zip(ours, theirs, strict=True))


def agree(outcomes: Sequence[Sequence[float]], tolerance: float) -> bool:
    """Whether the contestants that have an outcome have the same, number by number."""
    told = [outcome for outcome in outcomes if outcome]
    if not told:
        return True
    allowed = tolerance * max(abs(x) for x in told[0])
    return all(
        len(outcome) == len(told[0]) and all(abs(x - y) <= allowed for x, y in zip(outcome, told[0], strict=True))
        for outcome in told
    )
