"""Files that are there whole or not at all, whenever the process or the machine stops."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from vector.training.errors import CheckpointError

_PART = ".part"  # the end of an unfinished file's name


def write_whole(path: Path, contents: bytes) -> None:
    """Write a new file beside `path`, make sure that it is on the disk, and rename it.

    Raises:
        CheckpointError: it cannot be written; whatever stood at `path` still does.
    """
    if not path.name:
        raise CheckpointError(f"expected the name of a file to write, such as model.safetensors, got {str(path)!r}")
    part = path.with_name(f".{path.name}.{os.getpid()}{_PART}")
    with refusals(path):
        try:
            with _synced(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC) as descriptor:
                rest = memoryview(contents)
                while rest:
                    rest = rest[os.write(descriptor, rest) :]
            part.replace(path)
            if os.name == "posix":  # elsewhere a folder cannot be opened, and its names need not be synced
                with _synced(path.parent, os.O_RDONLY):
                    pass
        except BaseException:
            with contextlib.suppress(OSError):
                part.unlink()
            raise


def remove_parts(folder: Path) -> None:
    """Remove what a process that was killed in the midst of writing left in a folder."""
    for path in folder.glob(f".*{_PART}"):
        with contextlib.suppress(OSError):
            path.unlink()


@contextmanager
def _synced(path: Path, flags: int) -> Iterator[int]:
    """A file or a folder, open; what was changed in it within the block is on the disk after."""
    descriptor = os.open(path, flags, 0o666)
    try:
        yield descriptor
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


@contextmanager
def refusals(path: Path | str) -> Iterator[None]:
    """Turn the system's refusal to write `path` into a CheckpointError."""
    try:
        yield
    except OSError as error:
        raise CheckpointError(f"cannot write {path}: {error.strerror or error}") from None
