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
    """By name, the state of each bit generator, as JSON holds it."""
    return {name: _plain(generator.bit_generator.state) for name, generator in generators(model)}


def set_generator_states(model: Module, states: Mapping[str, Any]) -> None:
    """Put every generator where it was.

    Raises:
        ValueError: the model has other generators.
    """
    own = dict(generators(model))
    if own.keys() != states.keys():
        raise ValueError(f"expected random generators {sorted(own)}, got {sorted(states)}")
    for name, generator in own.items():
        generator.bit_generator.state = _restored(states[name])


def _plain(value: Any) -> Any:
    """Arrays, which some bit generators have in their states, as lists with a mark."""
    if isinstance(value, np.ndarray):
        return {"array": value.tolist(), "dtype": value.dtype.str}
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items()}
    return value.item() if isinstance(value, np.generic) else value


def _restored(value: Any) -> Any:
    if not isinstance(value, dict):
        return value
    if value.keys() == {"array", "dtype"}:
        return np.array(value["array"], value["dtype"])
    return {key: _restored(item) for key, item in value.items()}
