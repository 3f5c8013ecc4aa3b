"""What the `state_dict`s of modules and optimizers share: dotted names, and the check of a state to be loaded."""

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np


def dotted(name: str, value: Any) -> Iterator[tuple[str, Any]]:
    """(name, value); of each element, for lists, tuples and dictionaries.

    >>> list(dotted("a", [1, (2, 3)]))
    [('a.0', 1), ('a.1.0', 2), ('a.1.1', 3)]
    """
    if isinstance(value, (list, tuple, dict)) and not hasattr(value, "named_parameters"):
        for i, item in value.items() if isinstance(value, dict) else enumerate(value):
            yield from dotted(f"{name}.{i}", item)
    else:
        yield name, value


def check_fits(owner: str, own: Mapping[str, Any], state: Mapping[str, Any]) -> None:
    """Refuse a state of other names or shapes than the owner's, "model" or "optimizer", own."""
    if own.keys() != state.keys():
        missing, unknown = sorted(own.keys() - state.keys()), sorted(state.keys() - own.keys())
        raise ValueError(f"load_state_dict: expected the names of the {owner}, got {missing=} {unknown=}")
    for name, value in own.items():
        expected, got = getattr(value, "shape", ()), np.shape(state[name])
        if expected != got:
            raise ValueError(f"load_state_dict: {name} expected shape {expected}, got {got}")
