"""One call that trains a model on all ranks."""

import functools
from collections.abc import Callable
from typing import Any

import numpy.typing as npt

from vector.distributed.launcher import world
from vector.distributed.ranks import Ranks
from vector.distributed.sharding import ShardedFeed
from vector.distributed.step import ParallelStep
from vector.nn import Module
from vector.training import Config, Feed, History, compiled_step, training_step
from vector.training import fit as fit_trainer
from vector.training.processes import SingleProcess


def fit(
    model: Module, x: npt.ArrayLike, y: npt.ArrayLike, *, group: SingleProcess | None = None, compile: bool = False,
    make_feed: Callable[..., Any] = Feed, **options: Any,
) -> History:  # fmt: skip
    """`vector.training.fit`, with each minibatch split over the processes that mpiexec started.

    Every rank calls it with the same data and options. The numbers are those of one process, to rounding, whatever the
    number of ranks; the first weights are the leader's. The leader alone writes into the folder and calls its
    callbacks; all return the same history.

    Args:
        model, x, y: as for `vector.training.fit`; each rank holds all samples.
        group: the processes; default: `world()`.
        compile: whether steps are compiled (`vector.compile`).
        make_feed: as for `vector.training.Trainer`; gives the minibatches of all ranks.
        options: those of `vector.training.fit`; batch counts the samples of all ranks together.

    Raises:
        ImportError: several processes were started, and mpi4py is not installed.
        RanksError: the ranks have other data, models or options, or their weights have become different.
        ValueError: as for `vector.training.fit`, and a batch without a sample for each rank.
    """
    batch = options.get("batch", Config.batch)
    return fit_trainer(
        model, x, y, **parallel(group or world(), batch, compile=compile, make_feed=make_feed), **options
    )


def parallel(
    group: SingleProcess, batch: int, *, compile: bool = False, make_feed: Callable[..., Any] = Feed
) -> dict[str, Any]:
    """The arguments with which a `vector.training.Trainer` trains over a group of processes.

    Args:
        group, compile, make_feed: as for `fit`.
        batch: samples in a minibatch of all processes, the same as in the trainer's `Config`.
    """
    if not isinstance(group, Ranks):
        return {"group": group, "make_step": compiled_step if compile else training_step, "make_feed": make_feed}
    return {
        "group": group,
        "make_step": functools.partial(ParallelStep, group, batch, compile=compile),
        "make_feed": lambda *arguments: ShardedFeed(make_feed(*arguments), group.rank, group.size),
    }
