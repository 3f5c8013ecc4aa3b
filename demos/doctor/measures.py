"""What a fresh process reaches in matrix products, a training step's products, and memory.

A BLAS reads its settings once, when NumPy loads it, so each setting is measured in a process of its own, which prints
what it found.
"""

from __future__ import annotations

import itertools
import json
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from typing import NamedTuple

from demos.machine import blas_in_use

SIZES = (128, 512, 2048)
STEP = ((784, 256, 128, 10), 128)
"""Layer sizes and batch of the training step whose products stand for a user's work."""
MEMORY = 64 * 2**20  # bytes, more than caches hold


class Measured(NamedTuple):
    """What a process found."""

    sgemm: dict[int, float]
    """GFLOP/s of a float32 product of n × n matrices, by n; empty when only the step was asked for."""
    step: float
    """Milliseconds for the matrix products of one training step."""
    bandwidth: float
    """GB/s at which an array is copied, reading and writing; 0 when only the step was asked for."""
    blas: str
    """The BLAS in use and what its kernels are for."""
    threads: int | None
    """Its threads; None where threadpoolctl is not there to tell."""


def ask(environment: Mapping[str, str], *, everything: bool) -> Measured:
    """What a process with that environment finds; `everything`, or only the step."""
    command = [sys.executable, "-m", "demos.doctor.measures", "everything" if everything else "step"]
    told = json.loads(subprocess.run(command, env=dict(environment), stdout=subprocess.PIPE, check=True).stdout)
    return Measured({int(size): speed for size, speed in told[0].items()}, *told[1:])


def measure(*, everything: bool) -> Measured:
    """What this process finds."""
    blas, threads = blas_in_use()
    sgemm = {size: product_speed(size) for size in SIZES} if everything else {}
    return Measured(sgemm, step_time(), bandwidth() if everything else 0.0, blas, threads)


def product_speed(size: int) -> float:
    """GFLOP/s of a float32 product of size × size matrices, at best."""
    import numpy as np

    x, y, out = (np.ones((size, size), np.float32) for _ in range(3))
    return 2 * size**3 / best(lambda: np.matmul(x, y, out=out)) / 1e9


def step_time() -> float:
    """Milliseconds, the median, for the products of one training step."""
    import numpy as np

    sizes, batch = STEP
    pairs = []
    for fan_in, fan_out in itertools.pairwise(sizes):
        x, W, dy = (np.ones(shape, np.float32) for shape in ((batch, fan_in), (fan_in, fan_out), (batch, fan_out)))
        pairs += [(x, W), (x.T, dy), (dy, W.T)]
    pairs.pop(2)  # the gradient of the images is not needed
    calls = [(x, y, np.empty((x.shape[0], y.shape[1]), np.float32)) for x, y in pairs]

    def products() -> None:
        for x, y, out in calls:
            np.matmul(x, y, out=out)

    return statistics.median(times(products)) * 1e3


def bandwidth() -> float:
    """GB/s of a copy, counting what is read and what is written."""
    import numpy as np

    source, target = np.ones(MEMORY, np.uint8), np.ones(MEMORY, np.uint8)
    return 2 * MEMORY / best(lambda: np.copyto(target, source)) / 1e9


def times(call: Callable[[], object], budget: float = 0.2) -> list[float]:
    """The seconds of calls, as many as the budget allows, at least 3, after one that is not counted."""
    call()
    found: list[float] = []
    while len(found) < 3 or sum(found) < budget:
        start = time.perf_counter()
        call()
        found.append(time.perf_counter() - start)
    return found


def best(call: Callable[[], object]) -> float:
    """The seconds of the fastest call."""
    return min(times(call))


if __name__ == "__main__":
    json.dump(measure(everything=sys.argv[1] == "everything"), sys.stdout)
