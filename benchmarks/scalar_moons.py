"""micrograd's two-moons step by scalar and by micrograd, and what an operation costs in time and in memory.

The step is the one of micrograd's demonstration: an MLP 2-16-16-1, 100 points, hinge loss and an L2 penalty, forward
and backward. Both engines run the same lines; only the import differs. Each contestant runs in a process of its own
and they take turns, A B A B …, so that a drifting machine slows both. Quote the ratio: absolute times vary with the
machine. micrograd's graphs are full of cycles, which only the garbage collector frees: most of its time. A second line
shows the step without that.
"""

from __future__ import annotations

import gc
import math
import os
import platform
import random
import statistics
import subprocess
import sys
import tempfile
import time
import tracemalloc
from collections.abc import Callable, Iterable
from importlib import import_module
from typing import Any, NamedTuple

CONTESTANTS = {"scalar": ("scalar", "scalar.nn"), "micrograd": ("micrograd.engine", "micrograd.nn")}
ROUNDS, STEPS = 7, 3
SIZES = [10_000, 100_000, 1_000_000]
GROWTH_ROUNDS = 3
MEMORY_SIZE = 10_000
IMPORTS = 15
ALPHA = 1e-4  # weight of the L2 penalty


def moons(points: int = 100) -> Iterable[tuple[tuple[float, float], int]]:
    """Points on two half circles that reach into each other, with noise, and their labels 1 and −1."""
    noise = random.Random(0)
    for i in range(points // 2):
        angle = math.pi * i / (points // 2 - 1)
        x, y = math.cos(angle), math.sin(angle)
        yield (x + noise.gauss(0, 0.1), y + noise.gauss(0, 0.1)), 1
        yield (1 - x + noise.gauss(0, 0.1), 0.5 - y + noise.gauss(0, 0.1)), -1


def moons_step(name: str) -> Callable[[], float]:
    """One forward and backward on the contestant's Values; the same weights for everyone."""
    engine, nn = map(import_module, CONTESTANTS[name])
    random.seed(1337)
    model = nn.MLP(2, [16, 16, 1])
    points, labels = zip(*moons(), strict=True)

    def step() -> float:
        inputs = [list(map(engine.Value, point)) for point in points]
        scores = list(map(model, inputs))
        losses = [(1 + -label * score).relu() for label, score in zip(labels, scores, strict=True)]
        data_loss = sum(losses) * (1.0 / len(losses))
        total = data_loss + ALPHA * sum(p * p for p in model.parameters())
        model.zero_grad()
        total.backward()
        return float(total.data)

    return step


def chain(name: str, operations: int) -> tuple[Any, Any]:
    """x and ((x·a + b)·a + b)·…, a deep graph of products and sums."""
    value = import_module(CONTESTANTS[name][0]).Value
    x = y = value(1.0)
    a, b = value(0.5), value(0.25)
    for _ in range(operations // 2):
        y = y * a + b
    return x, y


# ---------------------------------------------------------------- what a process of its own measures


class Round(NamedTuple):
    """What a contestant tells after one round of steps."""

    milliseconds: float
    """Of a step, the median."""
    uncollected: float
    """The same with Python's garbage collector off during the step, and run between the steps."""
    loss: float


def serve(name: str) -> None:
    """At each line of input run a round of steps and print its figures."""
    step = moons_step(name)
    step()
    for _ in sys.stdin:
        milliseconds, loss = time_steps(step)
        gc.disable()
        uncollected, _ = time_steps(step)
        gc.enable()
        print(milliseconds, uncollected, loss, flush=True)


def time_steps(step: Callable[[], float]) -> tuple[float, float]:
    """The median milliseconds of some steps, and the last one's loss."""
    times, loss = [], 0.0
    for _ in range(STEPS):
        if not gc.isenabled():
            gc.collect()
        start = time.perf_counter()
        loss = step()
        times.append(time.perf_counter() - start)
    return statistics.median(times) * 1e3, loss


def memory(name: str) -> None:
    """Print the bytes that a chain keeps, per operation."""
    chain(name, 100)
    tracemalloc.start()
    graph = chain(name, MEMORY_SIZE)
    print(tracemalloc.get_traced_memory()[0] / MEMORY_SIZE)
    del graph


def growth(name: str, operations: str) -> None:
    """Print the µs per operation of building a chain and sending gradients back through it."""
    size, times = int(operations), []
    for _ in range(max(3, 200_000 // size)):
        start = time.perf_counter()
        _, y = chain(name, size)
        y.backward()
        times.append(time.perf_counter() - start)
        del y
    print(statistics.median(times) / size * 1e6)


# ---------------------------------------------------------------- the tables


def command(*arguments: object) -> list[str]:
    """This file as a process of its own."""
    return [sys.executable, "-m", "benchmarks.scalar_moons", *map(str, arguments)]


def ask(*arguments: object) -> float:
    """The number that such a process prints."""
    return float(subprocess.run(command(*arguments), capture_output=True, text=True, check=True).stdout)


def take_turns() -> dict[str, list[Round]]:
    """The rounds of each contestant."""
    processes = {
        name: subprocess.Popen(command("serve", name), stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        for name in CONTESTANTS
    }
    rounds: dict[str, list[Round]] = {name: [] for name in CONTESTANTS}
    try:
        for _ in range(ROUNDS):
            for name, process in processes.items():
                print(file=process.stdin, flush=True)
                rounds[name].append(Round(*map(float, next(iter(process.stdout or ())).split())))
    finally:
        for process in processes.values():
            process.kill()
            process.communicate()
    return rounds


def import_times() -> list[float]:
    """Milliseconds of `import scalar`, beyond what Python itself loads, with the bytecode cached."""
    with tempfile.TemporaryDirectory() as cache:
        environment = {**os.environ, "PYTHONPYCACHEPREFIX": cache, "PYTHONDONTWRITEBYTECODE": ""}
        importing = [sys.executable, "-X", "importtime", "-c", "import scalar"]
        runs = [
            subprocess.run(importing, env=environment, capture_output=True, text=True, check=True).stderr
            for _ in range(IMPORTS + 1)
        ]
    return [int(run.splitlines()[-1].split("|")[1]) / 1e3 for run in runs[1:]]  # the first run wrote the cache


def compare() -> int:
    """Print the tables; the exit status is 1 when the contestants do not agree on the loss."""
    print(f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}")
    print(
        f"median of {ROUNDS} rounds of {STEPS} steps; the ratio is scalar's figure over micrograd's, round by round\n"
    )
    print(f"{'':38}" + "".join(f"{name:>12}" for name in CONTESTANTS) + f"{'ratio':>12}")
    rounds = take_turns()
    _print_line("moons step, ms", {name: [r.milliseconds for r in mine] for name, mine in rounds.items()})
    _print_line("the same, collector off, ms", {name: [r.uncollected for r in mine] for name, mine in rounds.items()})
    _print_line("memory per operation, bytes", {name: [ask("memory", name)] for name in CONTESTANTS})

    print(f"\nscalar{'':32}{'µs per operation':>24}{'ratio':>12}")
    costs = {size: [ask("growth", "scalar", size) for _ in range(GROWTH_ROUNDS)] for size in SIZES}
    for size, cost in costs.items():
        median = statistics.median(cost)
        print(f"{f'chain of {size:,} operations':38}{median:24.2f}{median / statistics.median(costs[SIZES[0]]):12.2f}")

    times = import_times()
    print(f"\nimport scalar: {statistics.median(times):.1f} ms, at best {min(times):.1f}")
    losses = {name: mine[-1].loss for name, mine in rounds.items()}
    if not math.isclose(*losses.values(), rel_tol=1e-9):
        print(f"the losses differ: {losses}")
        return 1
    return 0


def _print_line(what: str, figures: dict[str, list[float]]) -> None:
    ratio = statistics.median(theirs / ours for ours, theirs in zip(*figures.values(), strict=True))
    medians = "".join(f"{statistics.median(mine):12.1f}" for mine in figures.values())
    print(f"{what:38}{medians}{f'1/{ratio:.1f}':>12}")


MEASUREMENTS: dict[str, Callable[..., None]] = {"serve": serve, "memory": memory, "growth": growth}

if __name__ == "__main__":
    if len(sys.argv) > 1:
        MEASUREMENTS[sys.argv[1]](*sys.argv[2:])
    else:
        sys.exit(compare())
