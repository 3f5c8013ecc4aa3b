"""Compiled parts of a training whose recordings leave no trace, so that a resumed training takes the same steps."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from vector import modes
from vector.compilation import compile
from vector.nn import Module
from vector.optim import Optimizer
from vector.training.checkpoints.generators import generator_states, set_generator_states


def replayed(function: Callable[..., Any], model: Module, optimizer: Optimizer) -> Callable[..., Any]:
    """The function by `vector.compile`, whose recordings are made before the call; what they changed is put back.

    So every call is replayed, also the first one with arrays of a new shape, such as an epoch's last minibatch. Within
    `vector.detect_anomaly()` the function runs operation by operation, so that the one that makes NaN is named.

    Raises:
        CaptureError: the function cannot be recorded; see `vector.compile`.
    """
    fast = compile(function)

    def record(arguments: tuple[Any, ...]) -> None:
        before = model.state_dict(), optimizer.state_dict(), generator_states(model)
        for _ in range(4):  # two recordings agree, but the first may still set up what the others find
            if not fast.is_ready(*arguments):
                fast(*arguments)
        model.load_state_dict(before[0])
        optimizer.load_state_dict(before[1])
        set_generator_states(model, before[2])

    def call(*arguments: Any) -> Any:
        if modes.hooks.get() is not None:
            return function(*arguments)
        if not fast.is_ready(*arguments):
            record(arguments)
        return fast(*arguments)

    return call
