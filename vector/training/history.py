"""What happened: a line for each step and each epoch, in memory and, where there is a folder, as JSON lines."""

from __future__ import annotations

import contextlib
import io
import json
import os
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from vector.training.checkpoints.files import refusals, write_whole


@dataclass
class History:
    """What a training recorded.

    Attributes:
        losses: of each step's minibatch.
        epochs: the metrics of each epoch: epoch, step, lr, seconds, loss (mean over the minibatches) and, where there
            are such samples, validation_loss, validation_accuracy, test_loss, …
        best_epoch: the epoch with the smallest validation loss, whose weights the model has in the end; None without.
    """

    losses: list[float] = field(default_factory=list)
    epochs: list[dict[str, float]] = field(default_factory=list)
    best_epoch: int | None = None


class Recorder:
    """Keeps the history and writes it to `path`, of which lines up to the last `flush` are safe on the disk."""

    def __init__(self, path: Path | None) -> None:
        self.path = path
        self.history = History()
        self._file: io.TextIOWrapper | None = None

    def begin(self, step: int) -> None:
        """Go on after `step` steps: what an earlier process recorded beyond them is forgotten.

        Raises:
            CheckpointError: the file cannot be written.
        """
        if self.path is None:
            return
        kept = [line for line in _read(self.path) if line["step"] <= step]
        for line in kept:
            self.record(line)
        write_whole(self.path, "".join(json.dumps(line) + "\n" for line in kept).encode())
        with refusals(self.path):
            self._file = self.path.open("a", encoding="utf-8")

    def record(self, line: dict[str, float]) -> None:
        """Record the numbers of a step, or of an epoch."""
        if "epoch" in line:
            self.history.epochs.append(line)
        else:
            self.history.losses.append(line["loss"])
        if self._file is not None:
            with refusals(self._file.name):
                self._file.write(json.dumps(line) + "\n")

    def flush(self) -> None:
        """Make sure that all lines are on the disk."""
        if self._file is not None:
            with refusals(self._file.name):
                self._file.flush()
                os.fsync(self._file.fileno())

    def close(self) -> None:
        """Write what is left; a disk that is full does not hide the error that it caused before."""
        file, self._file = self._file, None
        if file is not None:
            with contextlib.suppress(OSError):
                file.close()


def _read(path: Path) -> list[dict[str, Any]]:
    """The whole lines of a file of metrics; one that a crash cut short is left out, and no file means none."""
    try:
        text = path.read_text(encoding="utf-8", errors="replace")
    except FileNotFoundError:
        return []
    lines = []
    for line in text.splitlines():
        try:
            record = json.loads(line)
        except ValueError:
            continue
        if isinstance(record, dict) and isinstance(record.get("step"), int) and ("epoch" in record or "loss" in record):
            lines.append(record)
    return lines
