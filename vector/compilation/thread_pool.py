"""A pool of threads that run compiled kernels together, without Python between them.

BLAS has threads of its own, but it wakes and joins them for each product, and the passes between the products would
leave all but one idle. Here a product, like a pass, is split once, when the plan is made, and each thread computes its
part with BLAS held to one thread.

A task is a sequence of phases with a barrier after each. In a phase, threads claim lists of kernels until none is
left, so a thread that sleeps, or that the system has suspended, delays no other: the others run its lists, and it
joins them when it can.

This module, like `intrinsics`, imports numba, and is imported only where machine code is made.
"""

import ctypes
import functools
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

# The pool's shared memory: places of integers, each in a line of its own,
RUN, TASK, INSIDE, ASLEEP, THREADS, FIRST = range(0, 6 * LINE, LINE)
# and from FIRST on one for each thread: whether it is asleep.
# A task's table begins with these, of which only the first two change; a line for each phase follows,
TURN, FAILED, ARGUMENTS, PHASES = range(4)
LISTS, DONE = range(2)
TAKEN, CODE, LENGTH = range(3)  # and after it a line for each of its lists.

_SPINS, _SPINS_BEFORE_SLEEP = 2_000, 20_000
"""Loads in a row before a waiting thread yields its processor between two, and before it goes to sleep."""


def _limit() -> Any:
    """The function that sets BLAS's number of threads and returns the number before."""
    library = blas.library()
    if library is None:
        return numba.njit(lambda threads: threads)
    asked, change = library.threads, library.set_threads
    if library.local:
        return change

    @numba.njit
    def limit(threads: int) -> int:
        before = asked()
        change(threads)
        return before

    return limit


def _give_way() -> Any:
    """The system's call that lets another thread have the processor."""
    function = ctypes.CDLL(None).sched_yield if os.name == "posix" else ctypes.CDLL("kernel32").SwitchToThread
    function.argtypes, function.restype = (), ctypes.c_int
    return function


limit = _limit()
give_way = _give_way()
for_each_thread = (library := blas.library()) is not None and library.local


@numba.njit("int64(int64)", nogil=True)
def wait(spins: int) -> int:
    """Wait a moment, after so many others; how many they are now."""
    if spins < _SPINS:
        rest()
    else:
        give_way()
    return spins + 1


@numba.njit("void(int64, int64)", nogil=True)
def run_list(task: int, row: int) -> None:
    """Run a list of kernels, up to the first that fails in any thread."""
    code, length = load(row + 8 * CODE), load(row + 8 * LENGTH)
    for part in range(code, code + 8 * length, 8 * 4):
        given = load(task + 8 * ARGUMENTS) + 8 * load(part + 8)
        if load(task + 8 * FAILED) == 0 and call(load(part), given, load(part + 16), load(part + 24)):
            store(task + 8 * FAILED, 1)


@numba.njit("void(int64, int64)", nogil=True)
def run_phases(task: int, me: int) -> None:
    """Go through the phases of a task beside the other threads; each begins with the list of its own number."""
    turn = load(task + 8 * TURN)
    phase = task + 8 * LINE
    mode = control(FLUSHING)
    for _ in range(load(task + 8 * PHASES)):
        lists = load(phase + 8 * LISTS)
        for i in range(lists):
            row = phase + 8 * LINE * (1 + (me + i) % lists)
            last = load(row + 8 * TAKEN)
            if last < turn and swap(row + 8 * TAKEN, last, turn):  # no other thread has claimed it in this turn
                run_list(task, row)
                add(phase + 8 * DONE, 1)
        spins = 0
        while load(phase + 8 * DONE) < lists * turn:
            spins = wait(spins)
        phase += 8 * LINE * (1 + lists)
    control(mode)


@numba.njit("void(int64)", nogil=True)
def withdraw(pool: int) -> None:
    """Withdraw the task, and wait until no thread reads its table any more."""
    store(pool + 8 * TASK, 0)
    while load(pool + 8 * INSIDE) > 0:
        give_way()


@numba.njit("int64(int64, int64)", nogil=True)
def run(pool: int, task: int) -> int:
    """Announce a turn of a task and run it beside the threads that are awake; 1 if a kernel failed."""
    together = load(pool + 8 * THREADS) > 1
    before = limit(1) if together else 0
    store(task + 8 * FAILED, 0)
    add(task + 8 * TURN, 1)
    store(pool + 8 * TASK, task)
    add(pool + 8 * RUN, 1)
    run_phases(task, 0)
    if together:
        limit(before)
    return load(task + 8 * FAILED)


@numba.njit("void(int64, int64)", nogil=True)
def serve(pool: int, me: int) -> None:
    """Help with each task that is announced, until none has been for a while."""
    asleep = pool + 8 * (FIRST + LINE * me)
    if load(asleep):
        store(asleep, 0)
        add(pool + 8 * ASLEEP, -1)
    if for_each_thread:
        limit(1)
    seen = spins = 0
    while spins < _SPINS_BEFORE_SLEEP:
        run = load(pool + 8 * RUN)
        if run != seen:
            seen = run
            spins = 0
            add(pool + 8 * INSIDE, 1)
            task = load(pool + 8 * TASK)
            if task != 0:
                run_phases(task, me)
            add(pool + 8 * INSIDE, -1)
        spins = wait(spins)
    store(asleep, 1)
    add(pool + 8 * ASLEEP, 1)


class Task:
    """What a pool is to run: tables whose addresses machine code knows, kept as long as this object is.

    Args:
        phases: the lists of each phase, of (address of a kernel, place of its arguments, start, stop).
        arguments: what the kernels are given.
    """

    def __init__(
        self, phases: Sequence[Sequence[Sequence[tuple[int, int, int, int]]]], arguments: npt.NDArray[np.int64]
    ) -> None:
        lists = [[np.array(parts, np.int64).ravel() for parts in phase] for phase in phases]
        self._kept = lists, arguments
        table = [[0, 0, arguments.ctypes.data, len(lists)]]
        for phase in lists:
            table += [[len(phase), 0], *([0, parts.ctypes.data, len(parts)] for parts in phase)]
        self._table = np.array([row + [0] * (LINE - len(row)) for row in table], np.int64)
        self.address = self._table.ctypes.data


class ThreadPool:
    """The calling thread and the daemon threads that help it; `pool` gives the one of a size."""

    def __init__(self, threads: int) -> None:
        self._memory = np.zeros(FIRST + LINE * threads, np.int64)
        self._memory[THREADS] = threads
        self._address = self._memory.ctypes.data
        self._lock = threading.Lock()
        self._wake = [threading.Lock() for _ in range(threads)]
        self._task: Task | None = None
        for i in range(1, threads):
            self._wake[i].acquire()
            threading.Thread(target=self._serve, args=(i,), name=f"vector.compile-{i}", daemon=True).start()

    def run(self, task: Task) -> bool:
        """Run a task; whether no kernel failed."""
        with self._lock:
            if self._task is not task:
                withdraw(self._address)
                self._task = task  # the last one's memory may be freed now
            if self._memory[ASLEEP]:
                self._wake_sleepers()
            return bool(run(self._address, task.address) == 0)

    def _wake_sleepers(self) -> None:
        for i, wake in enumerate(self._wake[1:], 1):
            if self._memory[FIRST + LINE * i] and wake.locked():
                wake.release()

    def _serve(self, me: int) -> None:
        while True:
            serve(self._address, me)
            self._wake[me].acquire()


@functools.cache
def pool(threads: int) -> ThreadPool:
    """The process's pool of this size."""
    return ThreadPool(threads)


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=pool.cache_clear)  # a fork takes no threads along
