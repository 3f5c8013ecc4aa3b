"""Minibatches of a data set, in a new random order at every pass."""

import operator
from collections.abc import Iterator

import numpy as np
from numpy.typing import ArrayLike

from vector.arrays import Array, Generator


class Batches:
    """Samples and their targets, cut into minibatches; `len()` is the number of them.

    x, y: (n, ...) → each pass yields (xb, yb), (batch_size, ...), of the same dtypes; every batch is a new array.
    generator: shuffles anew at every pass; None keeps the order. The same seed gives the same passes.
    drop_last: leave out a last batch smaller than `batch_size`.

    Raises ValueError for lengths that differ, no samples, or batch_size < 1.

    >>> for xb, yb in batches([[0.0], [0.1], [0.2]], [0, 1, 0], batch_size=2):
    ...     print(xb.tolist(), yb.tolist())
    [[0.0], [0.1]] [0, 1]
    [[0.2]] [0]
    """

    def __init__(
        self, x: ArrayLike, y: ArrayLike, batch_size: int, generator: Generator = None, drop_last: bool = False
    ) -> None:
        self.x, self.y = x, y = np.asarray(x), np.asarray(y)
        if x.ndim == 0 or y.ndim == 0:
            raise ValueError(f"batches: expected x.ndim >= 1 and y.ndim >= 1, got shapes {x.shape} and {y.shape}")
        if len(x) != len(y):
            raise ValueError(f"batches: expected len(x) == len(y), got {len(x)} and {len(y)}")
        if len(x) == 0:
            raise ValueError("batches: expected len(x) >= 1, got no samples")
        if batch_size < 1:
            raise ValueError(f"batches: expected batch_size >= 1, got {batch_size}")
        if generator is not None:
            check_generator("batches", generator)
        self.batch_size, self.generator, self.drop_last = operator.index(batch_size), generator, drop_last

    def __len__(self) -> int:
        full, rest = divmod(len(self.x), self.batch_size)
        return full if self.drop_last or rest == 0 else full + 1

    def __iter__(self) -> Iterator[tuple[Array, Array]]:
        n = len(self.x)
        order = np.arange(n) if self.generator is None else self.generator.permutation(n)
        for start in range(0, len(self) * self.batch_size, self.batch_size):
            chosen = order[start : start + self.batch_size]
            yield self.x.take(chosen, axis=0), self.y.take(chosen, axis=0)


batches = Batches


def check_generator(caller: str, generator: object) -> None:
    """Raise TypeError unless `generator` is a NumPy Generator; a bare seed is the usual mistake."""
    if not isinstance(generator, np.random.Generator):
        raise TypeError(f"{caller}: expected a generator, such as np.random.default_rng(0), got {generator!r}")
