"""A run as its page shows it: what stands in its folder, or in memory while it goes on."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from demos.console import CommandError

STATE = "run.json"
PAGE = "report.html"

_NEEDED = ("title", "state", "step", "steps", "epoch", "epochs", "written", "data", "model", "config")


@dataclass
class Run:
    """One training.

    Attributes:
        folder: where its files are.
        state: of run.json: how far the run is, what it learns from, how, and where it ran.
        losses: of each step. epochs: the metrics of each epoch.
        results: of results.json; None before the end.
    """

    folder: Path
    state: Mapping[str, Any]
    losses: list[float] = field(default_factory=list)
    epochs: list[dict[str, Any]] = field(default_factory=list)
    results: Mapping[str, Any] | None = None

    @property
    def title(self) -> str:
        """What is learnt."""
        return str(self.state["title"])

    @property
    def done(self) -> bool:
        """Whether it came to its end and was measured."""
        return self.results is not None and self.state["state"] == "done"

    @property
    def recipe(self) -> Mapping[str, Any]:
        """How the model is made and trained."""
        found: Mapping[str, Any] = self.state["config"]["recipe"]
        return found

    @property
    def regression(self) -> bool:
        """Whether numbers are learnt, else classes."""
        return bool(self.state["data"]["task"] == "regression")


def read_run(folder: Path) -> Run:
    """The run in a folder, finished or not.

    Raises:
        CommandError: it is no run's folder, or a file of it cannot be read.
    """
    if not folder.is_dir():
        raise CommandError(f"expected the folder of a run, such as runs/digits, got {folder}, which is not there")
    if not (folder / STATE).is_file():
        former = (folder / "config.json").is_file()
        why = (
            "of an earlier version or of another command; `train --resume` writes the report of one that is done"
            if former
            else "no run: `twingrad train` makes one"
        )
        raise CommandError(f"expected the folder of a run, with {STATE} in it, got {folder}, which is {why}")
    state = _read(folder / STATE, _NEEDED)
    results = _read(folder / "results.json", ("steps", "training")) if (folder / "results.json").exists() else None
    losses, epochs = _metrics(folder / "metrics.jsonl")
    return Run(folder, state, losses, epochs, results)


def _read(path: Path, needed: tuple[str, ...]) -> dict[str, Any]:
    try:
        found: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        missing = [name for name in needed if name not in found]
    except OSError as error:
        raise CommandError(f"{path} cannot be read: {error.strerror or error}") from None
    except (ValueError, TypeError) as error:
        raise CommandError(f"{path}: expected what a run wrote ({error})") from None
    if missing:
        raise CommandError(f"{path}: expected {', '.join(missing)} in it, as this version writes it")
    return found


def _metrics(path: Path) -> tuple[list[float], list[dict[str, Any]]]:
    """The lines that are whole; a run that goes on, or was killed, may end in half a line."""
    losses, epochs = [], []
    text = path.read_text(encoding="utf-8", errors="replace") if path.exists() else ""
    for line in text.splitlines():
        try:
            found = json.loads(line)
        except ValueError:
            continue
        if "epoch" in found:
            epochs.append(found)
        elif "loss" in found:
            losses.append(found["loss"])
    return losses, epochs
