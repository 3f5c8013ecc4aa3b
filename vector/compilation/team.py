"""Threads that carry out compiled kernels together, without Python between them.

BLAS has threads of its own, but it wakes and joins them for each product, and the passes between the products would
leave all but one idle. Here a product, like a pass, is divided once, when the plan is made, and each thread computes
its part with BLAS held to one thread.

Nobody waits for a thread that is not there. In each phase the threads take lists of parts as they come, and go on when
all lists are done: where the system gives a processor to somebody else, or a thread still sleeps, the others do its
share, and it joins them when it can.
"""

from __future__ import annotations

import ctypes
import functools
import os
import threading
from collections.abc import Sequence
from types import SimpleNamespace
from typing import Any

import numpy as np
import numpy.typing as npt

from vector.compilation import blas, intrinsics

_LINE = 16  # integers in two cache lines: what different threads write must not lie closer

# The board, by which the threads agree; a line each,
_RUN, _TASK, _INSIDE, _ASLEEP, _THREADS, _FIRST = range(0, 6 * _LINE, _LINE)
# and from _FIRST on one for each thread: whether it is asleep.
# A task begins with these, all but the first two unchanging; then the phases follow, each with a line of its own,
_TURN, _FAILED, _ARGUMENTS, _NUMBERS, _PHASES = range(5)
_LISTS, _DONE = range(2)
_TAKEN, _CODE, _LENGTH = range(3)  # and a line for each of its lists.

_PATIENCE, _LONG_PATIENCE = 2_000, 20_000
"""Looks at the board before a thread lets others have its processor between two, and before it goes to sleep."""


class Task:
    """What a team is to do: tables whose addresses machine code knows, kept as long as this is.

    Args:
        phases: the lists of each phase, of (address of a kernel, place of its arguments).
        arguments, numbers: what the kernels are given.
    """

    def __init__(
        self,
        phases: Sequence[Sequence[Sequence[tuple[int, int]]]],
        arguments: npt.NDArray[np.int64],
        numbers: npt.NDArray[np.float64],
    ) -> None:
        lists = [[np.array(pairs, np.int64).ravel() for pairs in phase] for phase in phases]
        self._kept = lists, arguments, numbers
        table = [[0, 0, arguments.ctypes.data, numbers.ctypes.data, len(lists)]]
        for phase in lists:
            table += [[len(phase), 0], *([0, pairs.ctypes.data, len(pairs)] for pairs in phase)]
        self._table = np.array([row + [0] * (_LINE - len(row)) for row in table], np.int64)
        self.address = self._table.ctypes.data


class Team:
    """The thread that calls, and others that help it; see `team`."""

    def __init__(self, threads: int) -> None:
        self.threads = threads
        self._code = compiled()
        self._board = np.zeros(_FIRST + _LINE * threads, np.int64)
        self._board[_THREADS] = threads
        self._address = self._board.ctypes.data
        self._lock = threading.Lock()
        self._wake = [threading.Lock() for _ in range(threads)]
        self._task: Task | None = None
        for i in range(1, threads):
            self._wake[i].acquire()
            threading.Thread(target=self._serve, args=(i,), name=f"vector.compile-{i}", daemon=True).start()

    def run(self, task: Task) -> bool:
        """Carry out a task; whether every kernel could do what it was asked for."""
        with self._lock:
            if self._task is not task:
                self._code.leave(self._address)
                self._task = task  # the last one's memory may be given back now
            if self._board[_ASLEEP]:
                self._rouse()
            return bool(self._code.run(self._address, task.address) == 0)

    def _rouse(self) -> None:
        for i in range(1, self.threads):
            if self._board[_FIRST + _LINE * i] and self._wake[i].locked():
                self._wake[i].release()

    def _serve(self, me: int) -> None:
        while True:
            self._code.serve(self._address, me)
            self._wake[me].acquire()


@functools.cache
def team(threads: int) -> Team:
    """The team of so many threads, of which there is one in a process."""
    return Team(threads)


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=team.cache_clear)  # a child process has none of its parent's threads


