"""Which samples are whose: each minibatch of the whole training is split, so its samples do not depend on the ranks."""

from __future__ import annotations

from vector.training.feeding.feed import Array, Feed


def share(count: int, rank: int, size: int) -> slice:
    """The rank's part of `count` things in a row; the parts' lengths differ by at most 1.

    >>> [share(10, rank, 4) for rank in range(4)]
    [slice(0, 2, None), slice(2, 5, None), slice(5, 7, None), slice(7, 10, None)]
    """
    return slice(count * rank // size, count * (rank + 1) // size)


class ShardedFeed(Feed):
    """This rank's share of each minibatch of a feed, instead of a `Feed` for a `Trainer`.

    Augmented minibatches are made whole on each rank and then split, because their random numbers belong to the
    minibatch: so they are the same on any number of ranks, and each rank pays for all of them.

    Args:
        feed: gives the minibatches of all ranks.
        rank, size: whose share.

    Raises:
        ValueError: a minibatch has not a sample for each rank.
    """

    def __init__(self, feed: Feed, rank: int, size: int) -> None:
        if min(feed.batch, len(feed.x)) < size:
            raise ValueError(
                f"expected a batch of at least a sample for each of the {size} ranks, got "
                f"{min(feed.batch, len(feed.x))}: take a larger batch or fewer ranks"
            )
        super().__init__(feed.x, feed.y, feed.batch, feed.seed, feed.augment)
        self.feed = feed
        self.rank = rank
        self.size = size

    def minibatch(self, epoch: int, number: int) -> tuple[Array, Array]:
        """The share of one minibatch; of the last one of an epoch it may be empty."""
        if self.augment is None:
            return super().minibatch(epoch, number)
        x, y = self.feed.minibatch(epoch, number)
        mine = share(len(y), self.rank, self.size)
        return x[mine], y[mine]

    def chosen(self, epoch: int, number: int) -> Array:
        """Which samples the share holds."""
        chosen = super().chosen(epoch, number)
        return chosen[share(len(chosen), self.rank, self.size)]

    def close(self) -> None:
        """The training is over."""
        self.feed.close()
