"""`python -m benchmarks.child SUITE CONTESTANT`: reads cases, a line each, and answers each with a turn's figures."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterable, Iterator

from benchmarks.suite import Measure, Skip, Suite
from benchmarks.suites import load


def answers(suite: Suite, contestant: str, cases: Iterable[str]) -> Iterator[object]:
    """What to say to each case: figures and outcome, or why there are none."""
    ready: tuple[str, Measure] | None = None
    for case in cases:
        try:
            if ready is None or ready[0] != case:
                ready = None  # lets the memory of the last case go
                ready = case, suite.contestants[contestant](case)
            turn = ready[1]()
        except (ImportError, RecursionError, Skip) as reason:
            yield f"{type(reason).__name__}: {reason}" if not isinstance(reason, Skip) else str(reason)
        else:
            yield dict(turn.figures), list(turn.outcome)


def main(name: str, contestant: str) -> None:
    """Serve until there is no more input."""
    with os.fdopen(os.dup(1), "w") as output:
        os.dup2(2, 1)  # what a library prints must not stand among the answers
        for answer in answers(load(name), contestant, map(json.loads, sys.stdin)):
            print(json.dumps(answer), file=output, flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
