"""One call that trains a model."""

from __future__ import annotations

import dataclasses
from typing import Any

import numpy.typing as npt

from vector.nn import Module
from vector.training.config import Config
from vector.training.recorder import History
from vector.training.trainer import Trainer


def fit(model: Module, x: npt.ArrayLike, y: npt.ArrayLike, **options: Any) -> History:
    """Train a model in place, and return what was recorded.

    Args:
        model: gives (n, width) for samples (n, ...).
        x: (n, ...), floating; converted to the dtype of the model's parameters.
        y: (n,) class indices, or numbers (n,) or (n, width) to be met.
        options: those of `Config` and of `Trainer`; validation is a share or a pair (x, y).

    Raises:
        DataError: the data cannot be learnt from; before anything is done.
        ValueError: an option is out of its range.
        CheckpointError: a checkpoint cannot be written, or none can be used.
        DivergedError: the loss left the finite numbers; names the operation.
        KeyboardInterrupt: Ctrl-C was pressed; the step was finished and, with a folder, a checkpoint saved.
    """
    names = {field.name for field in dataclasses.fields(Config)}
    if isinstance(options.get("validation"), tuple | list):
        names.remove("validation")  # the samples themselves, not a share
    config = Config(**{name: value for name, value in options.items() if name in names})
    return Trainer(model, x, y, config, **{k: v for k, v in options.items() if k not in names}).run()
