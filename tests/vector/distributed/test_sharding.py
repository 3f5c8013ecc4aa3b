"""Which samples are whose."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from vector.distributed import ShardedFeed, shard
from vector.training import Feed

X, Y = np.arange(46, dtype=np.float32).reshape(23, 2), np.arange(23)


@given(st.integers(0, 50), st.integers(1, 9))
def test_shares_are_everything_once_and_differ_by_at_most_one(count: int, size: int) -> None:
    parts = [range(count)[shard(count, rank, size)] for rank in range(size)]
    assert [i for part in parts for i in part] == list(range(count))
    assert max(map(len, parts)) - min(map(len, parts)) <= 1


@pytest.mark.parametrize("size", [1, 2, 3, 5])
def test_the_shares_of_a_minibatch_are_that_of_one_process(size: int) -> None:
    def noisy(x: np.ndarray, generator: np.random.Generator) -> np.ndarray:
        return x + generator.normal(size=x.shape)

    for augment in (None, noisy):
        feeds = [ShardedFeed(Feed(X, Y, 5, 3, augment), rank, size) for rank in range(size)]
        for (x, y), *shares in zip(Feed(X, Y, 5, 3, augment)(1, 2), *(feed(1, 2) for feed in feeds), strict=True):
            np.testing.assert_array_equal(np.concatenate([mine for mine, _ in shares]), x)
            np.testing.assert_array_equal(np.concatenate([mine for _, mine in shares]), y)


def test_a_batch_that_leaves_a_rank_without_work() -> None:
    for x, batch in ((X, 3), (X[:3], 64)):
        with pytest.raises(ValueError, match="at least a sample for each of the 4 ranks, got 3: take a larger batch"):
            ShardedFeed(Feed(x, Y, batch, 0), 0, 4)
