"""Which samples are whose: each minibatch of the whole training is split, so its samples do not depend on the ranks."""

from __future__ import annotations

from vector.training.feed import Array, Augment, Feed


def share(count: int, rank: int, size: int) -> slice:
    """The rank's part of `count` things in a row; the parts' lengths differ by at most 1.

    >>> [share(10, rank, 4) for rank in range(4)]
    [slice(0, 2, None), slice(2, 5, None), slice(5, 7, None), slice(7, 10, None)]
    """
    return slice(count * rank // size, count * (rank + 1) // size)


class ShardedFeed(Feed):
    """This rank's share of each minibatch of a `Feed`.

    An augmentation sees the whole minibatch, whose random numbers belong to its place alone, and its result is split:
    so it gives the same on any number of ranks, at the price that each rank pays for all of it.

    Args:
        x, y, batch, seed, augment: as for `Feed`; batch counts the samples of all ranks together.
        rank, size: whose share.

    Raises:
        ValueError: a minibatch that has not a sample for each rank.
    """

    def __init__(
        self, x: Array, y: Array, batch: int, seed: int, augment: Augment | None = None, *, rank: int, size: int
    ) -> None:
        if min(batch, len(x)) < size:
            raise ValueError(
                f"expected a batch of at least a sample for each of the {size} ranks, got {min(batch, len(x))}: take a "
                "larger batch or fewer ranks"
            )
        super().__init__(x, y, batch, seed, augment)
        self.rank = rank
        self.size = size

    def minibatch(self, chosen: Array, epoch: int, number: int) -> tuple[Array, Array]:
        """The rank's share of that minibatch; in the last one of an epoch it may be empty."""
        mine = share(len(chosen), self.rank, self.size)
        if self.augment is None:
            return super().minibatch(chosen[mine], epoch, number)
        x, y = super().minibatch(chosen, epoch, number)
        return x[mine], y[mine]
