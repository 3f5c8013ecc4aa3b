"""Data-parallel training over MPI: each process takes a shard of every minibatch, all hold the same weights.

>>> import numpy as np
>>> from vector import data, distributed, nn
>>> points, labels = data.moons(200, 0.1, np.random.default_rng(0))
>>> model = nn.MLP(2, [16, 2], generator=np.random.default_rng(0))
>>> history = distributed.fit(model, points, labels, epochs=60, batch=32, lr=1e-2, validation=0.2)
>>> distributed.world().size  # without mpiexec, one process trains alone
1

Read the files in this order: `sharding` (which samples a rank takes, and the sum over the ranks of one machine),
`ranks` (what else the processes agree on), `launcher` (the processes of mpiexec), `fitting` (one call for all that).
"""

from vector.distributed.fitting import fit, parallel
from vector.distributed.launcher import launched, world
from vector.distributed.ranks import Ranks, RanksError
from vector.distributed.sharding import ShardedFeed, shard
from vector.vocabulary import teach

__all__ = ["Ranks", "RanksError", "ShardedFeed", "fit", "launched", "parallel", "shard", "world"]

teach(__name__)
