"""Files that are written whole or not at all, whenever the process or the machine stops."""

import contextlib
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

_PART = ".part"  # the end of an unfinished file's name


class CheckpointError(Exception):
    """A checkpoint or weights file that cannot be written, is damaged, or belongs to something else."""


def write_whole(path: Path, contents: bytes) -> None:
    """Write a new file beside `path`, sync it to the disk, and rename it to `path`, where an error changes nothing."""
    if not path.name:
        raise CheckpointError(f"expected the name of a file to write, such as model.safetensors, got {str(path)!r}")
    part = path.with_name(f".{path.name}.{os.getpid()}{_PART}")
    with refusals(path):
        try:
            with synced(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC) as descriptor:
                write_all(descriptor, contents)
            part.replace(path)
            if os.name == "posix":  # elsewhere a folder cannot be opened, and its names need not be synced
                with synced(path.parent, os.O_RDONLY):
                    pass
        except BaseException:
            with contextlib.suppress(OSError):
                part.unlink()
            raise


def remove_parts(folder: Path) -> None:
    """Remove the unfinished files of processes that were killed while they wrote into a folder."""
    for path in folder.glob(f".*{_PART}"):
        with contextlib.suppress(OSError):
            path.unlink()


def write_all(descriptor: int, contents: bytes) -> None:
    """Write all of the contents; one call of the system may write only a part."""
    rest = memoryview(contents)
    while rest:
        rest = rest[os.write(descriptor, rest) :]


@contextmanager
def synced(path: Path, flags: int) -> Iterator[int]:
    """Open a file or a folder; after the block, what it changed is on the disk."""
    descriptor = os.open(path, flags | getattr(os, "O_BINARY", 0), 0o666)  # Windows would write \n as \r\n
    try:
        yield descriptor
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


@contextmanager
def refusals(path: Path | str) -> Iterator[None]:
    """Raise a CheckpointError where the system cannot write `path`."""
    try:
        yield
    except OSError as error:
        raise CheckpointError(f"cannot write {path}: {error.strerror or error}") from None
