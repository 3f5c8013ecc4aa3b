"""What each rank takes: of a minibatch, which is the same on any number of ranks, and of a sum, in shared memory."""

from collections.abc import Callable
from typing import Any

import numpy as np

from vector.arrays import ALIGNMENT, Array
from vector.training.feed import Feed


def shard(count: int, rank: int, size: int) -> slice:
    """The rank's part of `count` items; the parts' lengths differ by at most 1.

    >>> [shard(10, rank, 4) for rank in range(4)]
    [slice(0, 2, None), slice(2, 5, None), slice(5, 7, None), slice(7, 10, None)]
    """
    return slice(count * rank // size, count * (rank + 1) // size)


class ShardedFeed(Feed):
    """This rank's shard of each minibatch of a feed.

    Each rank makes augmented minibatches whole and then takes its shard: their random numbers belong to the minibatch,
    so that they are the same on any number of ranks.

    feed: gives the minibatches of all ranks. rank, size: which shard, of how many.

    Raises ValueError: a minibatch has fewer samples than there are ranks.
    """

    def __init__(self, feed: Feed, rank: int, size: int) -> None:
        if min(feed.batch, len(feed.x)) < size:
            raise ValueError(
                f"expected a batch of at least a sample for each of the {size} ranks, got "
                f"{min(feed.batch, len(feed.x))}: take a larger batch or fewer ranks"
            )
        super().__init__(feed.x, feed.y, feed.batch, feed.seed, feed.augment)
        self.feed = feed
        self.rank, self.size = rank, size

    def minibatch(self, epoch: int, number: int) -> tuple[Array, Array]:
        """The shard of one minibatch; of the last one of an epoch it may be empty."""
        if self.augment is None:
            return super().minibatch(epoch, number)
        x, y = self.feed.minibatch(epoch, number)
        mine = shard(len(y), self.rank, self.size)
        return x[mine], y[mine]

    def chosen(self, epoch: int, number: int) -> Array:
        """Which samples the shard holds."""
        chosen = super().chosen(epoch, number)
        return chosen[shard(len(chosen), self.rank, self.size)]

    def close(self) -> None:
        """Close the feed."""
        self.feed.close()


def shared_sum(comm: Any, size: int, dtype: np.dtype[Any]) -> tuple[Array, Callable[[], None]]:
    """This rank's array, in memory that all ranks see, and the function that puts the sum of all into each of them.

    On one machine that is faster than messages. A reduce-scatter and an all-gather: each rank adds up one part of all
    arrays, and copies the other parts from the ranks that added those up. So every rank has the same sum, bit for bit.
    The array begins at a cache line; all ranks of the communicator make theirs together.
    """
    from mpi4py import MPI

    window = MPI.Win.Allocate_shared(size * dtype.itemsize + ALIGNMENT, 1, comm=comm)
    buffers = [np.frombuffer(window.Shared_query(rank)[0], np.uint8) for rank in range(comm.size)]
    arrays = [np.ndarray(size, dtype, buffer, -buffer.ctypes.data % ALIGNMENT) for buffer in buffers]
    mine = arrays[comm.rank]
    mine[:] = 0
    part = shard(size, comm.rank, comm.size)
    others = [(array, shard(size, rank, comm.size)) for rank, array in enumerate(arrays) if rank != comm.rank]
    total, summands = mine[part], [array[part] for array, _ in others]
    copies = [(mine[theirs], array[theirs]) for array, theirs in others]
    window.Lock_all()

    def meet() -> None:
        """Wait for all ranks; after that, each sees what the others have written."""
        window.Sync()
        comm.Barrier()
        window.Sync()

    def add_up() -> None:
        meet()
        for summand in summands:
            np.add(total, summand, out=total)
        meet()
        for here, there in copies:
            np.copyto(here, there)
        meet()  # before a rank writes new summands over what another still copies

    return mine, add_up
