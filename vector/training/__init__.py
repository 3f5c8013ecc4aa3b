"""Training of a `Module`: checked data, checkpoints, exact resuming, early stopping, metrics.

>>> import numpy as np
>>> from vector import data, nn, training
>>> points, labels = data.moons(200, 0.1, np.random.default_rng(0))
>>> model = nn.MLP(2, [16, 16, 2], generator=np.random.default_rng(0))
>>> history = training.fit(model, points, labels, epochs=60, batch=32, lr=1e-2, schedule="cosine", validation=0.2)
>>> history.epochs[-1]["validation_accuracy"] > 0.95
True

Read the files in this order: `config` (every option), `trainer` (the loop), `step` (one step), `samples` (which data
are refused), `feed` (which samples a step takes), `objectives` (what is minimised and measured), `checkpoints` (what a
training is resumed from), `history` (what is recorded), `processes` (who trains).
"""

from vector.training.checkpoints.files import CheckpointError
from vector.training.checkpoints.folder import Checkpoints
from vector.training.checkpoints.tensors import load_weights, save_weights
from vector.training.config import OPTIMIZERS, SCHEDULES, Config
from vector.training.feed import Feed
from vector.training.history import History
from vector.training.objectives import OBJECTIVES, Objective, evaluate
from vector.training.step import compiled_step, training_step
from vector.training.trainer import Callback, DivergedError, Trainer, fit
from vector.vocabulary import teach

__all__ = [
    "OBJECTIVES", "OPTIMIZERS", "SCHEDULES", "Callback", "CheckpointError", "Checkpoints", "Config", "DivergedError",
    "Feed", "History", "Objective", "Trainer", "compiled_step", "evaluate", "fit", "load_weights", "save_weights",
    "training_step",
]  # fmt: skip

teach(__name__)
