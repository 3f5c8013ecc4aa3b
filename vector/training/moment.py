"""A moment of a training: how it is taken, and put back."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

from vector.nn import Module
from vector.optim import Optimizer, Schedule
from vector.training.errors import CheckpointError
from vector.training.generators import generator_states, set_generator_states
from vector.training.progress import Progress
from vector.training.state import State


def capture(
    model: Module, optimizer: Optimizer, schedule: Schedule, progress: Progress, best: Mapping[str, npt.NDArray[Any]]
) -> State:
    """A copy of all that the next step depends on, and of the best weights so far."""
    remembered = optimizer.state_dict()
    arrays = {f"model.{name}": array for name, array in model.state_dict().items()}
    arrays |= {f"optimizer.{name}": value for name, value in remembered.items() if isinstance(value, np.ndarray)}
    arrays |= {f"best.{name}": array for name, array in best.items()}
    facts = {
        "optimizer": {name: value for name, value in remembered.items() if not isinstance(value, np.ndarray)},
        "schedule": schedule.time,
        "generators": generator_states(model),
        "progress": dataclasses.asdict(progress),
    }
    return State(arrays, facts)


def restore(state: State, model: Module, optimizer: Optimizer, schedule: Schedule) -> Progress:
    """Put everything back, in place, and return how far the training had come.

    Raises:
        CheckpointError: the state is of another training.
    """
    try:
        model.load_state_dict(state.part("model"))
        optimizer.load_state_dict({**state.facts["optimizer"], **state.part("optimizer")})
        set_generator_states(model, state.facts["generators"])
        schedule.time = int(state.facts["schedule"])
        return Progress(**state.facts["progress"])
    except (KeyError, TypeError, ValueError) as error:
        raise CheckpointError(f"it does not fit this training ({error})") from None
