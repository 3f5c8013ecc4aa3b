"""Ranks that are threads of one process, with a communicator of a few lines: what MPI does, without MPI."""

import pickle
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from tests.waiting import PATIENCE
from vector.distributed import Ranks


class Comm:
    """One rank's end; as in MPI, all ranks must make the same calls in the same order."""

    def __init__(self, rank: int, size: int, slots: list[Any], barrier: threading.Barrier) -> None:
        self.rank, self.size = rank, size
        self.slots, self.barrier = slots, barrier
        self.sums = 0

    def allgather(self, value: Any) -> list[Any]:
        self.slots[self.rank] = pickle.dumps(value)
        self.barrier.wait(PATIENCE)
        values = [pickle.loads(slot) for slot in self.slots]
        self.barrier.wait(PATIENCE)
        return values

    def bcast(self, value: Any) -> Any:
        return self.allgather(value)[0]

    def Allreduce(self, _: Any, array: Any) -> None:  # noqa: N802  # as mpi4py calls it
        self.sums += 1
        array[:] = sum(self.allgather(array))


def on_ranks(size: int, work: Callable[[Any], Any]) -> list[Any]:
    """What work(ranks) gives on each of `size` ranks; the error of one that fails ends all."""
    slots, barrier = [b""] * size, threading.Barrier(size)

    def run(rank: int) -> Any:
        try:
            return work(Ranks(Comm(rank, size, slots, barrier), in_place=None))
        except BaseException:
            barrier.abort()
            raise

    with ThreadPoolExecutor(size) as pool:
        futures = [pool.submit(run, rank) for rank in range(size)]
    errors = [error for future in futures if (error := future.exception())]
    first = [error for error in errors if not isinstance(error, threading.BrokenBarrierError)]
    if errors:
        raise (first or errors)[0]
    return [future.result() for future in futures]
