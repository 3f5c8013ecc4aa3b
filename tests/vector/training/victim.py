"""A small training in a process of its own, or in those of mpiexec, which can die, wait or race at a chosen event."""

import os
import signal
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from vector import data, nn, training

EPOCHS = 6
EVENTS = {"write": 32, "fsync": 85, "replace": 32, "replaced": 32}
"""What a training can be killed at, and about how often each happens."""
READY = b"ready"


def make_model(seed: int = 0) -> nn.Module:
    """Dropout makes every step depend on a random generator in the model."""
    generator = np.random.default_rng(seed)
    return nn.Sequential(
        nn.Linear(2, 8, generator=generator),
        nn.Dropout(0.3, generator=np.random.default_rng(7)),
        nn.ReLU(),
        nn.Linear(8, 2, generator=generator),
    )


def samples() -> tuple[Any, Any]:
    return data.moons(40, 0.1, np.random.default_rng(1))


def options(**changes: Any) -> dict[str, Any]:
    plain = {"epochs": EPOCHS, "batch": 8, "lr": 2e-2, "schedule": "cosine", "validation": 0.2, "checkpoint_seconds": 0}
    return plain | changes


def train(
    folder: Path | None = None, seed: int = 0, fit: Callable[..., Any] = training.fit, **changes: Any
) -> nn.Module:
    """Train to the end, from where the folder's checkpoints left off."""
    model = make_model(seed)
    fit(model, *samples(), folder=folder, **options(**changes))
    return model


class Wait(training.Callback):
    """In the midst of a step, tell that it has come to it, and go on when a line comes in answer."""

    def __init__(self, step: int) -> None:
        self.step = step

    def on_step(self, trainer: training.Trainer, loss: float) -> None:
        if trainer.progress.step == self.step:
            tell()
            sys.stdin.readline()


class Slow(training.Callback):
    """A tenth of a second for each step, so that seconds are a few of them."""

    def on_step(self, trainer: training.Trainer, loss: float) -> None:
        time.sleep(0.1)


def tell() -> None:
    sys.stdout.buffer.write(READY)
    sys.stdout.buffer.flush()


def die_at(event: str, number: int) -> None:
    """Kill this process at the number-th event: during a write, or just before or after a system call."""
    count = 0

    def counted(function: Callable[..., Any], before: Callable[..., object] | None) -> Callable[..., Any]:
        def call(*args: Any) -> Any:
            nonlocal count
            count += 1
            if count == number and before:
                before(*args)
                os.kill(os.getpid(), signal.SIGKILL)
            result = function(*args)
            if count == number:
                os.kill(os.getpid(), signal.SIGKILL)
            return result

        return call

    write = os.write
    if event == "write":
        os.write = counted(write, lambda descriptor, rest: write(descriptor, rest[: len(rest) // 2]))
    elif event == "fsync":
        os.fsync = counted(os.fsync, lambda descriptor: None)
    else:
        os.replace = counted(os.replace, (lambda *_: None) if event == "replace" else None)


def race(folder: Path, seed: int) -> None:
    """Start when told to, beside another; exit status 3, and a line, for the one that comes second."""
    tell()
    sys.stdin.readline()
    try:
        train(folder, seed)
    except training.CheckpointError as error:
        sys.stderr.write(f"{error}\n")
        sys.exit(3)


def main(arguments: Sequence[str]) -> None:
    folder, *fate = Path(arguments[0]), *arguments[1:]
    if fate[:1] == ["race"]:
        race(folder, int(fate[1]))
    elif fate[:1] == ["slow"]:
        seconds = training.Config.checkpoint_seconds
        train(folder, resume=True, callbacks=[Slow()], epochs=1000, checkpoint_seconds=seconds)
    elif fate[:1] == ["ranks"]:
        from vector import distributed

        group = distributed.world()
        folder.with_name(f"{folder.name}.{group.rank}.pid").write_text(str(os.getpid()))
        train(folder, fit=distributed.fit, group=group, resume=True)
    elif fate[:1] == ["wait"]:
        train(folder, resume=True, callbacks=[Wait(int(fate[1]))])
    else:
        tell()
        if fate:
            die_at(fate[0], int(fate[1]))
        try:
            train(folder, resume=True)
        except KeyboardInterrupt:
            sys.exit(130)


if __name__ == "__main__":
    main(sys.argv[1:])