@functools.cache
def compiled() -> SimpleNamespace:
    """What the threads run, in machine code; addresses are integers."""
    import numba

    words = intrinsics.made()
    add, call, flush, load, restore, rest, store, swap = (
        getattr(words, name) for name in ("add", "call", "flush", "load", "restore", "rest", "store", "swap")
    )
    give_way = _give_way()
    library = blas.library()
    for_each_thread = library is not None and library.local
    limit = numba.njit(_limit())

    def native(signature: str) -> Any:
        return numba.njit(signature, nogil=True)

    @native("int64(int64, int64)")
    def taken(row: int, turn: int) -> int:
        """Whether nobody else has taken this list in this turn of the task: then it is the caller's."""
        last = load(row + 8 * _TAKEN)
        return last < turn and swap(row + 8 * _TAKEN, last, turn)

    @native("void(int64, int64)")
    def carry_out(task: int, row: int) -> None:
        """A list of kernels, up to the first that fails anywhere."""
        code, length = load(row + 8 * _CODE), load(row + 8 * _LENGTH)
        arguments, numbers = load(task + 8 * _ARGUMENTS), load(task + 8 * _NUMBERS)
        for i in range(0, length, 2):
            if load(task + 8 * _FAILED) == 0:
                if call(load(code + 8 * i), arguments + 8 * load(code + 8 * i + 8), numbers):
                    store(task + 8 * _FAILED, 1)

    @native("void(int64, int64)")
    def take_part(task: int, me: int) -> None:
        """Go through the phases of a task with whoever else is there; each begins with the list of its own number."""
        turn = load(task + 8 * _TURN)
        phase = task + 8 * _LINE
        mode = flush()
        for _ in range(load(task + 8 * _PHASES)):
            lists = load(phase + 8 * _LISTS)
            for i in range(lists):
                row = phase + 8 * _LINE * (1 + (me + i) % lists)
                if taken(row, turn):
                    carry_out(task, row)
                    add(phase + 8 * _DONE, 1)
            looks = 0
            while load(phase + 8 * _DONE) < lists * turn:
                looks += 1
                if looks < _PATIENCE:
                    rest()
                else:
                    give_way()
            phase += 8 * _LINE * (1 + lists)
        restore(mode)

    @native("void(int64)")
    def leave(board: int) -> None:
        """Call the task off, and wait until nobody looks at it any more."""
        store(board + 8 * _TASK, 0)
        while load(board + 8 * _INSIDE) > 0:
            give_way()

    @native("int64(int64, int64)")
    def run(board: int, task: int) -> int:
        """Announce a turn of a task and carry it out with whoever comes; 1 if a kernel failed."""
        together = load(board + 8 * _THREADS) > 1
        before = limit(1) if together else 0
        store(task + 8 * _FAILED, 0)
        add(task + 8 * _TURN, 1)
        store(board + 8 * _TASK, task)
        add(board + 8 * _RUN, 1)
        take_part(task, 0)
        if together:
            limit(before)
        return load(task + 8 * _FAILED)

    @native("void(int64, int64)")
    def serve(board: int, me: int) -> None:
        """Take part in what is announced, until there is nothing for a while."""
        asleep = board + 8 * (_FIRST + _LINE * me)
        if load(asleep):
            store(asleep, 0)
            add(board + 8 * _ASLEEP, -1)
        if for_each_thread:
            limit(1)
        seen = looks = 0
        while looks < _LONG_PATIENCE:
            run = load(board + 8 * _RUN)
            if run != seen:
                seen = run
                looks = 0
                add(board + 8 * _INSIDE, 1)
                task = load(board + 8 * _TASK)
                if task != 0:
                    take_part(task, me)
                add(board + 8 * _INSIDE, -1)
            looks += 1
            if looks < _PATIENCE:
                rest()
            else:
                give_way()
        store(asleep, 1)
        add(board + 8 * _ASLEEP, 1)

    return SimpleNamespace(leave=leave, run=run, serve=serve)


def _limit() -> Any:
    """Hold BLAS to so many threads, and tell how many they were."""
    library = blas.library()
    if library is None:
        return lambda threads: threads
    asked, change = library.threads, library.set_threads
    if library.local:
        return lambda threads: change(threads)

    def limit(threads: int) -> int:
        before = asked()
        change(threads)
        return before

    return limit


def _give_way() -> Any:
    """Let another thread have the processor, where the system has a call for that."""
    library = ctypes.CDLL(None) if os.name == "posix" else getattr(ctypes, "windll").kernel32
    function = library.sched_yield if os.name == "posix" else library.SwitchToThread
    function.argtypes, function.restype = (), ctypes.c_int
    return function
