"""The floor: nothing but the step's matrix products, into arrays that are there already."""

from __future__ import annotations

import functools
import time
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from benchmarks.problem import Setting

Product = Callable[[], object]
ALIGNMENT = 64  # bytes, a cache line and the widest register


def products(setting: Setting, *, weights: str) -> list[Product]:
    """The step's products, with weights (out, in) stored in C or in Fortran order; what is in them does not matter."""
    calls: list[Product] = []
    x = aligned(setting.batch, setting.sizes[0])
    for i, (fan_in, fan_out) in enumerate(zip(setting.sizes, setting.sizes[1:], strict=False)):
        W, dW = ((aligned(fan_out, fan_in) if weights == "C" else aligned(fan_in, fan_out).T) for _ in range(2))
        y, dy = aligned(setting.batch, fan_out), aligned(setting.batch, fan_out)
        calls += [product(x, W.T, y), product(dy.T, x, dW)]
        if i > 0:  # the gradient of the images is not needed
            calls.append(product(dy, W, aligned(setting.batch, fan_in)))
        x = y
    return calls


def flops(setting: Setting) -> int:
    """How many additions and multiplications these products are."""
    sizes = [fan_in * fan_out for fan_in, fan_out in zip(setting.sizes, setting.sizes[1:], strict=False)]
    return 2 * setting.batch * (3 * sum(sizes) - sizes[0])


def peak(sizes: Sequence[int] = (512, 1024), repetitions: int = 5) -> float:
    """FLOP/s of a product of large square matrices on all cores, at best."""
    speeds = []
    for size in sizes:
        call = product(aligned(size, size), aligned(size, size), aligned(size, size))
        speeds.append(2 * size**3 / min(seconds([call]) for _ in range(repetitions)))
    return max(speeds)


def seconds(calls: list[Product]) -> float:
    """How long it takes to run them once."""
    start = time.perf_counter()
    for call in calls:
        call()
    return time.perf_counter() - start


def aligned(rows: int, columns: int) -> Any:
    """An array of small random float32 numbers that begins at a cache line."""
    memory = np.empty(rows * columns * 4 + ALIGNMENT, np.uint8)
    start = -memory.ctypes.data % ALIGNMENT
    array = memory[start : start + rows * columns * 4].view(np.float32).reshape(rows, columns)
    array[:] = np.random.default_rng(0).random(array.shape, dtype=np.float32) - 0.5
    return array


def product(x: Any, y: Any, out: Any) -> Product:
    """x @ y, written into `out`."""
    return functools.partial(np.matmul, x, y, out=out)
