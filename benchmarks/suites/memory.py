"""The peak memory of a training run, and how much of it is beyond what the libraries take when they are imported."""

from __future__ import annotations

import resource
import sys
from collections.abc import Callable, Sequence
from importlib import import_module
from typing import Any

from benchmarks.problem import SETTINGS
from benchmarks.suite import Measure, Suite, Turn
from benchmarks.targets import AtMost

STEPS = 50
OURS = ("vector", "vector compiled", "vector compiled, numba")


def training(imports: Sequence[str], module: str, name: str, **options: Any) -> Callable[[str], Measure]:
    """A contestant whose step is a function of `benchmarks.steps`."""

    def prepared(case: str) -> Measure:
        import psutil

        for one in (*imports, f"benchmarks.steps.{module}"):
            import_module(one)
        before = psutil.Process().memory_info().rss

        def turn() -> Turn:
            step = getattr(import_module(f"benchmarks.steps.{module}"), name)(SETTINGS[case], **options)
            losses = [step() for _ in range(STEPS)]
            return Turn({"MB": peak() / 1e6, "MB beyond the imports": (peak() - before) / 1e6}, losses)

        return turn

    return prepared


def peak() -> int:
    """The largest resident size that this process had, in bytes."""
    size = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return size if sys.platform == "darwin" else size * 1024


SUITE = Suite(
    title="Memory of a training run",
    about=f"The peak resident size of a process that takes {STEPS} steps, in all and less its size after the imports; "
    "data, weights and what compilers need are included in both.",
    cases=list(SETTINGS),
    contestants={
        "vector": training(["numpy"], "ours", "eager"),
        "vector compiled": training(["numpy"], "ours", "compiled", native=False),
        "vector compiled, numba": training(["llvmlite", "threadpoolctl"], "ours", "compiled", native=True),
        "torch": training(["torch"], "pytorch", "eager", fused=False),
        "torch fused": training(["torch"], "pytorch", "eager", fused=True),
    },
    ours=OURS,
    rounds=3,
    targets=[
        AtMost(name, 1.0, ["torch", "torch fused"], unit) for unit in ("MB", "MB beyond the imports") for name in OURS
    ],
    quick_cases=list(SETTINGS)[-1:],
    quick_rounds=1,
    quick_without={"vector compiled, numba": "it compiles for longer than a quick run takes"},
    tolerance=1e-4,
    fresh=True,
)
