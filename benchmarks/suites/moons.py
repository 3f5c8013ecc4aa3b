"""micrograd's two-moons step, forward and backward, on scalars.

The step is the one of micrograd's demonstration: an MLP 2-16-16-1, 100 points, hinge loss and an L2 penalty. Both
engines run the same lines; only the import differs. micrograd's graphs are full of cycles, which only the garbage
collector frees: most of its time. A second figure shows the step without that.
"""

from __future__ import annotations

import gc
import math
import random
import statistics
import time
from collections.abc import Callable, Iterable
from importlib import import_module
from typing import Any

from benchmarks.suite import Measure, Suite, Turn
from benchmarks.targets import AtMost

STEPS = 3
ALPHA = 1e-4  # weight of the L2 penalty


def moons(points: int = 100) -> Iterable[tuple[tuple[float, float], int]]:
    """Points on two half circles that reach into each other, with noise, and their labels 1 and −1."""
    noise = random.Random(0)
    for i in range(points // 2):
        angle = math.pi * i / (points // 2 - 1)
        x, y = math.cos(angle), math.sin(angle)
        yield (x + noise.gauss(0, 0.1), y + noise.gauss(0, 0.1)), 1
        yield (1 - x + noise.gauss(0, 0.1), 0.5 - y + noise.gauss(0, 0.1)), -1


def model_of(nn: Any) -> Any:
    """The same weights for everyone."""
    state = random.getstate()
    random.seed(1337)
    model = nn.MLP(2, [16, 16, 1])
    random.setstate(state)
    return model


def eager(engine: str, layers: str) -> Callable[[str], Measure]:
    """The step as micrograd's demonstration writes it."""

    def prepared(case: str) -> Measure:
        value, model = import_module(engine).Value, model_of(import_module(layers))
        points, labels = zip(*moons(), strict=True)

        def step() -> float:
            inputs = [list(map(value, point)) for point in points]
            scores = list(map(model, inputs))
            losses = [(1 + -label * score).relu() for label, score in zip(labels, scores, strict=True)]
            data_loss = sum(losses) * (1.0 / len(losses))
            total = data_loss + ALPHA * sum(p * p for p in model.parameters())
            model.zero_grad()
            total.backward()
            return float(total.data)

        return lambda: turn(step, model)

    return prepared


def compiled(case: str) -> Measure:
    """The same loss, written for one point, recorded once and replayed over all of them by NumPy."""
    from demos.scalar_compile import compile
    from scalar import nn

    model = model_of(nn)
    points, labels = zip(*moons(), strict=True)

    @compile
    def loss_of(point: Any, label: Any) -> Any:
        return (1 + -label * model(point)).relu() + ALPHA * sum(p * p for p in model.parameters())

    def step() -> float:
        total = loss_of.mean(list(points), list(labels))
        model.zero_grad()
        total.backward()
        return float(total.data)

    return lambda: turn(step, model)


def turn(step: Callable[[], float], model: Any) -> Turn:
    """A round of steps with Python's garbage collector on, and one with it run between the steps only."""
    collected, loss = timed(step)
    gc.disable()
    uncollected, _ = timed(step)
    gc.enable()
    return Turn({"ms": collected, "ms, collector off": uncollected}, [*(p.grad for p in model.parameters()), loss])


def timed(step: Callable[[], float]) -> tuple[float, float]:
    """The median milliseconds of some steps, and the last one's loss."""
    times, loss = [], 0.0
    for _ in range(STEPS):
        if not gc.isenabled():
            gc.collect()
        start = time.perf_counter()
        loss = step()
        times.append(time.perf_counter() - start)
    return statistics.median(times) * 1e3, loss


SUITE = Suite(
    title="micrograd's moons, on scalars",
    about=f"Forward and backward of an MLP 2-16-16-1 on 100 points, hinge loss and L2 penalty; median of {STEPS} "
    "steps in each turn. micrograd's graphs are full of cycles, which only Python's garbage collector frees; the "
    "second figure is the step without that. All must find the same loss and gradients.",
    cases=["moons step"],
    contestants={
        "scalar": eager("scalar", "scalar.nn"),
        "scalar compiled": compiled,
        "micrograd": eager("micrograd.engine", "micrograd.nn"),
    },
    ours=("scalar", "scalar compiled"),
    quick_rounds=1,
    rounds=7,
    targets=[AtMost("scalar", 1 / 6, ["micrograd"], "ms"), AtMost("scalar compiled", 1 / 50, ["micrograd"], "ms")],
)
