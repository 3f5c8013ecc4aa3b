"""Who looks on while a model trains: a progress bar, a plot, a notebook."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from vector.training.trainer import Trainer


class Callback:
    """Override what you need; each method does nothing by itself. None may change the training's numbers."""

    def on_start(self, trainer: Trainer) -> None:
        """Before the first step, or the first after a checkpoint."""

    def on_step(self, trainer: Trainer, loss: float) -> None:
        """After each step, with the minibatch's loss."""

    def on_epoch(self, trainer: Trainer, metrics: Mapping[str, float]) -> None:
        """After each epoch, with the line of metrics that was recorded."""

    def on_end(self, trainer: Trainer) -> None:
        """After the last step, also when an error or an interruption made it the last."""
