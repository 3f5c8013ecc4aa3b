"""How a training is followed: a bar on a terminal, a few plain lines elsewhere."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping

from rich.console import RenderableType
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.text import Text

from demos.console import console, say
from vector.training import Callback, Trainer, evaluate

_LINES = 10  # of progress where there is no terminal
_EPOCHS = 20  # the most epochs that are printed, evenly spread
_SMALL = 2_000  # so few samples are measured after each epoch when there are no others


class _Bar(Progress):
    """A bar with steps and time left, and below it a line of its own for the figures: both fit a narrow terminal."""

    figures = ""

    def get_renderables(self) -> Iterator[RenderableType]:
        """The two lines."""
        yield from super().get_renderables()
        yield Text(self.figures)


class Follow(Callback):
    """Tell how it goes: step, loss, accuracy or error, samples a second and the time left.

    Args:
        title: what is learnt.
    """

    def __init__(self, title: str) -> None:
        self.title = title
        self.measure = ""
        self.bar: _Bar | None = None

    def on_start(self, trainer: Trainer) -> None:
        """The clock starts."""
        self.started, self.first = time.perf_counter(), trainer.progress.step
        if self.first:
            say(f"{self.title}: resumed after step {self.first}")
        if console.is_terminal:
            columns = (BarColumn(), MofNCompleteColumn(), TimeRemainingColumn(), TextColumn("left"))
            self.bar = _Bar("{task.description}", *columns, console=console)
            self.task = self.bar.add_task(self.title, total=trainer.steps, completed=self.first)
            self.bar.start()

    def on_step(self, trainer: Trainer, loss: float) -> None:
        """The bar moves; in a file, every tenth of the steps is a line."""
        step, steps = trainer.progress.step, trainer.steps
        if self.bar is not None:
            if step % 10 == 0 or step == steps:
                self.bar.figures = f"loss {loss:.4g}{self.measure}{self._rate(trainer)}"
                self.bar.update(self.task, completed=step)
        elif step * _LINES // steps > (step - 1) * _LINES // steps:
            left = (time.perf_counter() - self.started) / (step - self.first) * (steps - step)
            rate = self._rate(trainer)
            say(f"{self.title}: step {step}/{steps}, loss {loss:.4g}{self.measure}{rate}, {left:.0f} s left")

    def on_epoch(self, trainer: Trainer, metrics: Mapping[str, float]) -> None:
        """Accuracy or error, on held out samples where there are such."""
        kind, values = _measured(trainer, metrics)
        parts = [_shown(name, values[name]) for name in ("accuracy", "rmse", "r2") if name in values]
        if not parts:
            return
        self.measure = f", {kind}{parts[0]}"
        epoch, epochs = trainer.progress.epoch, trainer.config.epochs
        if kind != "" and epoch * _EPOCHS // epochs > (epoch - 1) * _EPOCHS // epochs:
            say(f"epoch {epoch}: {kind}{', '.join(parts)}")

    def on_end(self, trainer: Trainer) -> None:
        """The bar is done."""
        if self.bar is not None:
            self.bar.stop()

    def _rate(self, trainer: Trainer) -> str:
        seconds = time.perf_counter() - self.started
        samples = (trainer.progress.step - self.first) / len(trainer.feed) * len(trainer.samples.x)
        return f", {samples / seconds:,.0f} samples/s"


def _measured(trainer: Trainer, metrics: Mapping[str, float]) -> tuple[str, dict[str, float]]:
    """What the numbers were measured on, and the numbers."""
    for kind in ("validation", "test"):
        if f"{kind}_loss" in metrics:
            return f"{kind} ", {name.removeprefix(f"{kind}_"): value for name, value in metrics.items()}
    if len(trainer.samples.x) > _SMALL:
        return "", {}
    return "", evaluate(trainer.model, trainer.objective, trainer.samples.x, trainer.samples.y)


def _shown(name: str, value: float) -> str:
    return f"accuracy {value:.2%}" if name == "accuracy" else f"{'R²' if name == 'r2' else name} {value:.4g}"
