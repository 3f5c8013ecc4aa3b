"""Minibatches that another process prepares while the training computes."""

import contextlib
import math
import mmap
import os
import pickle
import subprocess
import sys
import tempfile
import traceback
import weakref
from collections.abc import Sequence
from typing import Any

import numpy as np

from vector.arrays import ALIGNMENT, Array
from vector.distributed.ranks import portable
from vector.training import Feed
from vector.training.feed import Augment

_ONE_THREAD = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1")


class WorkerError(RuntimeError):
    """The process that prepares minibatches ended by itself."""


class Prefetch(Feed):
    """A `Feed` whose minibatches a worker, another process, prepares a few steps in advance.

    They are the `Feed`'s, bit for bit. Worker and training share memory that has no name, so nothing is left when
    either is killed; the worker ends with the training, however that ends. On Windows, which hands no open files on to
    new processes, there is no worker.

    Args:
        x, y, batch, seed: as for `Feed`.
        augment: as for `Feed`; it keeps the samples' shape and dtype, and the worker gets it by pickle: an object such
            as `Distortion`, or a function that a module defines, no lambda.
        depth: how many minibatches are prepared in advance.

    Raises:
        ValueError: depth below 1.
        TypeError: `augment` cannot be pickled.
    """

    def __init__(
        self, x: Array, y: Array, batch: int, seed: int, augment: Augment | None = None, depth: int = 4
    ) -> None:
        super().__init__(x, y, batch, seed, augment)
        if depth < 1:
            raise ValueError(f"Prefetch: expected depth >= 1, got {depth}")
        try:
            self._pickled = pickle.dumps(augment)
        except Exception as error:  # pickle raises what it likes
            raise TypeError(
                f"Prefetch: expected an augment that can be pickled, a function that a module defines, say ({error})"
            ) from None
        self.depth = depth
        self._process: subprocess.Popen[bytes] | None = None
        self._slots: list[Array] = []
        self._next = self._asked = 0  # minibatches, counted through all epochs: the next to come, the next to ask for

    def minibatch(self, epoch: int, number: int) -> tuple[Array, Array]:
        """One minibatch, while the worker prepares those that follow.

        Raises:
            WorkerError: the worker ended by itself.
            Exception: what `augment` raised in the worker, with its traceback there as a note.
        """
        if os.name != "posix":
            return super().minibatch(epoch, number)
        place = epoch * len(self) + number
        try:
            if self._process is None:
                self._start()
            while self._next != place and self._next < self._asked:  # the training has jumped to another place
                self._receive()
            if self._next != place:
                self._next = self._asked = place
            self._ask()
            size = self._receive()
            if isinstance(size, Exception):
                raise size
            x, y = (slots[place % self.depth, :size].copy() for slots in self._slots)
            self._ask()
            return x, y
        except BaseException:
            self.close()
            raise

    def close(self) -> None:
        """End the worker; the next minibatch would start another."""
        if self._process is not None:
            self._end()
            self._process = None

    def _start(self) -> None:
        """Start the worker; send it the samples, and the slots into which it writes minibatches."""
        n = min(self.batch + 1, len(self.x))  # one sample that is left joins the last minibatch
        layout = [(array.shape, array.dtype.str) for array in (self.x, self.y)]
        layout += [((self.depth, n, *shape[1:]), dtype) for shape, dtype in layout]
        self._asked = self._next
        with _nameless() as memory:
            x, y, *self._slots = _shared(memory.fileno(), layout)
            x[...], y[...] = self.x, self.y
            code = f"import sys; sys.path[:] = {[*map(str, sys.path)]}; from {__name__} import work; work()"
            self._process = subprocess.Popen(
                [sys.executable, "-c", code],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                pass_fds=[memory.fileno()],
                env={**os.environ, **_ONE_THREAD},
                start_new_session=True,  # Ctrl-C in the terminal is for the training alone
            )
            self._end = weakref.finalize(self, _end, self._process)
            self._send((memory.fileno(), layout, self.batch, self.seed, self._pickled))

    def _ask(self) -> None:
        """Ask for minibatches until there is one for each slot."""
        for place in range(self._asked, self._next + self.depth):
            self._send(place)
        self._asked = self._next + self.depth

    def _send(self, message: Any) -> None:
        requests: Any = self._process and self._process.stdin
        with contextlib.suppress(BrokenPipeError):  # if the worker has ended, `_receive` tells
            pickle.dump(message, requests)
            requests.flush()

    def _receive(self) -> Any:
        """The size of the next minibatch, or the error that was raised instead."""
        self._next += 1
        process: Any = self._process
        try:
            return pickle.load(process.stdout)
        except (EOFError, pickle.UnpicklingError):
            status = process.wait()
            return WorkerError(
                f"the process that prepares minibatches ended with status {status} (below 0: by a signal, such as the "
                "system's when memory is short)"
            )


def _nameless() -> Any:
    """A file that no folder lists: its memory is free again when the last process that has it open is gone."""
    if hasattr(os, "memfd_create"):
        return os.fdopen(os.memfd_create("twingrad"), "r+b")
    return tempfile.TemporaryFile()


def _end(process: subprocess.Popen[bytes]) -> None:
    """Kill the worker, which holds nothing that could be lost."""
    process.kill()
    process.communicate()


def _shared(descriptor: int, layout: Sequence[tuple[tuple[int, ...], str]]) -> list[Array]:
    """Arrays of these shapes and dtypes, one after the other in the file's memory, which grows to hold them."""
    sizes = [math.prod(shape) * np.dtype(dtype).itemsize for shape, dtype in layout]
    starts = np.cumsum([0, *(size + -size % ALIGNMENT for size in sizes)]).tolist()
    os.ftruncate(descriptor, starts[-1])
    memory = mmap.mmap(descriptor, starts[-1])
    return [np.ndarray(shape, dtype, memory, start) for (shape, dtype), start in zip(layout, starts[:-1], strict=True)]


def work() -> None:
    """The worker: answer each minibatch's number on stdin with its size, or an error, until the training closes it."""
    requests, replies = sys.stdin.buffer, os.fdopen(os.dup(1), "wb", buffering=0)
    os.dup2(2, 1)  # what `augment` prints must not get among the replies
    with contextlib.suppress(EOFError, BrokenPipeError):
        descriptor, layout, batch, seed, augment = pickle.load(requests)
        x, y, *slots = _shared(descriptor, layout)
        feed = Feed(x, y, batch, seed)
        while True:
            place = pickle.load(requests)
            replies.write(pickle.dumps(_made(feed, augment, place, [array[place % len(array)] for array in slots])))


def _made(feed: Feed, augment: bytes, place: int, slot: list[Array]) -> int | Exception:
    """Write a minibatch into its slot and return its size; or the error that was raised, with a traceback as note."""
    try:
        if feed.augment is None:
            feed.augment = pickle.loads(augment)
        made = feed.minibatch(*divmod(place, len(feed)))
        for room, array in zip(slot, made, strict=True):
            if array.shape[1:] != room.shape[1:] or array.dtype != room.dtype or len(array) > len(room):
                raise ValueError(
                    f"Prefetch: expected an augment that keeps shape and dtype, {room.shape[1:]} and {room.dtype} "
                    f"for a sample, got {array.shape[1:]} and {array.dtype}"
                )
            room[: len(array)] = array
        return len(made[0])
    except Exception as error:
        portable_error = portable(error)
        lines = "".join(traceback.format_exception(error))
        portable_error.add_note(f"It was raised in the process that prepares minibatches:\n{lines}")
        return portable_error
