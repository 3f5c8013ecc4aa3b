"""The results as JSON: every round of everyone, and the verdicts."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from benchmarks import targets
from benchmarks.figures import median, ratio, spread
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
        "sizes": list(suite.sizes),
        "cases": [of_contest(one, suite.ours, suite.peers) for one in contests],
        "targets": [{**v._asdict(), "met": v.met} for target in suite.targets for v in target.judged(figures)],
    }


def of_contest(one: Contest, ours: Sequence[str], peers: Sequence[str] = ()) -> dict[str, Any]:
    """A case's part: by unit and contestant all rounds, their median and spread, and the ratios to the others.

    Where there are peers, also who is the best of ours and of them, and the one's ratio to the other.
    """
    best = {
        unit: {"ours": mine, "peer": peer, "ratio": ratio(by_name[mine], by_name[peer])}
        for unit, by_name in one.figures().items()
        if (mine := targets.best(ours, by_name)) and (peer := targets.best(peers, by_name))
    }
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
        "ratios": {
            unit: {
                name: {other: ratio(by_name[name], by_name[other]) for other in by_name if other != name}
                for name in ours
                if name in by_name
            }
            for unit, by_name in one.figures().items()
        },
        **({"best": best} if peers else {}),
    }


def agreed(record: dict[str, Any]) -> bool:
    """Whether everyone got the same results everywhere."""
    return all(case["agreed"] for suite in record["suites"].values() for case in suite["cases"])
