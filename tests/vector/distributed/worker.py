"""A small training that `mpiexec -n N python -m tests.vector.distributed.worker FOLDER FATE` runs on N ranks."""

import os
import signal
import sys
from pathlib import Path
from typing import Any

import numpy as np

from demos.ranks import ranks
from vector import data, distributed, nn, training
from vector.distributed import ranks as ranks_module
from vector.distributed.sharding import shared_sum

OPTIONS: dict[str, Any] = {"epochs": 4, "batch": 16, "lr": 2e-2, "schedule": "cosine", "validation": 0.2}
STEP = 7


def refuse(*arguments: Any) -> Any:
    """What MPI says where it cannot make the memory."""
    shared_sum(*arguments)
    raise RuntimeError("MPI_ERR_RMA_SHARED: memory cannot be shared")


def train(folder: Path | None, fate: str = "none") -> training.History:
    """One rank's part; rank 1 meets its fate during step `STEP`."""
    x, y = data.moons(60, 0.1, np.random.default_rng(1))
    group = ranks()
    if fate == "no shared memory" and group.rank == 1:
        vars(ranks_module)["shared_sum"] = refuse
    rank = group.rank
    steps = 0

    class Net(nn.Module):
        def __init__(self) -> None:
            self.body = nn.MLP(2, [8, 2], dtype=np.float64, generator=np.random.default_rng(rank))

        def __call__(self, x: Any) -> Any:
            nonlocal steps
            steps += self.training
            if steps == STEP and rank == 1:
                if fate == "raise":
                    raise ValueError("this rank has had enough")
                if fate in ("SIGKILL", "SIGINT", "SIGTERM"):
                    os.kill(os.getpid(), signal.Signals[fate])
            return self.body(x)

    return distributed.fit(Net(), x, y, group=group, folder=folder, resume=True, checkpoint_seconds=0, **OPTIONS)


if __name__ == "__main__":
    train(Path(sys.argv[1]), sys.argv[2])
