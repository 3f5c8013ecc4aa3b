"""Published models in three sizes each, by vector, eager and compiled, PyTorch and JAX."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from benchmarks.models import families
from benchmarks.models.turns import COMPARED, LEAST, MOST, compiled, stepping
from benchmarks.suite import Measure, Suite
from benchmarks.targets import AtMost, BetterAtMost, Target

CASES = families()
SECONDS = 0.25
OURS, PEERS = ("vector", "vector compiled"), ("torch", "jax")


def contestant(framework: str) -> Callable[[str], Measure]:
    """One that does as it is written."""
    return lambda case: stepping(getattr(CASES[case], framework)(case, "float32"), SECONDS)


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
        "vector compiled": lambda case: compiled(CASES[case].ours(case, "float32"), SECONDS),
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
