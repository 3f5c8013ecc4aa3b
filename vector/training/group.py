"""Who trains: here one process; `vector.distributed.Ranks` is several, which a `Trainer` treats alike."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy.typing as npt

from vector.nn import Module
from vector.training.objectives import outputs_of

if TYPE_CHECKING:
    from vector.training.trainer import Trainer


class Alone:
    """One process. It has nobody to agree with.

    Attributes:
        rank: which of the processes this is, from 0; number 0 leads: it alone writes, and its callbacks are told.
        size: how many there are.
    """

    rank = 0
    size = 1

    @property
    def leads(self) -> bool:
        """Whether this is the process that writes."""
        return self.rank == 0

    def together(self) -> AbstractContextManager[None]:
        """A block that fails in all processes when it fails in one."""
        return nullcontext()

    def join(self, trainer: Trainer) -> None:
        """Make every process's training the leader's, before the first step."""

    def listen(self, asked: Callable[[], tuple[bool, bool]]) -> None:
        """Take note of whom to ask, at each step, whether this process would save then, and whether it would stop."""
        self._asked = asked

    def decided(self) -> tuple[bool, bool]:
        """Whether all save after this step, and whether all stop."""
        return self._asked()

    def total(self, samples: int) -> int:
        """How many samples the step just taken saw, of which this process had so many."""
        return samples

    def outputs(self, model: Module, x: npt.NDArray[Any]) -> npt.NDArray[Any]:
        """The model's outputs in use, each process computing a part of them."""
        return outputs_of(model, x)

    def facts(self, model: Module, step: int) -> dict[str, Any]:
        """What a checkpoint keeps of the other processes, which must have the same weights."""
        return {}

    def saved(self, path: Path | None) -> None:
        """The leader has written a checkpoint, there; None where it writes none."""
