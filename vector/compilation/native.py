"""A plan run by machine code: loops by LLVM, products by BLAS, no Python between them."""

from __future__ import annotations

import functools
import importlib.util
import itertools
import timeit
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from vector.arrays import address
from vector.compilation.kernels import Kernel
from vector.compilation.machine_code import code
from vector.compilation.program import Number
from vector.compilation.report import title
from vector.compilation.thread_pool import Task, pool


def chosen(native: bool | None) -> bool:
    """Whether to compile machine code: as asked for, or if what it needs is installed.

    Raises ImportError: it was asked for, and llvmlite or threadpoolctl is missing.
    """
    missing = [name for name in ("llvmlite", "threadpoolctl") if importlib.util.find_spec(name) is None]
    if native and missing:
        raise ImportError(f'compile: native=True needs {" and ".join(missing)}: pip install "twingrad[compile]"')
    return not missing if native is None else native


class Segment:
    """Kernels that a pool of threads runs one after the other, and the table of what they are given."""

    def __init__(self, kernels: Sequence[Kernel], replay: Any, threads: int) -> None:
        self.loaded = 0
        self.lasts = any(kernel.call.lasts for kernel in kernels)
        self._replay = replay
        self._moving: dict[str, list[tuple[int, int]]] = {}
        self._numbers: list[tuple[int, str]] = []
        self._pool = functools.partial(pool, threads)
        self.kernels = kernels
        table: list[int] = []
        self._jobs = [(*self._entry(kernel, table), kernel.ends(threads)) for kernel in kernels]
        self._arguments = np.array(table, np.int64)
        self._integers, self._floats = self._arguments.data, self._arguments.view(np.float64).data
        self._task = Task(self._jobs, self._arguments)

    def __call__(self) -> None:
        """Run them."""
        self._bind()
        self._run(self._task)

    def timed(self) -> Iterator[tuple[str, float]]:
        """Run them, those in one part together: what each does, and the seconds that it takes."""
        self._bind()
        done = zip(self.kernels, self._jobs, strict=True)
        for _, group in itertools.groupby(done, lambda it: it[0] if len(it[1][2]) > 2 else None):
            kernels, jobs = zip(*group, strict=True)
            run = functools.partial(self._run, Task(jobs, self._arguments))
            yield "; ".join(dict.fromkeys(title(it.call) for it in kernels)), timeit.timeit(run, number=1)

    def _run(self, task: Task) -> None:
        if not self._pool().run(task):
            raise IndexError("compile: an index of the step is out of range")  # the step itself says more

    def _bind(self) -> None:
        """Fill in what varies from run to run."""
        now = self._replay.now
        for name, places in self._moving.items():
            start = address(now[name])
            for i, offset in places:
                self._integers[i] = start + offset
        for i, name in self._numbers:
            self._floats[i] = now[name]

    def _entry(self, kernel: Kernel, table: list[int]) -> tuple[int, int]:
        """The address of a kernel's machine code, and where its arguments, which are added, begin in the table."""
        first = len(table)
        for i, x in enumerate(kernel.arguments, first):
            if isinstance(x, int):
                table.append(x)
            elif not x.moves:
                table.append(address(self._replay.array(x)))
            else:  # it comes at each run
                table.append(0)
                name = self._replay.name(x.of)
                if isinstance(x, Number):
                    self._numbers.append((i, name))
                else:
                    offset = address(self._replay.array(x)) - address(self._replay.array(x.of))
                    self._moving.setdefault(name, []).append((i, offset))
        made = code("instructions", kernel.text())
        self.loaded += made.kept
        return made.address, first
