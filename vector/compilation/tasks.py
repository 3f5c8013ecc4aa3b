"""What a pool of threads is to run, as tables of integers that machine code reads; see `thread_pool`, `scheduling`."""

import ctypes
import itertools
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

LINE = 16
"""Integers in two cache lines: what different threads write must not lie closer."""

# The pool's shared memory: places of integers, each in a line of its own.
RUN, JOB, INSIDE, THREADS = range(0, 4 * LINE, LINE)
# A kernel in a task's table, of which TURN and DONE change, is a line, after which comes one for each of its parts.
CODE, TABLE, PARTS, TURN, DONE = range(5)
START, STOP, TAKEN = range(3)


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
        self.place = ctypes.c_int64(self._table.ctypes.data), ctypes.c_int64(len(jobs))  # made once: it takes time
