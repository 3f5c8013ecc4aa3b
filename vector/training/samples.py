"""The data of a training, checked, converted and split before the first step."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from vector.arrays import Array
from vector.data import DataError
from vector.nn import Module
from vector.training.checks import check_steps, checked_samples, converted, input_dtype, output_of_two
from vector.training.config import Config
from vector.training.feed import SPLIT, stream
from vector.training.objectives import OBJECTIVES, Objective, infer

Pair: TypeAlias = "tuple[npt.ArrayLike, npt.ArrayLike]"


@dataclass(frozen=True)
class Samples:
    """Training samples and targets, what is minimised on them, and the pairs (x, y) that are only measured."""

    x: Array
    y: Array
    objective: Objective
    validation: tuple[Array, Array] | None
    test: tuple[Array, Array] | None


def prepare(
    model: Module, x: npt.ArrayLike, y: npt.ArrayLike, config: Config, validation: Pair | None, test: Pair | None
) -> Samples:
    """Check everything; see `Trainer` for the arguments.

    Raises:
        DataError: the data cannot be learnt from.
        ValueError: an unknown objective, or patience without validation samples.
    """
    if config.patience is not None and validation is None and not config.validation:
        raise ValueError("patience needs validation samples: give validation=0.1, say")
    dtype = input_dtype(model)
    x, y = checked_samples("", x, y)
    x = converted("x", x, dtype)
    outputs = output_of_two(model, x)
    width = outputs.shape[1]
    name = config.objective or infer(y, width)
    if name not in OBJECTIVES:
        raise ValueError(f"expected objective in {sorted(OBJECTIVES)}, got {name!r}")
    if name == "regression":
        check_steps("y", y, outputs.dtype)
    OBJECTIVES[name](y, width)  # a bad target is told at its place in y, before y is split
    converted("y", y, outputs.dtype)
    if validation is None and config.validation:
        x, y, validation = split(x, y, config.validation, config.seed)
    try:
        objective = OBJECTIVES[name](y, width)
    except DataError as error:
        raise DataError(f"{error}, without the samples that are held out; take another seed or share") from None

    def measured(kind: str, pair: Pair | None) -> tuple[Array, Array] | None:
        if pair is None:
            return None
        other_x, other_y = checked_samples(f"{kind} ", *pair)
        if other_x.shape[1:] != x.shape[1:]:
            raise DataError(f"{kind} x: expected samples of shape {x.shape[1:]}, got {other_x.shape[1:]}")
        objective.check(f"{kind} y", other_y)
        return converted(f"{kind} x", other_x, dtype), other_y

    return Samples(x, y, objective, measured("validation", validation), measured("test", test))


def split(x: Array, y: Array, share: float, seed: int) -> tuple[Array, Array, tuple[Array, Array]]:
    """(training samples, their targets, (held out samples, their targets)), drawn by the seed.

    Raises:
        DataError: one of the parts would be empty.
    """
    count = round(len(x) * share)
    if not 0 < count < len(x):
        raise DataError(f"x: {len(x)} samples cannot be split with a validation share of {share}")
    order = stream(seed, SPLIT).permutation(len(x))
    held, kept = np.sort(order[:count]), np.sort(order[count:])
    return x[kept], y[kept], (x[held], y[held])
