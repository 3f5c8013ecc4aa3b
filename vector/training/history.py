"""The numbers of each step and each epoch, in memory and, where there is a folder, as lines of JSON."""

import json
import os
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from vector.training.checkpoints.files import refusals, synced, write_all, write_whole


@dataclass
class History:
    """What a training recorded.

    Attributes:
        losses: of each step's minibatch.
        epochs: the metrics of each epoch: epoch, step, lr, seconds, loss (mean over the minibatches) and, where there
            are such samples, validation_loss, validation_accuracy, test_loss, …
        best_epoch: the epoch with the smallest validation loss, whose weights the model has in the end; None without.
        path: the file that has it all, as far as `flush` was called; None without.
    """

    losses: list[float] = field(default_factory=list)
    epochs: list[dict[str, float]] = field(default_factory=list)
    best_epoch: int | None = None
    path: Path | None = field(default=None, repr=False, compare=False)
    _unwritten: list[str] = field(default_factory=list, init=False, repr=False, compare=False)

    def resume(self, step: int) -> None:
        """Keep the file's lines up to a step and drop later ones, which the training is going to repeat."""
        if self.path is not None:
            for text in self.path.read_text("utf-8", "replace").splitlines() if self.path.exists() else ():
                line = _parsed(text)
                if line and line["step"] <= step:
                    self.record(line)
            write_whole(self.path, self._take())

    def record(self, line: dict[str, float]) -> None:
        """Add the numbers of a step, or of an epoch."""
        if "epoch" in line:
            self.epochs.append(line)
        else:
            self.losses.append(line["loss"])
        if self.path is not None:
            self._unwritten.append(json.dumps(line) + "\n")

    def flush(self) -> None:
        """Write the new lines to the disk, or raise a CheckpointError."""
        if self._unwritten and self.path is not None:
            with refusals(self.path), synced(self.path, os.O_WRONLY | os.O_CREAT | os.O_APPEND) as descriptor:
                write_all(descriptor, self._take())

    def _take(self) -> bytes:
        text = "".join(self._unwritten)
        self._unwritten.clear()
        return text.encode()


def _parsed(text: str) -> dict[str, Any]:
    """A line of the file; nothing where a crash cut it short."""
    try:
        line = json.loads(text)
    except ValueError:
        return {}
    whole = isinstance(line, dict) and isinstance(line.get("step"), int) and ("epoch" in line or "loss" in line)
    return line if whole else {}
