"""The results as JSON: every round of everyone, and the verdicts."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from benchmarks.figures import median, spread
from benchmarks.interleave import Contest
from benchmarks.suite import Suite

FORMAT = 1


def of_suite(suite: Suite, contests: Sequence[Contest]) -> dict[str, Any]:
    """A suite's part of the record."""
    figures = {one.case: one.figures() for one in contests}
    return {
        "title": suite.title,
        "about": suite.about,
        "rounds": suite.rounds,
        "contestants": list(suite.contestants),
        "cases": [of_contest(one) for one in contests],
        "targets": [{**v._asdict(), "met": v.met} for target in suite.targets for v in target.judged(figures)],
    }


def of_contest(one: Contest) -> dict[str, Any]:
    """A case's part: for each unit and contestant all rounds, their median and half the distance of their quartiles."""
    return {
        "case": one.case,
        "agreed": one.agreed,
        "outcomes": one.outcomes(),
        "skipped": one.skipped,
        "figures": {
            unit: {
                name: {"median": median(rounds), "spread": spread(rounds), "rounds": rounds}
                for name, rounds in by_name.items()
            }
            for unit, by_name in one.figures().items()
        },
    }


def agreed(record: dict[str, Any]) -> bool:
    """Whether everyone got the same results everywhere."""
    return all(case["agreed"] for suite in record["suites"].values() for case in suite["cases"])
