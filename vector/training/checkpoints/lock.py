"""One process at a time in a training's folder."""

import errno
import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from vector.training.checkpoints.files import CheckpointError, refusals, write_all


@contextmanager
def locked(folder: Path) -> Iterator[None]:
    """Make a folder, and keep others out of it within the block; the system ends the lock with its process.

    Raises CheckpointError: it cannot be written, or another has it; that one is named.
    """
    path = folder / ".lock"
    with refusals(folder):
        folder.mkdir(parents=True, exist_ok=True)
        while True:
            descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o666)
            taken = _taken(descriptor)
            os.lseek(descriptor, 0, os.SEEK_SET)
            if not taken:
                other = os.read(descriptor, 200).decode("utf-8", "replace").strip() or "another process"
                os.close(descriptor)
                raise CheckpointError(f"{folder}: expected a folder where no one trains, but {other} does")
            with suppress(FileNotFoundError):  # its former holder may just have removed it
                if os.path.samestat(os.fstat(descriptor), path.stat()):
                    break
            os.close(descriptor)
    try:
        with refusals(path):
            os.ftruncate(descriptor, 0)
            write_all(descriptor, f"process {os.getpid()} on {socket.gethostname()}\n".encode())
        yield
    finally:
        with suppress(OSError):  # Windows removes no open file
            path.unlink()
        os.close(descriptor)


def _taken(descriptor: int) -> bool:
    """Whether the lock is had; also where the system, or the file's, has none."""
    try:
        try:
            import fcntl
        except ImportError:  # Windows, where what is locked cannot be read, so it is a byte behind the text
            import msvcrt

            os.lseek(descriptor, 1 << 20, os.SEEK_SET)
            msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)  # type: ignore[attr-defined]
        else:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except ImportError:
        return True
    except OSError as error:
        return error.errno not in (errno.EACCES, errno.EAGAIN, errno.EDEADLK)
    return True
