"""A turn of a contestant that has work: how long a step takes, and what the first steps gave."""

from __future__ import annotations

import os
import statistics
import time
from collections.abc import Callable
from typing import Any

from benchmarks.models.work import Work
from benchmarks.suite import Measure, Skip, Turn

COMPARED = 5
"""Steps at the head of the first turn, whose numbers all must share; compilers compile in them."""
WARM, LEAST, MOST = 1, 2, 200
"""Untimed steps at the head of each turn, and how few and many are timed."""
ALONE = hasattr(os, "sched_getaffinity") and len(os.sched_getaffinity(0)) == 1
clock = time.process_time if ALONE else time.perf_counter
"""On a single core the process's own time, so that others who want that core lengthen no step."""


def stepping(work: Work, seconds: float, unit: str = "ms") -> Measure:
    """A turn of steps, of about so many seconds: the median time of one, and in the first turn the numbers."""
    compared = False

    def turn() -> Turn:
        nonlocal compared
        outcome = [] if compared else [x for _ in range(COMPARED) for x in numbers(work.step(*work.inputs))]
        compared = True
        for _ in range(WARM):
            work.step(*work.inputs)
        times: list[float] = []
        end = time.perf_counter() + seconds
        while len(times) < LEAST or (time.perf_counter() < end and len(times) < MOST):
            start = clock()
            work.step(*work.inputs)
            times.append(clock() - start)
        return Turn({unit: statistics.median(times) * {"ms": 1e3, "µs": 1e6}[unit]}, outcome)

    return turn


def compiled(work: Work, seconds: float, unit: str = "ms") -> Measure:
    """The same for work of ours that is recorded, and replayed by machine code.

    Raises (when it takes its turn):
        Skip: `vector.compile` refuses the step.
    """
    import llvmlite  # noqa: F401  # without llvmlite and threadpoolctl the contestant does not take part
    import threadpoolctl  # noqa: F401

    import vector

    turn: Callable[[], Turn] = stepping(work._replace(step=vector.compile(work.step)), seconds, unit)

    def unless_refused() -> Turn:
        try:
            return turn()
        except vector.CaptureError as error:
            raise Skip(f"refused: {str(error).splitlines()[0]}") from error

    return unless_refused


def numbers(result: Any, most: int = 50) -> list[float]:
    """A loss; of larger arrays, some numbers that lie evenly in each."""
    import numpy as np

    if isinstance(result, (list, tuple)):
        return [x for part in result for x in numbers(part, most)]
    array = np.asarray(result.detach() if hasattr(result, "detach") else result).ravel()
    return array[:: max(1, -(-array.size // most))].tolist()
