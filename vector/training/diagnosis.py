"""Which operation first left the finite numbers: the steps since the last good moment are run again and watched."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable
from contextlib import AbstractContextManager
from typing import Any

import numpy as np

from vector.nn import Module


def all_finite(model: Module) -> bool:
    """Whether every number of the model's state is finite."""
    return all(bool(np.isfinite(array).all()) for array in model.state_dict().values())


def first_anomaly(
    rewind: Callable[[], Iterable[tuple[Any, Any]]],
    step: Callable[[Any, Any], float],
    finite: Callable[[], bool],
    watch: Callable[[], AbstractContextManager[None]],
) -> tuple[int, str]:
    """The number, from 1, of the first step after which something is not finite, and what made it so.

    Args:
        rewind: goes back to a good moment and gives the batches from there on.
        step: takes a step and gives its loss.
        finite: whether the model still is.
        watch: within this context an operation that makes NaN or infinity raises an ArithmeticError that names it.
    """
    number = 0
    for number, batch in enumerate(rewind(), 1):  # noqa: B007
        if not (np.isfinite(step(*batch)) and finite()):
            break
    else:
        return number, "it did not come again when the steps were repeated"
    *before, last = itertools.islice(rewind(), number)
    for batch in before:
        step(*batch)
    try:
        with watch():
            step(*last)
    except ArithmeticError as error:
        return number, str(error)
    return number, "every operation was finite, the optimizer's update was not"
