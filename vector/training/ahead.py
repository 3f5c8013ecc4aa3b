"""Minibatches that another process prepares while the training computes."""

from __future__ import annotations

import os
import pickle
import subprocess
import sys
import tempfile
import weakref
from collections import deque
from typing import Any, BinaryIO, cast

from vector.training.errors import WorkerError
from vector.training.feed import Array, Augment, Feed
from vector.training.worker import Job

_CODE = "import pickle, sys; sys.path[:] = pickle.load(sys.stdin.buffer); import vector.training.worker as w; w.main()"
_ONE_THREAD = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1")


class Ahead(Feed):
    """A `Feed` whose minibatches are made by a worker, a process of its own, a few ahead of the training.

    They are the `Feed`'s, bit for bit. Worker and training share memory that has no name, so nothing is left when
    either of them is killed, and the worker ends with the training, however that ends.

    Args:
        x, y, batch, seed: as for `Feed`.
        augment: as for `Feed`; it keeps the samples' shape and dtype, and it goes to the worker by pickle: an object
            such as `vector.data.Distortion`, or a function that a module defines, no lambda.
        depth: how many minibatches are prepared ahead.

    Raises:
        ValueError: depth below 1.
        TypeError: `augment` cannot be pickled.
        OSError: the system does not hand open files on to new processes, as Linux and macOS do.
    """

    def __init__(
        self, x: Array, y: Array, batch: int, seed: int, augment: Augment | None = None, depth: int = 4
    ) -> None:
        super().__init__(x, y, batch, seed, augment)
        if depth < 1:
            raise ValueError(f"Ahead: expected depth >= 1, got {depth}")
        if os.name != "posix":
            raise OSError("Ahead: expected a system that hands open files on to new processes: Linux, macOS")
        try:
            self._pickled = pickle.dumps(augment)
        except Exception as error:  # pickle raises what it likes
            raise TypeError(
                f"Ahead: expected an augment that can be pickled, a function that a module defines, say ({error})"
            ) from None
        self.depth = depth
        self._worker: _Worker | None = None

    def minibatch(self, epoch: int, number: int) -> tuple[Array, Array]:
        """One minibatch, while those that follow it are being made.

        Raises:
            WorkerError: the worker ended by itself.
            Exception: what `augment` raised in the worker, with its traceback there as a note.
        """
        if self._worker is None:
            self._worker = _Worker(self, self._pickled)
        try:
            return self._worker.take((epoch, number))
        except BaseException:
            self.close()
            raise

    def close(self) -> None:
        """End the worker; the next minibatch would start another."""
        if self._worker is not None:
            self._worker.end()
            self._worker = None


class _Worker:
    """The process, what it was asked for, and the slots in which its minibatches come."""

    def __init__(self, feed: Ahead, augment: bytes) -> None:
        x, y, n = feed.x, feed.y, min(feed.batch, len(feed.x))
        shapes = x.shape, y.shape, *((n, *x.shape[1:]), (n, *y.shape[1:])) * feed.depth
        dtypes = x.dtype.str, y.dtype.str, *(x.dtype.str, y.dtype.str) * feed.depth
        self.batches = len(feed)
        self.asked: deque[tuple[int, int]] = deque()  # (epoch, number)
        self.received = 0
        with _nameless() as memory:
            job = Job(memory.fileno(), shapes, dtypes, feed.batch, feed.seed, augment)
            shared_x, shared_y, self.slots = job.arrays()
            shared_x[...], shared_y[...] = x, y
            self.process = subprocess.Popen(
                [sys.executable, "-c", _CODE],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                pass_fds=[memory.fileno()],
                env={**os.environ, **_ONE_THREAD},
                start_new_session=True,  # Ctrl-C in the terminal is for the training alone
            )
        self.stdin, self.stdout = cast(BinaryIO, self.process.stdin), cast(BinaryIO, self.process.stdout)
        self.end = weakref.finalize(self, _end, self.process)
        self._send(sys.path)
        self._send(job)

    def take(self, place: tuple[int, int]) -> tuple[Array, Array]:
        """The minibatch number place[1] of the epoch place[0], copied out of its slot."""
        while self.asked and self.asked[0] != place:  # the training went somewhere else
            self._receive()
        if not self.asked:
            self._ask(place)
        slot = self.slots[self.received % len(self.slots)]
        size = self._receive()
        if isinstance(size, Exception):
            raise size
        x, y = (array[:size].copy() for array in slot)
        while len(self.asked) < len(self.slots):
            epoch, number = self.asked[-1] if self.asked else place
            self._ask((epoch, number + 1) if number + 1 < self.batches else (epoch + 1, 0))
        return x, y

    def _ask(self, place: tuple[int, int]) -> None:
        self._send((*place, (self.received + len(self.asked)) % len(self.slots)))
        self.asked.append(place)

    def _receive(self) -> Any:
        """The size of the minibatch that was asked for first, or the error that it met."""
        try:
            reply = pickle.load(self.stdout)
        except (EOFError, pickle.UnpicklingError):
            raise self._ended() from None
        self.asked.popleft()
        self.received += 1
        return reply

    def _send(self, message: Any) -> None:
        try:
            self.stdin.write(pickle.dumps(message))
            self.stdin.flush()
        except BrokenPipeError:
            raise self._ended() from None

    def _ended(self) -> WorkerError:
        return WorkerError(
            f"the process that prepares minibatches ended with status {self.process.wait()} (below 0: by a signal, "
            "such as the system's when memory is short)"
        )


def _nameless() -> Any:
    """A file that no folder lists: its memory is free again when the last process that has it open is gone."""
    if hasattr(os, "memfd_create"):
        return os.fdopen(os.memfd_create("twingrad"), "r+b")
    return tempfile.TemporaryFile()


def _end(process: subprocess.Popen[bytes]) -> None:
    """It holds nothing that could be lost."""
    process.kill()
    process.communicate()
