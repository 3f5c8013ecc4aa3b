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
            _write(part, contents)
            part.replace(path)
            sync_folder(path.parent)
        except BaseException:
            with contextlib.suppress(OSError):
                part.unlink()
            raise


def remove_parts(folder: Path) -> None:
    """Remove what a process that was killed in the midst of writing left in a folder."""
    for path in folder.glob(f".*{_PART}"):
        with contextlib.suppress(OSError):
            path.unlink()


def _write(path: Path, contents: bytes) -> None:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o666)
    try:
        rest = memoryview(contents)
        while rest:
            rest = rest[os.write(descriptor, rest) :]
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def sync_folder(folder: Path) -> None:
    """Make sure that a new name in a folder is on the disk; where the system cannot open folders, it need not."""
    if os.name != "posix":
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
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
