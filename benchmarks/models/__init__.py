"""Published models, a module each with its `FAMILIES`: the same work in three frameworks, in three sizes.

vector and PyTorch share the text of a network where their names are the same, which most are; JAX has a function of its
own of the same weights. Where a framework has a faster idiom, such as PyTorch's `nn.GRU`, it is used.

    python -m benchmarks models --case GRU               the cases with this in their names, in the usual rounds
    python -m benchmarks models --case GRU --rounds 2    in a quarter of the time
    taskset -c 0 python -m benchmarks models …           on one core, in its own time: for a machine that is busy

To hold one in the hand, for a profiler or `vector.compile`:

>>> import numpy as np
>>> from benchmarks.models import lenet
>>> work = lenet.FAMILIES[0].ours("LeNet-5, batch 4", np.float32)
>>> work.step(*work.inputs).shape
()
"""

from __future__ import annotations

from importlib import import_module

from benchmarks.models.work import Family

NAMES = (
    "lenet", "normalised", "recurrent", "transformer", "autoencoder", "physics", "penalty", "derivatives", "inference",
    "pointwise",
)  # fmt: skip


def families() -> dict[str, Family]:
    """By case, the families that have it."""
    found = [family for name in NAMES for family in import_module(f"benchmarks.models.{name}").FAMILIES]
    return {case: family for family in found for case in family.cases}
