"""One process at a time in a training's folder."""

import errno
import os
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from vector.training.checkpoints.files import CheckpointError, refusals, write_all

_held: set[tuple[Path, int]] = set()  # folders of this process, with the thread that has each


@contextmanager
def locked(folder: Path) -> Iterator[None]:
    """Make a folder, and keep others out of it within the block, which its thread may enter again.

    The system ends the lock with its process, however that ends. Where there are no locks, all are let in.

    Raises CheckpointError: it cannot be written, or another has it; that one is named.
    """
    with refusals(folder):
        folder.mkdir(parents=True, exist_ok=True)
        held = folder.resolve(), threading.get_ident()
        if new := held not in _held:
            descriptor = os.open(folder / ".lock", os.O_RDWR | os.O_CREAT, 0o666)
    if not new:
        yield
        return
    try:
        if not _taken(descriptor):
            other = os.read(descriptor, 200).decode("utf-8", "replace").strip() or "another process"
            raise CheckpointError(f"{folder}: expected a folder where no one trains, but {other} does; take another")
        os.ftruncate(descriptor, 0)
        write_all(descriptor, f"process {os.getpid()} on {socket.gethostname()}\n".encode())
        _held.add(held)
        yield
    finally:
        _held.discard(held)
        os.close(descriptor)


def _taken(descriptor: int) -> bool:
    try:
        try:
            import fcntl
        except ImportError:  # Windows, where what is locked cannot be read, so it is a byte behind the text
            import msvcrt

            os.lseek(descriptor, 1 << 20, os.SEEK_SET)
            msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)  # type: ignore[attr-defined]
            os.lseek(descriptor, 0, os.SEEK_SET)
        else:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except ImportError:
        return True
    except OSError as error:  # else: a file system without locks
        return error.errno not in (errno.EACCES, errno.EAGAIN, errno.EDEADLK)
    return True
