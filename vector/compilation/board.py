"""The memory by which the threads of a team agree: the places of integers in it, and a task's tables."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

LINE = 16  # integers in two cache lines: what different threads write must not lie closer

# The board, by which the threads agree; a line each,
RUN, TASK, INSIDE, ASLEEP, THREADS, FIRST = range(0, 6 * LINE, LINE)
# and from FIRST on one for each thread: whether it is asleep.
# A task begins with these, all but the first two unchanging; then the phases follow, each with a line of its own,
TURN, FAILED, ARGUMENTS, NUMBERS, PHASES = range(5)
LISTS, DONE = range(2)
TAKEN, CODE, LENGTH = range(3)  # and a line for each of its lists.


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
        self._table = np.array([row + [0] * (LINE - len(row)) for row in table], np.int64)
        self.address = self._table.ctypes.data
