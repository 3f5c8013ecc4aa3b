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

from vector.op import publish as _publish
from vector.training.checkpoints.files import CheckpointError as CheckpointError
from vector.training.checkpoints.folder import Checkpoints as Checkpoints
from vector.training.checkpoints.tensors import load as load, load_weights as load_weights, save_weights as save_weights
from vector.training.config import OPTIMIZERS as OPTIMIZERS, SCHEDULES as SCHEDULES, Config as Config
from vector.training.feed import Feed as Feed
from vector.training.history import History as History
from vector.training.objectives import OBJECTIVES as OBJECTIVES, Objective as Objective, evaluate as evaluate
from vector.training.step import compiled_step as compiled_step, training_step as training_step
from vector.training.trainer import Callback as Callback, DivergedError as DivergedError, Trainer as Trainer, fit as fit
from vector.vocabulary import teach as _teach

_publish(globals(), "OBJECTIVES", "OPTIMIZERS", "SCHEDULES")
_teach(__name__)
