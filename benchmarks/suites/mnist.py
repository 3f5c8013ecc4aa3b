"""One training step of an MNIST MLP: forward, backward and update, by everyone."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from importlib import import_module
from typing import Any

from benchmarks.problem import SETTINGS
from benchmarks.steps import Step
from benchmarks.suite import Measure, Suite, Turn
from benchmarks.targets import AtMost, Target

STEPS = 30
WARM = 3
"""Untimed steps at the head of each turn: they wake caches and threads, and compilers compile in them."""
NATIVE = "vector compiled, numba"
PEERS = ("torch", "torch fused", "torch.compile", "jax")


def stepping(step: Step) -> Measure:
    """A turn of steps: the median time of one, and the losses of all."""

    def turn() -> Turn:
        losses, times = [step() for _ in range(WARM)], []
        for _ in range(STEPS):
            start = time.perf_counter()
            losses.append(step())
            times.append(time.perf_counter() - start)
        return Turn({"ms": statistics.median(times) * 1e3}, losses)

    return turn


def taking(module: str, name: str, **options: Any) -> Callable[[str], Measure]:
    """A contestant whose step is a function of `benchmarks.steps`, imported where it runs."""
    return lambda case: stepping(getattr(import_module(f"benchmarks.steps.{module}"), name)(SETTINGS[case], **options))


def floor(case: str) -> Measure:
    """The bare products of the step, with the weights stored in the order that is the faster one here."""
    from benchmarks.steps.floor import products, seconds

    orders = [products(SETTINGS[case], weights=order) for order in "CF"]

    def turn() -> Turn:
        times = [[seconds(calls) for _ in range(WARM + STEPS)][WARM:] for calls in orders]
        return Turn({"ms": min(map(statistics.median, times)) * 1e3})

    return turn


def at_peak(case: str) -> Measure:
    """The time that as many operations take in one large product."""
    from benchmarks.steps.floor import flops, peak

    return lambda: Turn({"ms": flops(SETTINGS[case]) / peak() * 1e3})


def targets() -> list[Target]:
    """What the engine is meant to reach."""
    cases = list(SETTINGS)
    asked: list[Target] = [AtMost(name, 0.65, ("torch fused", "torch"), "ms") for name in ("vector", "vector fused")]
    for i, limit in enumerate((0.65, 0.75, 0.88)):
        asked.append(AtMost(NATIVE, limit, PEERS, "ms", cases[2 * i : 2 * i + 2]))
    for optimizer, limit in (("SGD", 1.12), ("Adam", 1.25)):
        asked.append(AtMost(NATIVE, limit, ("floor",), "ms", [case for case in cases if case.endswith(optimizer)]))
    return asked


SUITE = Suite(
    title="A training step on MNIST",
    about=f"Forward, backward and update of an MLP with ReLU and cross-entropy, float32; median of {STEPS} steps in "
    "each turn. All start from the same weights and must show the same loss after every step. *floor* is the step's "
    "matrix products alone, by NumPy into aligned arrays that are there already, with the weights in the order that "
    "BLAS likes; *peak sgemm* is what as many operations take in a product of large square matrices.",
    cases=list(SETTINGS),
    contestants={
        "vector": taking("ours", "eager"),
        "vector fused": taking("ours", "eager", fused=True),
        "vector compiled": taking("ours", "compiled", native=False),
        NATIVE: taking("ours", "compiled", native=True),
        "torch": taking("pytorch", "eager", fused=False),
        "torch fused": taking("pytorch", "eager", fused=True),
        "torch.compile": taking("pytorch", "compiled"),
        "jax": taking("jaxed", "jitted"),
        "floor": floor,
        "peak sgemm": at_peak,
    },
    ours=("vector", "vector fused", "vector compiled", NATIVE),
    rounds=11,
    targets=targets(),
    quick_cases=list(SETTINGS)[:2],
    quick_without={"torch.compile": "it compiles for longer than a quick run takes"},
    tolerance=1e-4,
    pause=0.3,
)
