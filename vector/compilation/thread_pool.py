"""A pool of threads that run compiled kernels together, without Python between them.

BLAS has threads of its own, but it wakes and joins them for each product, and the passes between the products would
leave all but one idle. Here a product, like a pass, is split once, when the plan is made, and each thread computes its
part with BLAS held to one thread.

A task is a list of kernels, done one after the other. The calling thread goes through it; at a kernel with several
parts it tells the others, and all claim parts until none is left. So a thread that sleeps, or that the system has
suspended, delays no other: the others do its parts, and it joins them when it can.

This module, like `intrinsics`, imports numba, and is imported only where machine code is made.
"""

import ctypes
import functools
import itertools
import os
import threading
from collections.abc import Sequence
from typing import Any

import numba
import numpy as np
import numpy.typing as npt

from vector.compilation import blas
from vector.compilation.intrinsics import FLUSHING, add, call, control, load, rest, store, swap

LINE = 16
"""Integers in two cache lines: what different threads write must not lie closer."""

# The pool's shared memory: places of integers, each in a line of its own.
RUN, JOB, INSIDE, THREADS = range(0, 4 * LINE, LINE)
# A kernel in a task's table, of which TURN and DONE change, is a line, after which comes one for each of its parts.
CODE, ARGUMENTS, PARTS, TURN, DONE = range(5)
START, STOP, TAKEN = range(3)

_SPINS, _SPINS_BEFORE_SLEEP = 2_000, 20_000
"""Loads in a row before a waiting thread yields its processor between two, and before it goes to sleep."""


def _limit() -> Any:
    """The function that sets BLAS's number of threads and returns the number before."""
    asked, change = blas.library().threads, blas.library().set_threads
    if change is None:
        return numba.njit(lambda threads: threads)
    if for_each_thread:
        return change

    @numba.njit
    def limit(threads: int) -> int:
        before = asked()
        change(threads)
        return before

    return limit


for_each_thread = blas.library().local
limit = _limit()
give_way = ctypes.CDLL(None).sched_yield if os.name == "posix" else ctypes.CDLL("kernel32").SwitchToThread
"""The system's call that lets another thread have the processor."""
give_way.argtypes, give_way.restype = (), ctypes.c_int


@numba.njit(inline="always")
def wait(spins: int) -> int:
    """Wait a moment, after so many others; how many they are now."""
    if spins < _SPINS:
        rest()
    else:
        give_way()
    return spins + 1


@numba.njit(inline="always")
def compute(job: int, part: int) -> int:
    """Run a part of a kernel; 1 if it failed."""
    return call(load(job + 8 * CODE), load(job + 8 * ARGUMENTS), load(part + 8 * START), load(part + 8 * STOP))


@numba.njit("void(int64, int64)", nogil=True)
def share(job: int, me: int) -> None:
    """Run parts of a kernel beside the other threads; each begins with the part of its own number."""
    parts, turn = load(job + 8 * PARTS), load(job + 8 * TURN)
    for i in range(parts):
        part = job + 8 * LINE * (1 + (me + i) % parts)
        last = load(part + 8 * TAKEN)
        if last < turn and swap(part + 8 * TAKEN, last, turn):  # no other thread has claimed it in this turn
            compute(job, part)
            add(job + 8 * DONE, 1)


@numba.njit("void(int64)", nogil=True)
def withdraw(pool: int) -> None:
    """Withdraw the latest kernel, and wait until no thread reads its table any more."""
    store(pool + 8 * JOB, 0)
    while load(pool + 8 * INSIDE) > 0:
        give_way()


@numba.njit("int64(int64, int64, int64)", nogil=True)
def run(pool: int, job: int, jobs: int) -> int:
    """Run some kernels, beside the threads that are awake where they have parts; 1 if one failed."""
    together = load(pool + 8 * THREADS) > 1
    before = limit(1) if together else 0
    mode = control(FLUSHING)
    failed = 0
    for _ in range(jobs):
        parts = load(job + 8 * PARTS)
        if parts > 1:  # which none does that may fail
            add(job + 8 * TURN, 1)
            store(pool + 8 * JOB, job)
            add(pool + 8 * RUN, 1)
            share(job, 0)
            spins = 0
            while load(job + 8 * DONE) < parts * load(job + 8 * TURN):
                spins = wait(spins)
        elif compute(job, job + 8 * LINE):
            failed = 1
            break
        job += 8 * LINE * (1 + parts)
    control(mode)
    if together:
        limit(before)
    return failed


@numba.njit("void(int64, int64)", nogil=True)
def serve(pool: int, me: int) -> None:
    """Help with each kernel that is announced, until none has been for a while."""
    if for_each_thread:
        limit(1)
    control(FLUSHING)
    seen = spins = 0
    while spins < _SPINS_BEFORE_SLEEP:
        run = load(pool + 8 * RUN)
        if run != seen:
            seen = run
            spins = 0
            add(pool + 8 * INSIDE, 1)
            job = load(pool + 8 * JOB)
            if job != 0:
                share(job, me)
            add(pool + 8 * INSIDE, -1)
        spins = wait(spins)


class Task:
    """What a pool is to run: tables whose addresses machine code knows, kept as long as this object is.

    Args:
        jobs: (address of a kernel, place of its arguments, where each part starts and the last one ends).
        arguments: what the kernels are given.
    """

    def __init__(self, jobs: Sequence[tuple[int, int, Sequence[int]]], arguments: npt.NDArray[np.int64]) -> None:
        table: list[list[int]] = []
        for code, place, ends in jobs:
            table.append([code, arguments.ctypes.data + 8 * place, len(ends) - 1])
            table += map(list, itertools.pairwise(ends))
        self._table = np.array([row + [0] * (LINE - len(row)) for row in table], np.int64)
        self._arguments = arguments
        self.place = self._table.ctypes.data, len(jobs)


class ThreadPool:
    """The calling thread and the daemon threads that help it; `pool` gives the one of a size."""

    def __init__(self, threads: int) -> None:
        self._memory = np.zeros(4 * LINE, np.int64)
        self._memory[THREADS] = threads
        self._address = self._memory.ctypes.data
        self._lock = threading.Lock()
        self._asleep: list[threading.Lock] = []
        self._task: Task | None = None
        for i in range(1, threads):
            threading.Thread(target=self._serve, args=(i,), name=f"vector.compile-{i}", daemon=True).start()

    def run(self, task: Task) -> bool:
        """Run a task; whether no kernel failed."""
        with self._lock:
            if self._task is not task:
                withdraw(self._address)
                self._task = task  # the last one's memory may be freed now
            while self._asleep:
                self._asleep.pop().release()
            return bool(run(self._address, *task.place) == 0)

    def _serve(self, me: int) -> None:
        wake = threading.Lock()
        wake.acquire()
        while True:
            serve(self._address, me)
            self._asleep.append(wake)
            wake.acquire()


@functools.cache
def pool(threads: int) -> ThreadPool:
    """The process's pool of this size."""
    return ThreadPool(threads)


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=pool.cache_clear)  # a fork takes no threads along
