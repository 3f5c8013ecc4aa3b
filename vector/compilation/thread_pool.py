"""A pool of threads that run compiled kernels together, without Python between them.

BLAS has threads of its own, but it wakes and joins them for each product, and the passes between the products would
leave all but one idle. Here a product, like a pass, is split once, when the plan is made, and each thread computes its
part with BLAS held to one thread.

A task is a list of kernels, done one after the other. The calling thread goes through it; at a kernel with several
parts it tells the others, and all claim parts until none is left. So a thread that sleeps, or that the system has
suspended, delays no other: the others do its parts, and it joins them when it can.

What the threads do is machine code, too: `scheduling`.
"""

import ctypes
import functools
import itertools
import os
import threading
from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from vector.compilation.machine_code import code

LINE = 16
"""Integers in two cache lines: what different threads write must not lie closer."""

# The pool's shared memory: places of integers, each in a line of its own.
RUN, JOB, BUSY, SIZE = range(0, 4 * LINE, LINE)
# A kernel in a task's table, of which TURN and DONE change, is a line, after which comes one for each of its parts.
CODE, DATA, PARTS, TURN, DONE = range(5)
START, STOP, TAKEN = range(3)


class Task:
    """What a pool is to run: tables whose addresses machine code knows, kept as long as this object is.

    jobs: (address of a kernel, place of its arguments, where each part starts and the last one ends).
    arguments: what the kernels are given.
    """

    def __init__(self, jobs: Sequence[tuple[int, int, Sequence[int]]], arguments: npt.NDArray[np.int64]) -> None:
        table: list[list[int]] = []
        for address, place, ends in jobs:
            table.append([address, arguments.ctypes.data + 8 * place, len(ends) - 1])
            table += map(list, itertools.pairwise(ends))
        self._table = np.array([row + [0] * (LINE - len(row)) for row in table], np.int64)
        self._arguments = arguments
        self.place = ctypes.c_int64(self._table.ctypes.data), ctypes.c_int64(len(jobs))  # made once: it takes time


class ThreadPool:
    """The calling thread and the daemon threads that help it; `pool` gives the one of a size."""

    def __init__(self, threads: int) -> None:
        place = ctypes.c_int64
        self._run, self._withdraw = _function("run", place, place, place), _function("withdraw", place)
        self._help = _function("serve", place, place)
        self._memory = np.zeros(4 * LINE, np.int64)
        self._memory[SIZE] = threads
        self._address = ctypes.c_int64(self._memory.ctypes.data)
        self._lock = threading.Lock()
        self._asleep: list[threading.Lock] = []
        self._task: Task | None = None
        for i in range(1, threads):
            threading.Thread(target=self._serve, args=(i,), name=f"vector.compile-{i}", daemon=True).start()

    def run(self, task: Task) -> bool:
        """Run a task; whether no kernel failed."""
        with self._lock:
            if self._task is not task:
                self._withdraw(self._address)
                self._task = task  # the last one's memory may be freed now
            while self._asleep:
                self._asleep.pop().release()
            return bool(self._run(self._address, *task.place) == 0)

    def _serve(self, me: int) -> None:
        wake = threading.Lock()
        wake.acquire()
        while True:
            self._help(self._address, me)
            self._asleep.append(wake)
            wake.acquire()


def _function(name: str, *operands: Any) -> Any:
    """`run`, `serve` or `withdraw`, for Python, whose lock it does not hold."""
    return ctypes.CFUNCTYPE(ctypes.c_int64, *operands)(code("scheduling", name).address)


@functools.cache
def pool(threads: int) -> ThreadPool:
    """The process's pool of this size."""
    return ThreadPool(threads)


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=pool.cache_clear)  # a fork takes no threads along
