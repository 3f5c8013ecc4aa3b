"""The processes that train a model together: here one; `vector.distributed.Ranks` are several."""

from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import Any

from vector.arrays import Array
from vector.nn import Module
from vector.training.objectives import outputs_of


class SingleProcess:
    """One process, which has nothing to agree on; a `Trainer` calls the same methods on several.

    rank: which of the processes this is, from 0; number 0 leads: it alone writes files and calls the callbacks.
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

    def join(self, trainer: Any) -> None:
        """Before the first step, put every process's `Trainer` where the leader's is."""

    def listen(self, wishes: Callable[[], tuple[bool, bool]]) -> None:
        """Store the function that says whether this process would save, and whether it would stop."""
        self.wishes = wishes

    def decided(self) -> tuple[bool, bool]:
        """Whether all save after this step, and whether all stop."""
        return self.wishes()

    def samples_in_step(self, samples: int) -> int:
        """How many samples all processes saw in the last step, of which this one saw `samples`."""
        return samples

    def outputs(self, model: Module, x: Array) -> Array:
        """The model's outputs in use; each process computes a part of them."""
        return outputs_of(model, x)

    def facts(self, model: Module, step: int) -> dict[str, Any]:
        """What a checkpoint stores of the other processes, which must have the same weights."""
        return {}

    def saved(self, path: Path | None) -> None:
        """The leader has written the checkpoint `path`; None where there is no folder."""
