"""The states of the random generators that layers hold."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np

from vector.nn import Module


def generators(model: Module) -> Iterator[tuple[str, np.random.Generator]]:
    """(dotted name, generator) of every random generator that a layer holds, such as dropout's."""
    for path, module in model.named_modules():
        for name, value in vars(module).items():
            if isinstance(value, np.random.Generator):
                yield f"{path}.{name}", value


def generator_states(model: Module) -> dict[str, Any]:
    """By name, the state of each bit generator."""
    return {name: generator.bit_generator.state for name, generator in generators(model)}


def set_generator_states(model: Module, states: Mapping[str, Any]) -> None:
    """Put every generator where it was; a ValueError if the model has others."""
    own = dict(generators(model))
    if own.keys() != states.keys():
        raise ValueError(f"expected random generators {sorted(own)}, got {sorted(states)}")
    for name, generator in own.items():
        generator.bit_generator.state = states[name]
