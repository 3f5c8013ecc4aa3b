"""What the threads of a team run, in machine code; see `team` for how they work together.

This module, like `intrinsics`, imports numba, and is imported only where machine code is made.
"""

from __future__ import annotations

import ctypes
import os
from typing import Any

import numba

from vector.compilation import blas
from vector.compilation.board import (
    ARGUMENTS,
    ASLEEP,
    CODE,
    DONE,
    FAILED,
    FIRST,
    INSIDE,
    LENGTH,
    LINE,
    LISTS,
    NUMBERS,
    PHASES,
    RUN,
    TAKEN,
    TASK,
    THREADS,
    TURN,
)
from vector.compilation.intrinsics import add, call, flush, load, rest, restore, store, swap

_PATIENCE, _LONG_PATIENCE = 2_000, 20_000
"""Looks at the board before a thread lets others have its processor between two, and before it goes to sleep."""


def _limit() -> Any:
    """Hold BLAS to so many threads, and tell how many they were."""
    library = blas.library()
    if library is None:
        return lambda threads: threads
    asked, change = library.threads, library.set_threads
    if library.local:

        def limit_here(threads: int) -> int:
            return change(threads)

        return limit_here

    def limit(threads: int) -> int:
        before = asked()
        change(threads)
        return before

    return limit


def _give_way() -> Any:
    """Let another thread have the processor, where the system has a call for that."""
    function = ctypes.CDLL(None).sched_yield if os.name == "posix" else ctypes.CDLL("kernel32").SwitchToThread
    function.argtypes, function.restype = (), ctypes.c_int
    return function


limit = numba.njit(_limit())
give_way = _give_way()
for_each_thread = (library := blas.library()) is not None and library.local


@numba.njit("int64(int64, int64)", nogil=True)
def taken(row: int, turn: int) -> int:
    """Whether nobody else has taken this list in this turn of the task: then it is the caller's."""
    last = load(row + 8 * TAKEN)
    return last < turn and swap(row + 8 * TAKEN, last, turn)


@numba.njit("void(int64, int64)", nogil=True)
def carry_out(task: int, row: int) -> None:
    """A list of kernels, up to the first that fails anywhere."""
    code, length = load(row + 8 * CODE), load(row + 8 * LENGTH)
    arguments, numbers = load(task + 8 * ARGUMENTS), load(task + 8 * NUMBERS)
    for i in range(0, length, 2):
        if load(task + 8 * FAILED) == 0 and call(load(code + 8 * i), arguments + 8 * load(code + 8 * i + 8), numbers):
            store(task + 8 * FAILED, 1)


@numba.njit("void(int64, int64)", nogil=True)
def take_part(task: int, me: int) -> None:
    """Go through the phases of a task with whoever else is there; each begins with the list of its own number."""
    turn = load(task + 8 * TURN)
    phase = task + 8 * LINE
    mode = flush()
    for _ in range(load(task + 8 * PHASES)):
        lists = load(phase + 8 * LISTS)
        for i in range(lists):
            row = phase + 8 * LINE * (1 + (me + i) % lists)
            if taken(row, turn):
                carry_out(task, row)
                add(phase + 8 * DONE, 1)
        looks = 0
        while load(phase + 8 * DONE) < lists * turn:
            looks += 1
            if looks < _PATIENCE:
                rest()
            else:
                give_way()
        phase += 8 * LINE * (1 + lists)
    restore(mode)


@numba.njit("void(int64)", nogil=True)
def leave(board: int) -> None:
    """Call the task off, and wait until nobody looks at it any more."""
    store(board + 8 * TASK, 0)
    while load(board + 8 * INSIDE) > 0:
        give_way()


@numba.njit("int64(int64, int64)", nogil=True)
def run(board: int, task: int) -> int:
    """Announce a turn of a task and carry it out with whoever comes; 1 if a kernel failed."""
    together = load(board + 8 * THREADS) > 1
    before = limit(1) if together else 0
    store(task + 8 * FAILED, 0)
    add(task + 8 * TURN, 1)
    store(board + 8 * TASK, task)
    add(board + 8 * RUN, 1)
    take_part(task, 0)
    if together:
        limit(before)
    return load(task + 8 * FAILED)


@numba.njit("void(int64, int64)", nogil=True)
def serve(board: int, me: int) -> None:
    """Take part in what is announced, until there is nothing for a while."""
    asleep = board + 8 * (FIRST + LINE * me)
    if load(asleep):
        store(asleep, 0)
        add(board + 8 * ASLEEP, -1)
    if for_each_thread:
        limit(1)
    seen = looks = 0
    while looks < _LONG_PATIENCE:
        run = load(board + 8 * RUN)
        if run != seen:
            seen = run
            looks = 0
            add(board + 8 * INSIDE, 1)
            task = load(board + 8 * TASK)
            if task != 0:
                take_part(task, me)
            add(board + 8 * INSIDE, -1)
        looks += 1
        if looks < _PATIENCE:
            rest()
        else:
            give_way()
    store(asleep, 1)
    add(board + 8 * ASLEEP, 1)
