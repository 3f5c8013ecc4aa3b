"""Which samples a rank takes: minibatches are the same on any number of ranks, which split each of them."""

from vector.training.feeding.feed import Array, Feed


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

    Args:
        feed: gives the minibatches of all ranks.
        rank, size: which shard, of how many.

    Raises:
        ValueError: a minibatch has fewer samples than there are ranks.
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
