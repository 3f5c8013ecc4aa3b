"""Time and memory per operation as a graph grows, on both engines."""

from __future__ import annotations

import statistics
import time
import tracemalloc
from collections.abc import Callable
from importlib import import_module
from typing import Any

from benchmarks.suite import Measure, Suite, Turn
from benchmarks.targets import Flat

SIZES = [100, 1_000, 10_000, 100_000, 1_000_000]
CASES = [f"{size:,} ops" for size in SIZES]
WORK = 20_000
"""Operations that a turn does at least, in as many graphs as that takes."""


def chain(value: Callable[[float], Any], operations: int) -> tuple[Any, Any]:
    """x and ((x·a + b)·a + b)·…, a deep graph of products and sums."""
    x = y = value(1.0)
    a, b = value(0.999999), value(0.25)
    for _ in range(operations // 2):
        y = y * a + b
    return x, y


def growing(value: Callable[[float], Any], size: int) -> Measure:
    """A turn: the µs that an operation takes, built and differentiated, and the bytes that it keeps meanwhile."""

    def turn() -> Turn:
        times, slope = [], 0.0
        for _ in range(max(1, WORK // size)):
            start = time.perf_counter()
            x, y = chain(value, size)
            y.backward()
            times.append(time.perf_counter() - start)
            slope = float(x.grad)
            del x, y
        return Turn({"µs per op": statistics.median(times) / size * 1e6, "bytes per op": kept(value, size)}, [slope])

    return turn


def kept(value: Callable[[float], Any], size: int) -> float:
    """The bytes per operation of a graph of that size, as Python and NumPy allocate them."""
    tracemalloc.start()
    graph = chain(value, size)
    kept_bytes = tracemalloc.get_traced_memory()[0]
    tracemalloc.stop()
    del graph
    return kept_bytes / size


def on(module: str) -> Callable[[str], Measure]:
    """A scalar engine."""
    return lambda case: growing(import_module(module).Value, SIZES[CASES.index(case)])


def on_vector(case: str) -> Measure:
    """The vector engine, on arrays of one number."""
    import vector

    return growing(lambda x: vector.tensor(x, requires_grad=True), SIZES[CASES.index(case)])


SUITE = Suite(
    title="Graphs that grow",
    about="A chain of products and sums, built and differentiated, in a process of its own each time; then built "
    "once more under `tracemalloc` to count the bytes it keeps. *vector* works on arrays of one number. All must "
    "find the same slope.",
    cases=CASES,
    sizes=SIZES,
    contestants={"scalar": on("scalar"), "vector": on_vector, "micrograd": on("micrograd.engine")},
    ours=("scalar", "vector"),
    rounds=3,
    targets=[
        Flat(name, 2.0, unit, CASES[2:]) for name in ("scalar", "vector") for unit in ("µs per op", "bytes per op")
    ],
    quick_cases=CASES[:3],
    quick_rounds=1,
    fresh=True,
)
