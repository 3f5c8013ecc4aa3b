"""The options that decide a training's numbers, and the optimizers and schedules that they name."""

from __future__ import annotations

import dataclasses
import math
import numbers
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from vector import optim
from vector.tensor import Tensor

OPTIMIZERS: dict[str, Callable[..., optim.Optimizer]] = {
    kind.__name__.lower(): kind
    for kind in (optim.SGD, optim.Adagrad, optim.RMSprop, optim.Adam, optim.AdamW, optim.NAdam, optim.Lion)
}
"""By name, "sgd" and so on, the optimizer's class."""

SCHEDULES: dict[str, Callable[[optim.Optimizer, int], optim.Schedule]] = {
    "constant": lambda optimizer, steps: optim.LinearLR(optimizer, 1.0, 1.0, steps),
    "linear": lambda optimizer, steps: optim.LinearLR(optimizer, 1.0, 0.1, steps),
    "cosine": optim.CosineAnnealingLR,
    "onecycle": lambda optimizer, steps: optim.OneCycleLR(optimizer, optimizer.lr, steps),
}
"""By name, a schedule over all steps: constant; a line down to a tenth; half a cosine down to 0; one cycle."""


@dataclass(frozen=True)
class Config:
    """How a model is trained. Two trainings with equal options, data and first weights end with equal weights.

    Args:
        epochs: passes over the training samples.
        batch: samples a step; the last step of an epoch takes what is left.
        optimizer: a name from `OPTIMIZERS`; `momentum` is for "sgd" and "rmsprop".
        lr: η, what the schedule scales.
        momentum: μ.
        weight_decay: λ; None for the optimizer's default.
        schedule: a name from `SCHEDULES`; it counts steps.
        objective: a name from `OBJECTIVES`, or a loss(outputs, y) → Tensor of one element; None chooses by the targets
            and the model's output.
        validation: the share of the samples, in [0, 1), that is held out to choose the best epoch; drawn by the seed.
        patience: how many epochs without a smaller validation loss end the training; None never stops early.
        seed: of the held out samples, the order of the others, and augmentation.
        checkpoint_seconds: the least time from one checkpoint to the next; 0 saves after every step.
        keep: how many checkpoints are kept.

    Raises TypeError: an option is no number, or no whole number, where it should be; ValueError: an option out of its
    range, or an unknown name.
    """

    epochs: int = 10
    batch: int = 64
    optimizer: str = "adam"
    lr: float = 1e-3
    momentum: float = 0.0
    weight_decay: float | None = None
    schedule: str = "constant"
    objective: str | Callable[[Any, Any], Any] | None = None
    validation: float = 0.0
    patience: int | None = None
    seed: int = 0
    checkpoint_seconds: float = 10.0
    keep: int = 3

    def __post_init__(self) -> None:
        self._convert_numbers()
        at_least = {"epochs": 1, "batch": 1, "patience": 1, "checkpoint_seconds": 0, "keep": 1, "seed": 0}
        for name, least in at_least.items():
            value = getattr(self, name)
            if value is not None and value < least:
                raise ValueError(f"expected {name} >= {least}, got {value}")
        if not 0 < self.lr < math.inf:
            raise ValueError(f"expected 0 < lr < infinity, got {self.lr}")
        if not 0 <= self.validation < 1:
            raise ValueError(f"expected 0 <= validation < 1, got {self.validation}")
        for name, table in (("optimizer", OPTIMIZERS), ("schedule", SCHEDULES)):
            if getattr(self, name) not in table:
                raise ValueError(f"expected {name} in {sorted(table)}, got {getattr(self, name)!r}")
        if self.momentum and self.optimizer not in ("sgd", "rmsprop"):
            raise ValueError(f"expected momentum == 0 for {self.optimizer}, got {self.momentum}")
        if self.weight_decay is not None and not 0 <= self.weight_decay < math.inf:
            raise ValueError(f"expected weight_decay >= 0, got {self.weight_decay}")

    def make_optimizer(self, parameters: list[Tensor]) -> optim.Optimizer:
        """The optimizer with the options that it takes."""
        options = {"momentum": self.momentum or None, "weight_decay": self.weight_decay}
        given = {name: value for name, value in options.items() if value is not None}
        return OPTIMIZERS[self.optimizer](parameters, self.lr, **given)

    def _convert_numbers(self) -> None:
        """Turn NumPy's numbers into Python's, which JSON can hold; refuse others."""
        for name, kind in ((field.name, str(field.type)) for field in dataclasses.fields(self)):
            value: Any = getattr(self, name)
            if value is None or kind.startswith("str"):
                continue
            whole = kind.startswith("int")
            suits = isinstance(value, numbers.Integral if whole else numbers.Real)
            if not suits:
                raise TypeError(f"expected {name} as a {'whole ' if whole else ''}number, got {value!r}")
            object.__setattr__(self, name, int(value) if whole else float(value))
