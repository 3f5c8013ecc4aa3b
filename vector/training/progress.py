"""Where a training stands."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass
class Progress:
    """How far a training has come, and its best epoch so far.

    Attributes:
        epoch: epochs done. batch: minibatches done of the next. step: minibatches done in all.
        loss, samples: sum of the losses of this epoch's samples so far, and their number.
        best_epoch, best_score: the epoch, from 1, with the smallest validation loss, and that loss.
    """

    epoch: int = 0
    batch: int = 0
    step: int = 0
    loss: float = 0.0
    samples: int = 0
    best_epoch: int | None = None
    best_score: float | None = None

    def advance(self, loss: float, samples: int) -> None:
        """A minibatch is done."""
        self.batch += 1
        self.step += 1
        self.loss += loss * samples
        self.samples += samples

    def close_epoch(self) -> float:
        """The epoch is done; its mean loss."""
        mean = self.loss / self.samples
        self.epoch, self.batch, self.loss, self.samples = self.epoch + 1, 0, 0.0, 0
        return mean

    def improves(self, score: float) -> bool:
        """Whether the epoch just done is the best so far; if so it is remembered."""
        if self.best_score is not None and score >= self.best_score:
            return False
        self.best_epoch, self.best_score = self.epoch, score
        return True
