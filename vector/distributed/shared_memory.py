"""Summing over ranks on one machine, each of which sees the others' memory: faster than messages between them."""

from __future__ import annotations

from typing import Any

import numpy as np

from vector.arrays import ALIGNMENT
from vector.distributed.sharding import share


class SharedSum:
    """An array on each rank, in memory that all of them see, and the sum of these arrays over the ranks.

    A reduce-scatter and an all-gather: each rank adds up one part of all arrays, and copies the other parts from those
    who did. So every rank has the same sum, bit for bit. MPI's own `Allreduce` copies parts into messages besides.

    Args:
        comm: an mpi4py communicator whose ranks share memory; collective.
        size, dtype: of the array.

    Attributes:
        mine: this rank's array, which begins at a cache line.
    """

    def __init__(self, comm: Any, size: int, dtype: np.dtype[Any]) -> None:
        from mpi4py import MPI

        self.comm = comm
        self.window = MPI.Win.Allocate_shared(size * dtype.itemsize + ALIGNMENT, 1, comm=comm)
        rooms = [np.frombuffer(self.window.Shared_query(rank)[0], np.uint8) for rank in range(comm.size)]
        starts = [-room.ctypes.data % ALIGNMENT for room in rooms]
        arrays = [np.ndarray(size, dtype, room, start) for room, start in zip(rooms, starts, strict=True)]
        self.mine = arrays[comm.rank]
        self.mine[:] = 0
        parts = [share(size, rank, comm.size) for rank in range(comm.size)]
        others = [rank for rank in range(comm.size) if rank != comm.rank]
        part = parts[comm.rank]
        self._sum = self.mine[part]
        self._summands = [arrays[rank][part] for rank in others]
        self._copies = [(self.mine[parts[rank]], arrays[rank][parts[rank]]) for rank in others]
        self.window.Lock_all()

    def __call__(self) -> None:
        """Put the sum of all ranks' arrays into each of them."""
        self._meet()
        for summand in self._summands:
            self._sum += summand
        self._meet()
        for mine, theirs in self._copies:
            np.copyto(mine, theirs)
        self._meet()  # nobody writes new summands over what another still copies

    def _meet(self) -> None:
        """Wait for all; what each has written before is seen by the others after."""
        self.window.Sync()
        self.comm.Barrier()
        self.window.Sync()
