"""`mpiexec -n RANKS python -m benchmarks.scaling.child WHAT …`: measures one thing and prints it as JSON."""

from __future__ import annotations

import json
import statistics
import sys
import time
from collections.abc import Callable
from typing import Any

import numpy as np

from benchmarks.problem import Setting, problem
from vector import nn, optim
from vector.arrays import aligned
from vector.distributed import Ranks, parallel, shard, world

SIZES = (784, 800, 10)
WARM = 5
REPEATS = 200
TINY, SMALL, LARGE = 8, 2**20, 2**24
"""Bytes of the messages that tell the latency and, by their difference, the bandwidth."""


class Unheard:
    """A communicator without a peer: what is left of a step is this rank's own work."""

    rank, size = 0, 1

    def Allreduce(self, _: Any, array: Any) -> None:  # noqa: N802  # as mpi4py calls it
        """The sum over one rank."""


def step(kind: str, batch: str) -> dict[str, Any]:
    """The median milliseconds of a step, of `batch` samples on all ranks together, and the last loss."""
    return _steps(world(), kind, int(batch))


def work(kind: str, batch: str) -> dict[str, Any]:
    """The same of one rank's own work in a parallel step, for this number of its samples: no messages."""
    return _steps(Ranks(Unheard(), None), kind, int(batch))


def _steps(group: Any, kind: str, batch: int) -> dict[str, Any]:
    layers, images, labels = problem(Setting(SIZES, batch, "SGD"))
    model = nn.MLP(SIZES[0], SIZES[1:])
    for layer, (weight, bias) in zip(model.layers, layers, strict=True):
        layer.load_state_dict({"weight": weight, "bias": bias})
    optimizer = optim.SGD(model.parameters(), lr=0.01)
    made = parallel(group, batch, compile=kind == "compiled")["make_step"](model, nn.cross_entropy, optimizer)
    group.listen(lambda: (False, False))
    mine = shard(batch, group.rank, group.size)
    x, y = images[mine], labels[mine]
    losses = [float(made(x, y).data) for _ in range(WARM)]
    steps = min(100, max(15, 100 * 256 // batch))
    found = {"ms": _median(lambda: losses.append(float(made(x, y).data)), steps) * 1e3, "loss": losses[-1]}
    return found if group.size == 1 else {**found, "sum": _sum_alone(group.comm, made.whole, made.add_up)}


def network() -> dict[str, float]:
    """α and β of a message between two ranks, and γ, the time to add two numbers, by the byte; in seconds."""
    comm = world().comm  # type: ignore[attr-defined]

    def message(size: int) -> float:
        buffer, other = np.zeros(size, np.uint8), 1 - comm.rank

        def there_and_back() -> None:
            if comm.rank == 0:
                comm.Send(buffer, other)
                comm.Recv(buffer, other)
            else:
                comm.Recv(buffer, other)
                comm.Send(buffer, other)

        return _median(there_and_back, REPEATS) / 2

    a, b = (aligned(np.zeros(SMALL // 4, np.float32)) for _ in range(2))
    return {
        "alpha": message(TINY),
        "beta": (message(LARGE) - message(SMALL)) / (LARGE - SMALL),
        "gamma": _median(lambda: np.add(a, b, out=a), REPEATS) / SMALL,
    }


def allreduce() -> dict[str, float]:
    """The median milliseconds of summing the gradients over the ranks: in shared memory, and by MPI's Allreduce."""
    group: Any = world()
    plain = Ranks(group.comm, group.in_place)
    size = sum(p.data.size for p in nn.MLP(SIZES[0], SIZES[1:]).parameters())

    dtype = np.dtype(np.float32)
    return {
        "shared": _sum_alone(group.comm, *group.summing(size, dtype)),
        "Allreduce": _sum_alone(group.comm, *plain.summing(size, dtype)),
        "bytes": size * dtype.itemsize,
    }


def _sum_alone(comm: Any, array: Any, add_up: Callable[[], object]) -> float:
    """The median milliseconds of a sum over the ranks, when each has just written its summands, as in a step."""
    times = []
    for _ in range(REPEATS):
        array[:] = 0
        comm.Barrier()
        start = time.perf_counter()
        add_up()
        times.append(time.perf_counter() - start)
    return statistics.median(times) * 1e3


def _median(action: Callable[[], object], repeats: int) -> float:
    times = []
    for _ in range(repeats):
        start = time.perf_counter()
        action()
        times.append(time.perf_counter() - start)
    return statistics.median(times)


if __name__ == "__main__":
    what: dict[str, Callable[..., Any]] = {"step": step, "work": work, "network": network, "allreduce": allreduce}
    told = what[sys.argv[1]](*sys.argv[2:])
    if world().leads:
        print(json.dumps(told), flush=True)
