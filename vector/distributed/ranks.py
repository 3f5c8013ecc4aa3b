"""The processes that train together, as a `Trainer` sees them: what they tell each other besides gradients."""

from __future__ import annotations

import copy
import functools
import hashlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np

from vector.arrays import Array, aligned
from vector.distributed.death_notice import Notice
from vector.distributed.sharding import share
from vector.distributed.shared_memory import SharedSum
from vector.nn import Module
from vector.training.checkpoints.compatibility import require_same
from vector.training.checkpoints.generators import generator_states, generators, set_generator_states
from vector.training.errors import portable
from vector.training.group import Alone
from vector.training.objectives import outputs_of
from vector.training.trainer import Trainer


class RanksError(Exception):
    """The processes do not train the same thing, or cannot find each other."""


class Ranks(Alone):
    """The processes of a communicator, which are numbered and called ranks; number 0 leads.

    Args:
        comm: an mpi4py communicator.
        in_place: `MPI.IN_PLACE`, which tells its `Allreduce` to write the sum over the summands.
        neighbours: whether all ranks are on one machine, where they see each other's memory.
        notice: the leader's, for the case that a rank is lost.

    Attributes:
        kept: what a user should know of the training's checkpoints when it ends too early.
    """

    def __init__(self, comm: Any, in_place: Any, *, neighbours: bool = False, notice: Notice | None = None) -> None:
        self.comm = comm
        self.rank = comm.rank
        self.size = comm.size
        self.in_place = in_place
        self._neighbours = neighbours
        self.notice = notice
        self.kept = "nothing is kept"
        self._samples = 0
        self._decided = False, False

    # ---------------------------------------------------------------- agreement

    def same(self, value: Any) -> Any:
        """The leader's value, everywhere."""
        return self.comm.bcast(value)

    @contextmanager
    def together(self) -> Iterator[None]:
        """A block that fails in all processes when it fails in one, so that nobody waits for those who gave up.

        Inside it, ranks must not wait for each other.
        """
        failure: Exception | None = None
        try:
            yield
        except Exception as error:
            failure = error
        failures = self.comm.allgather(failure and portable(failure))
        if failure is not None:
            raise failure
        for theirs in failures:
            if theirs is not None:
                raise theirs

    def first(self, failure: ArithmeticError | None) -> ArithmeticError:
        """The failure of the first rank that has one, of those that told each other that there is one."""
        texts = self.comm.allgather(None if failure is None else str(failure))
        return failure or ArithmeticError(next(text for text in texts if text is not None))

    # ---------------------------------------------------------------- a step

    def wishes(self) -> tuple[bool, bool]:
        """Whether this rank would save after the step, which only the leader decides, and whether it would stop."""
        due, stop = self._asked()
        return due and self.leads, stop

    def summing(self, size: int, dtype: np.dtype[Any]) -> tuple[Array, Callable[[], object]]:
        """An array, and what puts the sum of all ranks' arrays into each of them: the one message of a step."""
        if self._neighbours:
            shared = SharedSum(self.comm, size, dtype)
            return shared.mine, shared
        array = aligned(np.zeros(size, dtype))
        return array, functools.partial(self.comm.Allreduce, self.in_place, array)

    def told(self, tail: Array) -> tuple[float, int, bool]:
        """What came with the gradients: the sum of the losses, the number of samples, and whether a rank failed.

        Args:
            tail: the sums over the ranks of loss, samples, would save, would stop, failed.
        """
        loss, samples, due, stop, failed = tail.tolist()
        self._samples, self._decided = round(samples), (due > 0, stop > 0)
        return loss, self._samples, failed > 0

    def decided(self) -> tuple[bool, bool]:
        """Whether all save, and whether all stop: what came with the last step's sum, for a rank may know earlier."""
        return self._decided

    def total(self, samples: int) -> int:
        """How many samples the last step saw."""
        return self._samples

    # ---------------------------------------------------------------- a training

    def join(self, trainer: Trainer) -> None:
        """Take the leader's weights, place and history; each rank's generators draw random numbers of their own.

        Raises:
            RanksError: the ranks have other data, models or options.
        """
        theirs = self.same(trainer.identity)
        with self.together():
            told = (
                f"expected the same {{name}} on every rank, got {{ours}} on rank {self.rank} and {{theirs}} on rank 0"
            )
            require_same(theirs, trainer.identity, RanksError, told)
        state, history, resumed = self.same((trainer.capture(), trainer.history, trainer.resumed))
        if not self.leads:
            trainer.restore(state)
            trainer.history.losses[:], trainer.history.epochs[:] = history.losses, history.epochs
        kept = resumed.get("ranks", [])
        if len(kept) == self.size:
            set_generator_states(trainer.model, kept[self.rank])
        elif not self.leads:
            _part_generators(trainer.model, self.rank)

    def outputs(self, model: Module, x: Array) -> Array:
        """The model's outputs, everywhere; each rank computes its share of them."""
        mine = x[share(len(x), self.rank, self.size)]
        parts = self.comm.allgather(outputs_of(model, mine) if len(mine) else None)
        return np.concatenate([part for part in parts if part is not None])

    def facts(self, model: Module, step: int) -> dict[str, Any]:
        """The states of every rank's random generators, where there are some; the weights are compared, bit for bit.

        Raises:
            RanksError: they differ.
        """
        digest = hashlib.blake2b()
        for array in model.state_dict().values():
            digest.update(array.tobytes())
        digests, states = zip(*self.comm.allgather((digest.digest(), generator_states(model))), strict=True)
        parted = [rank for rank, other in enumerate(digests) if other != digests[0]]
        if parted:
            raise RanksError(
                f"after step {step} rank {parted[0]} has other weights than rank 0: something changed them on one rank "
                "only, or the MPI library does not give every rank the same sum; the last checkpoint is good"
            )
        return {"ranks": list(states)} if any(states) else {}

    def saved(self, path: Path | None) -> None:
        """Every rank can tell what is kept, should one fail or be lost."""
        if path is not None:
            self.kept = (
                f"{path} is kept: go on from there, on any number of ranks, with --resume (in Python: resume=True)"
            )
        if self.notice is not None:  # before another rank goes on, and may be lost
            self.notice.say(f"error: one of the {self.size} ranks was lost, which ends them all; {self.kept}")
        self.kept = self.same(self.kept)


def _part_generators(model: Module, rank: int) -> None:
    """Give every random generator of the model a start of its own, which the leader's and the rank decide."""
    for _, generator in generators(model):
        kind = type(generator.bit_generator)
        drawn = copy.deepcopy(generator).integers(2**32, size=4).tolist()
        generator.bit_generator.state = kind(np.random.SeedSequence([*drawn, rank])).state
