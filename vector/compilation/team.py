"""Threads that carry out compiled kernels together, without Python between them.

BLAS has threads of its own, but it wakes and joins them for each product, and the passes between the products would
leave all but one idle. Here a product, like a pass, is divided once, when the plan is made, and each thread computes
its part with BLAS held to one thread.

Nobody waits for a thread that is not there. In each phase the threads take lists of parts as they come, and go on when
all lists are done: where the system gives a processor to somebody else, or a thread still sleeps, the others do its
share, and it joins them when it can.
"""

from __future__ import annotations

import functools
import os
import threading

import numpy as np

from vector.compilation.board import ASLEEP, FIRST, LINE, THREADS, Task


class Team:
    """The thread that calls, and others that help it; see `team`."""

    def __init__(self, threads: int) -> None:
        self.threads = threads
        from vector.compilation import teamwork  # takes seconds, for numba

        self._code = teamwork
        self._board = np.zeros(FIRST + LINE * threads, np.int64)
        self._board[THREADS] = threads
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
            if self._board[ASLEEP]:
                self._rouse()
            return bool(self._code.run(self._address, task.address) == 0)

    def _rouse(self) -> None:
        for i in range(1, self.threads):
            if self._board[FIRST + LINE * i] and self._wake[i].locked():
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
