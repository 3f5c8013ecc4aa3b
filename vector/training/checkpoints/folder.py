"""The folder of checkpoints, one file each: the newest that is whole and of this training is loaded."""

import contextlib
import re
from collections.abc import Callable
from pathlib import Path

from vector.training.checkpoints.files import CheckpointError, refusals, remove_parts, write_whole
from vector.training.checkpoints.snapshot import Snapshot, from_bytes, to_bytes

_NAME = re.compile(r"step-\d{9,}\.safetensors")


class Checkpoints:
    """The checkpoints in a folder, which is made if there is none.

    folder: its path. keep: how many are kept, at least 1.

    Raises CheckpointError: the folder cannot be made.
    """

    def __init__(self, folder: str | Path, keep: int = 3) -> None:
        self.folder = Path(folder)
        self.keep = keep
        with refusals(self.folder):
            self.folder.mkdir(parents=True, exist_ok=True)
            remove_parts(self.folder)

    def paths(self) -> list[Path]:
        """The checkpoints, oldest first."""
        return sorted((path for path in self.folder.iterdir() if _NAME.fullmatch(path.name)), key=_step)

    def save(self, snapshot: Snapshot, step: int) -> Path:
        """Write the checkpoint after `step` steps, whole or not at all, and then remove the oldest beyond `keep`.

        Raises CheckpointError: it cannot be written; the others are kept.
        """
        path = self.folder / f"step-{step:09}.safetensors"
        write_whole(path, to_bytes(snapshot))
        for old in [earlier for earlier in self.paths() if _step(earlier) <= step][: -self.keep]:
            with contextlib.suppress(OSError):  # one too many does no harm
                old.unlink()
        return path

    def load(self, restore: Callable[[Snapshot], None], notify: Callable[[str], None]) -> Path | None:
        """Call `restore` with the newest checkpoint; one that it refuses is reported to `notify`, the one before taken.

        Returns the path of the checkpoint that was taken, or None when there is none.

        Raises CheckpointError: all are refused; it says why for the newest.
        """
        refused: list[str] = []
        for path in reversed(self.paths()):
            try:
                restore(from_bytes(path.read_bytes()))
            except (CheckpointError, OSError) as error:
                refused.append(f"{path}: {error}")
            else:
                for line in refused:
                    notify(f"refused the checkpoint {line}; took {path.name}")
                return path
        if refused:
            raise CheckpointError(f"no checkpoint can be used; the newest is refused: {refused[0]}")
        return None


def _step(path: Path) -> int:
    return int(path.stem.removeprefix("step-"))
