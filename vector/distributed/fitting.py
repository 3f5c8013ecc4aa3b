"""Training on all ranks: one call, and its step of local gradients, one sum over the ranks, the same update on each."""

import functools
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from vector.arrays import Array
from vector.distributed.launcher import world
from vector.distributed.ranks import Ranks
from vector.distributed.sharding import ShardedFeed
from vector.nn import Module
from vector.optim import Optimizer
from vector.optim.optimizer import blocks
from vector.tensor import Tensor
from vector.training import Config, Feed, History, compiled_step, training_step
from vector.training import fit as fit_trainer
from vector.training.processes import SingleProcess
from vector.training.step import Loss, compiled

_BESIDE = ("loss", "samples", "due", "stop", "failed")  # what is summed with the gradients, by name in `Ranks.sums`


def fit(model: Module, x: npt.ArrayLike, y: npt.ArrayLike, *, group: SingleProcess | None = None, compile: bool = False,
        make_feed: Callable[..., Any] = Feed, **options: Any) -> History:  # fmt: skip
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
    made = parallel(group or world(), batch, compile=compile, make_feed=make_feed)
    return fit_trainer(model, x, y, **made, **options)


def parallel(
    group: SingleProcess, batch: int, *, compile: bool = False, make_feed: Callable[..., Any] = Feed
) -> dict[str, Any]:
    """The arguments with which a `vector.training.Trainer` trains over a group of processes.

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


class ParallelStep:
    """The function step(x, y) → loss for this rank's shard of a minibatch; loss and update are those of the whole.

    The loss of n of a minibatch's samples is weighted by n/batch before the backward pass, which costs nothing; the
    sum over the ranks is then the gradient of the minibatch's mean loss, times its size over `batch`, the samples of
    all ranks, which differs from 1 in the last minibatch of an epoch alone.

    An ArithmeticError of one rank's operations (see `vector.detect_anomaly`) is raised on all ranks.
    """

    def __init__(
        self, ranks: Ranks, batch: int, model: Module, loss: Loss, optimizer: Optimizer, *, compile: bool = False
    ) -> None:
        self.ranks, self.batch, self.model = ranks, batch, model
        self.moving = [name for name, buffer in model.named_buffers() if buffer.dtype.kind == "f"]
        parameters = optimizer.parameters
        self.used = np.zeros(len(parameters), bool)
        arrays = [*(p.data for p in parameters), *self._buffers(), self.used, np.empty(len(_BESIDE), np.float32)]
        dtype = np.result_type(np.float32, *(array.dtype for array in arrays))
        self.whole, self.add_up = ranks.summing(sum(array.size for array in arrays), dtype)
        *views, self.summed_used, self.tail = _laid_out_alike(self.whole, arrays)
        slopes, self.changes = views[: len(parameters)], views[len(parameters) :]
        local, update = _parts(model, loss, optimizer, slopes, self.used)
        self._local: Any = compiled(local, model, optimizer) if compile else local
        self._update: Any = compiled(update, model, optimizer) if compile else update

    def __call__(self, x: Any, y: Any) -> Tensor:
        """Take the step; x and y are this rank's shard, which may be empty."""
        before = [buffer.copy() for buffer in self._buffers()]
        failure = self._contribute(x, y)
        for change, old, new in zip(self.changes, before, self._buffers(), strict=True):
            np.subtract(new, old, out=change)
            change *= len(y) / self.batch
        self.add_up()
        self.ranks.sums = sums = dict(zip(_BESIDE, self.tail.tolist(), strict=True))
        if sums["failed"]:
            with self.ranks.together():
                if failure is not None:
                    raise failure
        scale = self.batch / sums["samples"]
        if scale != 1:
            self.whole *= scale
        for change, old, new in zip(self.changes, before, self._buffers(), strict=True):
            np.add(old, change, out=new)
        self._update(tuple((self.summed_used > 0).tolist()))
        return Tensor(np.asarray(sums["loss"] * scale, self.whole.dtype))

    def _contribute(self, x: Any, y: Any) -> ArithmeticError | None:
        """Fill this rank's summands, zeros if it has no sample; return an error, as the others wait for the sum."""
        failure, loss = None, 0.0
        if len(y) == 0:
            self.whole[:] = 0
        else:
            weight = len(y) / self.batch
            try:
                loss = weight * float(self._local(x, y, np.asarray(weight, self.whole.dtype)).data)
            except ArithmeticError as error:
                failure = error
            self.summed_used[:] = self.used
        self.tail[:] = loss, len(y), *self.ranks.wishes(), failure is not None
        return failure

    def _buffers(self) -> list[Any]:
        """Buffers such as running means, which each rank changes by its samples; all change by the ranks' mean."""
        found = dict(self.model.named_buffers()) if self.moving else {}
        return [found[name] for name in self.moving]


def _parts(model: Module, loss: Loss, optimizer: Optimizer, slopes: Sequence[Array], used: Array) -> tuple[Any, Any]:
    """What comes before the sum over the ranks, and after it; no closure over more than they need, to be compiled."""

    def local(x: Any, y: Any, weight: Any) -> Tensor:
        """The mean loss of the shard, and in `slopes` its gradients times weight."""
        value = loss(model(x), y)
        optimizer.zero_grad()
        (value * weight).backward()
        for i, (p, slope) in enumerate(zip(optimizer.parameters, slopes, strict=True)):
            used[i] = p.grad is not None
            for part, g in blocks(slope, np.zeros_like(slope) if p.grad is None else p.grad):
                np.copyto(part, g)
        return value

    def update(used: tuple[bool, ...]) -> None:
        """The optimizer's step with the summed gradients, of the parameters that have some."""
        for p, slope, has in zip(optimizer.parameters, slopes, used, strict=True):
            p.grad = slope.astype(p.dtype, copy=False) if has else None
        optimizer.step()

    return local, update


def _laid_out_alike(whole: Array, arrays: Sequence[Array]) -> Iterator[Array]:
    """Parts of `whole`, each laid out like its array: column by column for a weight that is stored so."""
    parts = np.split(whole, np.cumsum([array.size for array in arrays])[:-1])
    for part, array in zip(parts, arrays, strict=True):
        order: Any = "F" if array.flags.f_contiguous and not array.flags.c_contiguous else "C"
        yield part.reshape(array.shape, order=order)
