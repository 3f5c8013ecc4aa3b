"""Threads that carry out compiled kernels together, each its own list, without Python between them.

BLAS has threads of its own, but it wakes and joins them for each product, and the passes between the products would
leave all but one idle. Here a product, like a pass, is divided once, when the plan is made; each thread computes its
part with BLAS held to one thread, and where a part needs what another thread makes, all wait for each other.
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

Table = npt.NDArray[np.int64]

# Places on the board, by which the threads agree: integers, each in two cache lines of its own.
_LINE = 16
_RUN, _ARRIVED, _FAILED, _BASE, _ARGUMENTS, _NUMBERS, _THREADS, _BEFORE, _FIRST = range(0, 9 * _LINE, _LINE)
# From _FIRST on a line for each thread, with
_CODE, _LENGTH, _ASLEEP, _SEEN = range(4)

_PATIENCE = 2_000
"""Looks at the board, first while resting, then while giving way to others, before a thread goes to sleep."""


class Team:
    """The thread that calls, and others that wait for it; see `team`."""

    def __init__(self, threads: int) -> None:
        self.threads = threads
        self._code = compiled()
        self._board = np.zeros(_FIRST + _LINE * threads, np.int64)
        self._board[_THREADS] = threads
        self._address = self._board.ctypes.data
        self._lock = threading.Lock()
        self._wake = [threading.Semaphore(0) for _ in range(threads)]
        for i in range(1, threads):
            self._board[_FIRST + _LINE * i + _ASLEEP] = 1
            threading.Thread(target=self._serve, args=(i,), name=f"vector.compile-{i}", daemon=True).start()

    def run(self, lists: Sequence[Table], arguments: Table, numbers: npt.NDArray[np.float64]) -> bool:
        """Let each thread carry out its list: (address of a kernel, place of its arguments) or (0, 0) to wait for all.

        Returns whether every kernel could do what it was asked for.
        """
        board = self._board
        with self._lock:
            board[_ARGUMENTS] = arguments.ctypes.data
            board[_NUMBERS] = numbers.ctypes.data
            for i, mine in enumerate(lists):
                at = _FIRST + _LINE * i
                board[at + _CODE], board[at + _LENGTH] = mine.ctypes.data, len(mine)
            if self._code.begin(self._address):
                for i in range(1, self.threads):
                    if board[_FIRST + _LINE * i + _ASLEEP]:
                        self._wake[i].release()
            return bool(self._code.lead(self._address) == 0)

    def _serve(self, me: int) -> None:
        while True:
            self._wake[me].acquire()
            self._code.serve(self._address, me)


@functools.cache
def team(threads: int) -> Team:
    """The team of so many threads, of which there is one in a process."""
    return Team(threads)


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=team.cache_clear)  # a child process has none of its parent's threads


@functools.cache
def compiled() -> SimpleNamespace:
    """What the threads run, in machine code."""
    import numba

    words = intrinsics.made()
    add, call, flush, load, restore, rest, store = (
        getattr(words, name) for name in ("add", "call", "flush", "load", "restore", "rest", "store")
    )
    give_way = _give_way()
    library = blas.library()
    for_each_thread = library is not None and library.local
    limit = numba.njit(_limit())

    def native(signature: str) -> Any:
        return numba.njit(signature, nogil=True)


    @native("void(int64, int64)")
    def meet(board: int, all_here: int) -> None:
        """Wait until so many have arrived, counted since the beginning."""
        add(board + 8 * _ARRIVED, 1)
        looks = 0
        while load(board + 8 * _ARRIVED) < all_here:
            looks += 1
            if looks < _PATIENCE:
                rest()
            else:
                give_way()

    @native("void(int64, int64)")
    def take(board: int, me: int) -> None:
        """Carry out this thread's list; after a failure of anybody only the meetings are kept."""
        mine = board + 8 * (_FIRST + _LINE * me)
        code, length = load(mine + 8 * _CODE), load(mine + 8 * _LENGTH)
        arguments, numbers = load(board + 8 * _ARGUMENTS), load(board + 8 * _NUMBERS)
        threads, met = load(board + 8 * _THREADS), load(board + 8 * _BASE)
        mode = flush()
        for i in range(0, length, 2):
            function = load(code + 8 * i)
            if function == 0:
                met += threads
                meet(board, met)
            elif load(board + 8 * _FAILED) == 0:
                if call(function, arguments + 8 * load(code + 8 * i + 8), numbers):
                    store(board + 8 * _FAILED, 1)
        meet(board, met + threads)
        restore(mode)

    @native("int64(int64)")
    def begin(board: int) -> int:
        """Announce a run; how many are asleep and must be woken."""
        if load(board + 8 * _THREADS) > 1:
            store(board + 8 * _BEFORE, limit(1))
        store(board + 8 * _FAILED, 0)
        store(board + 8 * _BASE, load(board + 8 * _ARRIVED))
        add(board + 8 * _RUN, 1)
        asleep = 0
        for i in range(1, load(board + 8 * _THREADS)):
            asleep += load(board + 8 * (_FIRST + _LINE * i + _ASLEEP))
        return asleep

    @native("int64(int64)")
    def lead(board: int) -> int:
        """The part of the thread that calls; 1 if a kernel failed."""
        take(board, 0)
        if load(board + 8 * _THREADS) > 1:
            limit(load(board + 8 * _BEFORE))
        return load(board + 8 * _FAILED)

    @native("void(int64, int64)")
    def serve(board: int, me: int) -> None:
        """Take part in runs until there is none for a while."""
        mine = board + 8 * (_FIRST + _LINE * me)
        store(mine + 8 * _ASLEEP, 0)
        if for_each_thread:
            limit(1)
        looks = 0
        while True:
            run = load(board + 8 * _RUN)
            if run != load(mine + 8 * _SEEN):
                store(mine + 8 * _SEEN, run)
                take(board, me)
                looks = 0
            looks += 1
            if looks < _PATIENCE:
                rest()
            elif looks < 2 * _PATIENCE:
                give_way()
            else:
                store(mine + 8 * _ASLEEP, 1)
                # Was a run announced just before? Then nobody may have seen that this thread sleeps.
                if load(board + 8 * _RUN) == load(mine + 8 * _SEEN):
                    return
                store(mine + 8 * _ASLEEP, 0)
                looks = 0

    return SimpleNamespace(begin=begin, lead=lead, serve=serve)


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
    import numba

    library = ctypes.CDLL(None) if os.name == "posix" else getattr(ctypes, "windll").kernel32
    function = library.sched_yield if os.name == "posix" else library.SwitchToThread
    function.argtypes, function.restype = (), ctypes.c_int
    return function
