"""Which samples a step takes: it depends on the seed, the epoch and the minibatch's number alone."""

import operator
from collections.abc import Callable, Iterator
from typing import TypeAlias

import numpy as np

from vector.arrays import Array

Augment: TypeAlias = Callable[[Array, "np.random.Generator"], Array]

# What a stream of random numbers is for: the second of the numbers that seed it.
SPLIT, ORDER, AUGMENT = 1, 2, 3


def stream(seed: int, purpose: int, *place: int) -> np.random.Generator:
    """The random numbers for one purpose at one place of a training."""
    return np.random.default_rng([seed, purpose, *place])


class Feed:
    """The minibatches of an epoch from a given one on, each epoch in an order of its own.

    What a minibatch holds does not depend on those before it, so a worker may prepare it in advance, and a resumed
    training may begin in the middle of an epoch.

    Args:
        x, y: samples (n, ...) and targets (n, ...).
        batch: samples in a minibatch; the last one has what is left.
        seed: of the orders and the augmentation.
        augment: images, generator → images, applied to each minibatch.
    """

    def __init__(self, x: Array, y: Array, batch: int, seed: int, augment: Augment | None = None) -> None:
        self.x, self.y = x, y
        self.batch = operator.index(batch)  # NumPy's small integers would overflow in `number * batch`
        self.seed, self.augment = seed, augment
        self._order: tuple[int, Array] | None = None  # of the latest epoch

    def __len__(self) -> int:
        """Minibatches in an epoch; one sample that is left joins the last, for it has no variance (BatchNorm)."""
        return max(1, (len(self.x) + self.batch - 1 - (self.batch > 1)) // self.batch)

    def __call__(self, epoch: int, start: int = 0) -> Iterator[tuple[Array, Array]]:
        """The minibatches number start, start + 1, … of the epoch; both count from 0."""
        for number in range(start, len(self)):
            yield self.minibatch(epoch, number)

    def minibatch(self, epoch: int, number: int) -> tuple[Array, Array]:
        """One minibatch: its samples and their targets."""
        chosen = self.chosen(epoch, number)
        x = self.x.take(chosen, axis=0)
        if self.augment is not None:
            x = self.augment(x, stream(self.seed, AUGMENT, epoch, number))
        return x, self.y.take(chosen, axis=0)

    def chosen(self, epoch: int, number: int) -> Array:
        """Which samples a minibatch holds."""
        if self._order is None or self._order[0] != epoch:
            self._order = epoch, stream(self.seed, ORDER, epoch).permutation(len(self.x))
        return self._order[1][number * self.batch : None if number == len(self) - 1 else (number + 1) * self.batch]

    def close(self) -> None:
        """Called when the training is over; nothing to do here."""
