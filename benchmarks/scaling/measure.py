"""The measurements: each in an mpiexec of its own, and all in turns, round by round."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from benchmarks.contestant import HELD_BACK, environment
from benchmarks.figures import median, spread

WEAK, STRONG = "weak", "strong"
KINDS = {WEAK: ("eager", "compiled"), STRONG: ("compiled",)}
"""How the steps of each way to scale are taken."""
RANKS = (1, 2, 4)
BATCH = 128
"""Samples of each rank, in the weak scaling."""
TOTAL = 4096
"""Samples of all ranks, in the strong scaling."""
WORK = (4, 8, 16, 32, 64, 128, 256, 512)
"""Samples of a rank whose own work is measured, for the model."""
ONE_THREAD = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1")


def measured(rounds: int, before: Mapping[str, Any]) -> dict[str, Any]:
    """All that the page tells, as JSON holds it; the rounds of an earlier measurement stand before the new ones."""
    steps = {
        f"{way}, {kind}, {ranks}": (ranks, "step", kind, str(BATCH * ranks if way == WEAK else TOTAL))
        for way, kinds in KINDS.items()
        for kind in kinds
        for ranks in RANKS
    }
    work = {f"work, {batch}": (1, "work", "compiled", str(batch)) for batch in WORK}
    sums = {f"sum, {ranks}": (ranks, "allreduce") for ranks in RANKS if ranks > 1}
    commands: dict[str, tuple[Any, ...]] = {**steps, **work, **sums, "network": (2, "network")}
    turns: dict[str, list[dict[str, float]]] = {name: [] for name in commands}
    for number in range(rounds):
        for name, (ranks, *command) in commands.items():
            print(f"\rround {number + 1} of {rounds}: {name:20}", end="", file=sys.stderr, flush=True)
            turns[name].append(_run(ranks, *command))
    print(file=sys.stderr)
    return {name: summary(found, before.get(name, {})) for name, found in turns.items()}


def summary(turns: list[dict[str, float]], before: Mapping[str, Any]) -> dict[str, Any]:
    """Median, spread and all rounds of each figure."""
    figures = {}
    for name in turns[0]:
        rounds = [*before.get(name, {"rounds": ()})["rounds"], *(turn[name] for turn in turns)]
        figures[name] = {"median": median(rounds), "spread": spread(rounds), "rounds": rounds}
    return figures


def speedup(figures: Mapping[str, Any], way: str, kind: str, ranks: int) -> float:
    """How much faster the ranks go through the samples than one: the median of the ratios, round by round."""
    return median(speedups(figures, way, kind, ranks))


def speedups(figures: Mapping[str, Any], way: str, kind: str, ranks: int) -> list[float]:
    """The same, round by round."""
    one, many = (figures[f"{way}, {kind}, {p}"]["ms"]["rounds"] for p in (1, ranks))
    return [(ranks if way == WEAK else 1) * a / b for a, b in zip(one, many, strict=True)]


def agreed(figures: Mapping[str, Any], tolerance: float = 1e-4) -> bool:
    """Whether the same minibatch gave the same loss on any number of ranks, in every round."""
    losses = [x for name, found in figures.items() if name.startswith(STRONG) for x in found["loss"]["rounds"]]
    return max(losses) - min(losses) <= tolerance * max(losses)


def _run(ranks: int, *command: str) -> dict[str, float]:
    mpiexec = str(Path(sys.executable).with_name("mpiexec"))
    line = [mpiexec, "-n", str(ranks), sys.executable, "-m", "benchmarks.scaling.child", *command]
    told: dict[str, float] = json.loads(
        subprocess.check_output(line, env={**environment(os.environ, HELD_BACK), **ONE_THREAD})
    )
    return told
