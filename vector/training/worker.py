"""The other side of `Ahead`: a process that makes minibatches in memory that it shares with the training."""

from __future__ import annotations

import math
import mmap
import os
import pickle
import sys
import traceback
from dataclasses import dataclass

import numpy as np

from vector.arrays import ALIGNMENT, Array
from vector.training.feed import Feed


@dataclass(frozen=True)
class Job:
    """What a worker is told at its start.

    Attributes:
        descriptor: of the shared memory. shapes, dtypes: of the arrays in it: samples, targets, and then, in turns, the
            slots for the samples and the targets of a minibatch.
        batch, seed: of the `Feed`. augment: pickled.
    """

    descriptor: int
    shapes: tuple[tuple[int, ...], ...]
    dtypes: tuple[str, ...]
    batch: int
    seed: int
    augment: bytes

    def arrays(self) -> tuple[Array, Array, list[tuple[Array, Array]]]:
        """The samples, the targets and the slots, in the shared memory, which grows to hold them."""
        sizes = [math.prod(shape) * np.dtype(d).itemsize for shape, d in zip(self.shapes, self.dtypes, strict=True)]
        starts = np.cumsum([0, *(size + -size % ALIGNMENT for size in sizes)]).tolist()
        if os.fstat(self.descriptor).st_size < starts[-1]:
            os.ftruncate(self.descriptor, starts[-1])
        memory = mmap.mmap(self.descriptor, starts[-1])
        placed = zip(self.shapes, self.dtypes, starts[:-1], strict=True)
        arrays: list[Array] = [np.ndarray(shape, dtype, memory, start) for shape, dtype, start in placed]
        x, y, *slots = arrays
        return x, y, list(zip(slots[::2], slots[1::2], strict=True))


def main() -> None:
    """Answer each request, (epoch, number, slot), read from stdin, by the minibatch's size or by an error, on stdout.

    It ends when the training closes its side, or is no more.
    """
    requests, replies = sys.stdin.buffer, os.fdopen(os.dup(1), "wb", buffering=0)
    os.dup2(2, 1)  # what `augment` prints must not stand among the replies
    try:
        job = pickle.load(requests)
        answer = _Maker(job)
        while True:
            replies.write(answer(*pickle.load(requests)))
    except (EOFError, BrokenPipeError):
        pass


class _Maker:
    """Makes minibatches in the slots."""

    def __init__(self, job: Job) -> None:
        x, y, self.slots = job.arrays()
        self.feed = Feed(x, y, job.batch, job.seed)
        self.augment = job.augment

    def __call__(self, epoch: int, number: int, slot: int) -> bytes:
        try:
            if self.feed.augment is None:
                self.feed.augment = pickle.loads(self.augment)
            made = self.feed.minibatch(epoch, number)
            for place, array in zip(self.slots[slot], made, strict=True):
                _fill(place, array)
            return pickle.dumps(len(made[0]))
        except Exception as error:
            return _told(error)


def _fill(place: Array, array: Array) -> None:
    if array.shape[1:] != place.shape[1:] or array.dtype != place.dtype or len(array) > len(place):
        raise ValueError(
            f"Ahead: expected an augment that keeps shape and dtype, {place.shape[1:]} and {place.dtype} for a sample, "
            f"got {array.shape[1:]} and {array.dtype}"
        )
    place[: len(array)] = array


def _told(error: Exception) -> bytes:
    """The error with its traceback, or, where it does not survive a pickle, its name and text."""
    lines = "".join(traceback.format_exception(error))
    try:
        pickle.loads(pickle.dumps(error))
    except Exception:
        error = RuntimeError(f"{type(error).__name__}: {error}")
    error.add_note(f"It was raised in the process that prepares minibatches:\n{lines}")
    return pickle.dumps(error)
