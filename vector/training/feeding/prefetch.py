"""Minibatches that another process prepares while the training computes."""

import math
import mmap
import os
import pickle
import subprocess
import sys
import tempfile
import traceback
import weakref
from collections import deque
from collections.abc import Sequence
from typing import Any, BinaryIO, cast

import numpy as np

from vector.arrays import ALIGNMENT, Array
from vector.training.errors import WorkerError, portable
from vector.training.feeding.feed import Augment, Feed

_CODE = f"import pickle, sys; sys.path[:] = pickle.load(sys.stdin.buffer); from {__name__} import work; work()"
_ONE_THREAD = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1")


class Prefetch(Feed):
    """A `Feed` whose minibatches a worker, another process, prepares a few steps in advance.

    They are the `Feed`'s, bit for bit. Worker and training share memory that has no name, so nothing is left when
    either is killed; the worker ends with the training, however that ends.

    Args:
        x, y, batch, seed: as for `Feed`.
        augment: as for `Feed`; it keeps the samples' shape and dtype, and the worker gets it by pickle: an object such
            as `demos.distortion.Distortion`, or a function that a module defines, no lambda.
        depth: how many minibatches are prepared in advance.

    Raises:
        ValueError: depth below 1.
        TypeError: `augment` cannot be pickled.
        OSError: the system does not pass open files to new processes, as Linux and macOS do.
    """

    def __init__(
        self, x: Array, y: Array, batch: int, seed: int, augment: Augment | None = None, depth: int = 4
    ) -> None:
        super().__init__(x, y, batch, seed, augment)
        if depth < 1:
            raise ValueError(f"Prefetch: expected depth >= 1, got {depth}")
        if os.name != "posix":
            raise OSError("Prefetch: expected a system that hands open files on to new processes: Linux, macOS")
        try:
            self._pickled = pickle.dumps(augment)
        except Exception as error:  # pickle raises what it likes
            raise TypeError(
                f"Prefetch: expected an augment that can be pickled, a function that a module defines, say ({error})"
            ) from None
        self.depth = depth
        self._process: subprocess.Popen[bytes] | None = None

    def minibatch(self, epoch: int, number: int) -> tuple[Array, Array]:
        """One minibatch, while the worker prepares those that follow.

        Raises:
            WorkerError: the worker ended by itself.
            Exception: what `augment` raised in the worker, with its traceback there as a note.
        """
        try:
            if self._process is None:
                self._start()
            return self._take((epoch, number))
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
        n = min(self.batch, len(self.x))
        slot = [((n, *array.shape[1:]), array.dtype.str) for array in (self.x, self.y)]
        layout = [(self.x.shape, self.x.dtype.str), (self.y.shape, self.y.dtype.str), *slot * self.depth]
        self._pending: deque[tuple[int, int]] = deque()  # (epoch, number) of each request that has no reply yet
        self._received = 0
        with _nameless() as memory:
            x, y, *slots = _shared(memory.fileno(), layout)
            self._slots = list(zip(slots[::2], slots[1::2], strict=True))
            x[...], y[...] = self.x, self.y
            self._process = subprocess.Popen(
                [sys.executable, "-c", _CODE],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                pass_fds=[memory.fileno()],
                env={**os.environ, **_ONE_THREAD},
                start_new_session=True,  # Ctrl-C in the terminal is for the training alone
            )
            self._requests, self._replies = cast(tuple[BinaryIO, BinaryIO], (self._process.stdin, self._process.stdout))
            self._end = weakref.finalize(self, _end, self._process)
            self._send(sys.path)
            self._send((memory.fileno(), layout, self.batch, self.seed, self._pickled))

    def _take(self, place: tuple[int, int]) -> tuple[Array, Array]:
        """The minibatch number place[1] of the epoch place[0], copied out of its slot."""
        while self._pending and self._pending[0] != place:  # the training has jumped to another place
            self._receive()
        if not self._pending:
            self._request(place)
        slot = self._slots[self._received % self.depth]
        size = self._receive()
        if isinstance(size, Exception):
            raise size
        x, y = (array[:size].copy() for array in slot)
        while len(self._pending) < self.depth:
            epoch, number = self._pending[-1] if self._pending else place
            self._request((epoch, number + 1) if number + 1 < len(self) else (epoch + 1, 0))
        return x, y

    def _request(self, place: tuple[int, int]) -> None:
        self._send((*place, (self._received + len(self._pending)) % self.depth))
        self._pending.append(place)

    def _receive(self) -> Any:
        """The reply to the oldest request: the minibatch's size, or the error that was raised."""
        try:
            reply = pickle.load(self._replies)
        except (EOFError, pickle.UnpicklingError):
            raise self._ended() from None
        self._pending.popleft()
        self._received += 1
        return reply

    def _send(self, message: Any) -> None:
        try:
            pickle.dump(message, self._requests)
            self._requests.flush()
        except BrokenPipeError:
            raise self._ended() from None

    def _ended(self) -> WorkerError:
        status = self._process and self._process.wait()
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
    """The worker: reply to each request on stdin, (epoch, number, slot), with the minibatch's size or an error."""
    requests, replies = sys.stdin.buffer, os.fdopen(os.dup(1), "wb", buffering=0)
    os.dup2(2, 1)  # what `augment` prints must not get among the replies
    try:
        descriptor, layout, batch, seed, augment = pickle.load(requests)
        x, y, *slots = _shared(descriptor, layout)
        feed = Feed(x, y, batch, seed)
        while True:
            replies.write(pickle.dumps(_made(feed, augment, slots, *pickle.load(requests))))
    except (EOFError, BrokenPipeError):  # the training has closed its end of the pipe, or has ended
        pass


def _made(feed: Feed, augment: bytes, slots: list[Array], epoch: int, number: int, slot: int) -> int | Exception:
    """Write a minibatch into its slot and return its size; or the error that was raised, with a traceback as note."""
    try:
        if feed.augment is None:
            feed.augment = pickle.loads(augment)
        made = feed.minibatch(epoch, number)
        for place, array in zip(slots[2 * slot : 2 * slot + 2], made, strict=True):
            if array.shape[1:] != place.shape[1:] or array.dtype != place.dtype or len(array) > len(place):
                raise ValueError(
                    f"Prefetch: expected an augment that keeps shape and dtype, {place.shape[1:]} and {place.dtype} "
                    f"for a sample, got {array.shape[1:]} and {array.dtype}"
                )
            place[: len(array)] = array
        return len(made[0])
    except Exception as error:
        portable_error = portable(error)
        lines = "".join(traceback.format_exception(error))
        portable_error.add_note(f"It was raised in the process that prepares minibatches:\n{lines}")
        return portable_error
