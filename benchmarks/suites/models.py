"""Published models in three sizes each, by vector, eager and compiled, PyTorch and JAX."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Sequence
from typing import Any

from benchmarks.models import families
from benchmarks.models.work import Work
from benchmarks.suite import Measure, Skip, Suite, Turn
from benchmarks.targets import AtMost, BetterAtMost, Target

CASES = families()
COMPARED = 5
"""Steps at the head of the first turn, whose numbers all must share; compilers compile in them."""
WARM, SECONDS, MOST, LEAST = 1, 0.25, 200, 2
"""Untimed steps at the head of each turn, how long it takes then, and how many steps that may be."""
OURS, PEERS = ("vector", "vector compiled"), ("torch", "jax")


def stepping(work: Work) -> Measure:
    """A turn of steps: the median time of one, and what the first few gave."""
    compared = False

    def turn() -> Turn:
        nonlocal compared
        outcome = [] if compared else [x for _ in range(COMPARED) for x in numbers(work.step(*work.inputs))]
        compared = True
        for _ in range(WARM):
            work.step(*work.inputs)
        times: list[float] = []
        end = time.perf_counter() + SECONDS
        while len(times) < LEAST or (time.perf_counter() < end and len(times) < MOST):
            start = time.perf_counter()
            work.step(*work.inputs)
            times.append(time.perf_counter() - start)
        return Turn({"ms": statistics.median(times) * 1e3}, outcome)

    return turn


def numbers(result: Any, most: int = 50) -> list[float]:
    """A loss; of a larger array, some numbers that lie evenly in it."""
    import numpy as np

    array = np.asarray(result.detach() if hasattr(result, "detach") else result).ravel()
    return array[:: -(-array.size // most)].tolist()


def contestant(framework: str) -> Callable[[str], Measure]:
    """One that does as it is written."""
    return lambda case: stepping(getattr(CASES[case], framework)(case, "float32"))


def compiled(case: str) -> Measure:
    """Ours, recorded and replayed by machine code.

    Raises:
        Skip: `vector.compile` refuses the step.
    """
    import numba  # noqa: F401  # without numba and threadpoolctl the contestant does not take part
    import threadpoolctl  # noqa: F401

    import vector

    work = CASES[case].ours(case, "float32")
    turn = stepping(work._replace(step=vector.compile(work.step)))

    def unless_refused() -> Turn:
        try:
            return turn()
        except vector.CaptureError as error:
            raise Skip(f"refused: {str(error).splitlines()[0]}") from error

    return unless_refused


def targets() -> list[Target]:
    """What the engine is meant to reach."""
    matrices = [case for case in CASES if case.startswith(("Jacobian", "Hessian"))]
    heavy = [case for case in CASES if case.startswith("LeNet") or case.endswith("1,000,000 numbers")]
    others = [case for case in CASES if case not in matrices]
    light = [case for case in CASES if case not in heavy]
    return [
        BetterAtMost(OURS, 0.6, PEERS, "ms", matrices),
        BetterAtMost(OURS, 1.0, PEERS, "ms", others),
        AtMost("vector", 1.5, ["torch"], "ms", light),
        AtMost("vector", 2.5, ["torch"], "ms", heavy),
    ]


def quick() -> Sequence[str]:
    """The first and smallest cases of a few families."""
    wanted = ("LeNet", "GRU", "transformer", "Jacobian")
    return [next(case for case in CASES if case.startswith(name)) for name in wanted]


SUITE = Suite(
    title="Models, step by step",
    about="Published models, float32, from the same weights on the same data: a training step (forward, backward, "
    f"update), a matrix of derivatives, or the scores of a network. Median of the steps of a turn, {LEAST} to {MOST} "
    f"in {SECONDS} seconds. All must show the same numbers in the first {COMPARED} steps. PyTorch is eager, with its "
    "fused optimizer, GRU, attention and `torch.func`; JAX is jitted.",
    cases=list(CASES),
    contestants={
        "vector": contestant("ours"),
        "vector compiled": compiled,
        "torch": contestant("pytorch"),
        "jax": contestant("jaxed"),
    },
    ours=OURS,
    peers=PEERS,
    rounds=7,
    targets=targets(),
    quick_cases=quick(),
    quick_rounds=2,
    tolerance=1e-4,
    pause=0.25,
)
