"""The processes that train together, as a `Trainer` sees them: what they send each other besides gradients."""

import contextlib
import copy
import functools
import pickle
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np

from vector.arrays import Array, aligned
from vector.distributed.sharding import shard, shared_sum
from vector.nn import Module
from vector.training.checkpoints.compatibility import require_same
from vector.training.checkpoints.snapshot import fingerprint, generator_states, generators, set_generator_states
from vector.training.objectives import outputs_of
from vector.training.processes import SingleProcess
from vector.training.trainer import Trainer


class RanksError(Exception):
    """The processes do not train the same model, or cannot reach each other."""


class Ranks(SingleProcess):
    """The processes of a communicator, which are numbered and called ranks; number 0 leads.

    Args:
        comm: an mpi4py communicator.
        in_place: `MPI.IN_PLACE`, with which its `Allreduce` writes the sum over the summands.
        shared_memory: whether all ranks are on one machine, where they see each other's memory.

    kept: what an error message says of the checkpoints; sent to `death_notice`, if the leader has one.
    sums: over the ranks, of the numbers that the last step sent beside the gradients.
    """

    def __init__(self, comm: Any, in_place: Any, *, shared_memory: bool = False) -> None:
        self.comm = comm
        self.rank, self.size = comm.rank, comm.size
        self.in_place = in_place
        self.death_notice: Any = None
        self.kept = "nothing is kept"
        self._shared_memory = shared_memory
        self.sums: dict[str, float] = {}

    @contextlib.contextmanager
    def together(self) -> Iterator[None]:
        """A block that fails in all processes when it fails in one, so that none waits for one that failed.

        Inside it, ranks must not wait for each other.
        """
        failure: Exception | None = None
        try:
            yield
        except Exception as error:
            failure = error
        if first := next(filter(None, [failure, *self.comm.allgather(failure and portable(failure))]), None):
            raise first

    def summing(self, size: int, dtype: np.dtype[Any]) -> tuple[Array, Callable[[], object]]:
        """An array, and the function that puts the sum of all ranks' arrays into each of them: one call a step."""
        made: Any = None
        if self._shared_memory:
            with contextlib.suppress(RuntimeError):  # MPI's, such as for a /dev/shm that is missing or full
                made = shared_sum(self.comm, size, dtype)
        if all(self.comm.allgather(made is not None)):
            return made
        array = aligned(np.zeros(size, dtype))
        return array, functools.partial(self.comm.Allreduce, self.in_place, array)

    def decided(self) -> tuple[bool, bool]:
        """Whether all save, and whether all stop, by the wishes that were summed in the last step."""
        return self.sums["due"] > 0, self.sums["stop"] > 0

    def samples_in_step(self, samples: int) -> int:
        """How many samples all ranks saw in the last step."""
        return round(self.sums["samples"])

    def join(self, trainer: Trainer) -> None:
        """Copy the leader's weights, progress and history; each rank's generators draw random numbers of their own."""
        leaders = self.comm.bcast(trainer.requirements)
        message = f"expected the same {{name}} on every rank, got {{ours}} on rank {self.rank} and {{theirs}} on rank 0"
        with self.together():
            require_same(leaders, trainer.requirements, RanksError, message)
        own = trainer.capture(), trainer.history, trainer.resumed.get("ranks", [])
        snapshot, history, states = self.comm.bcast(own)
        if not self.leads:
            trainer.restore(snapshot)
            trainer.history.losses[:], trainer.history.epochs[:] = history.losses, history.epochs
        if len(states) == self.size:
            set_generator_states(trainer.model, states[self.rank])
        elif not self.leads:
            _reseed_generators(trainer.model, self.rank)

    def outputs(self, model: Module, x: Array) -> Array:
        """The model's outputs on every rank; each computes its shard of them."""
        mine = x[shard(len(x), self.rank, self.size)]
        parts = self.comm.allgather(outputs_of(model, mine) if len(mine) else None)
        return np.concatenate([part for part in parts if part is not None])

    def facts(self, model: Module, step: int) -> dict[str, Any]:
        """The states of every rank's random generators, if there are some; weights are compared, bit for bit."""
        mine = fingerprint(*model.state_dict().values()), generator_states(model)
        digests, states = zip(*self.comm.allgather(mine), strict=True)
        differing = [rank for rank, other in enumerate(digests) if other != digests[0]]
        if differing:
            raise RanksError(
                f"after step {step} rank {differing[0]} has other weights than rank 0: something changed them on one "
                "rank only, or the MPI library does not give every rank the same sum; the last checkpoint is good"
            )
        return {"ranks": list(states)} if any(states) else {}

    def saved(self, path: Path | None) -> None:
        """Store on every rank what an error message says of the checkpoints, and in the death notice."""
        if path is not None:
            self.kept = (
                f"{path} is kept: go on from there, on any number of ranks, with --resume (in Python: resume=True)"
            )
        if self.death_notice is not None:  # before another rank goes on, and may be killed
            self.death_notice.write(f"error: one of the {self.size} ranks was lost, which ends them all; {self.kept}")
        self.kept = self.comm.bcast(self.kept)


def portable(error: Exception) -> Exception:
    """The error, if it can be pickled for another process; else a RuntimeError with its name and text."""
    try:
        pickle.loads(pickle.dumps(error))  # made in this line
        return error
    except Exception:
        return RuntimeError(f"{type(error).__name__}: {error}")


def _reseed_generators(model: Module, rank: int) -> None:
    """Reseed every random generator of the model by its state, which is the leader's, and the rank."""
    for generator in generators(model).values():
        kind = type(generator.bit_generator)
        drawn = copy.deepcopy(generator).integers(2**32, size=4).tolist()
        generator.bit_generator.state = kind(np.random.SeedSequence([*drawn, rank])).state
