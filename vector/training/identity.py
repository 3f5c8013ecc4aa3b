"""What must be the same for a training to be taken up."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import Any

from vector.nn import Module
from vector.training.config import Config
from vector.training.errors import CheckpointError
from vector.training.samples import Samples
from vector.training.state import fingerprint

_FREE = ("keep", "checkpoint_seconds", "patience")  # options that change none of the steps already taken


def identity(model: Module, samples: Samples, config: Config, augment: Any = None) -> dict[str, Any]:
    """The model's architecture and dtypes, the data's fingerprint and the options that decide the steps.

    An augmentation is known by what it prints, a function by its name.
    """
    options = {name: value for name, value in dataclasses.asdict(config).items() if name not in _FREE}
    if config.schedule == "constant":  # the others are stretched over the epochs
        options.pop("epochs")
    dtypes = sorted({p.dtype.name for p in model.parameters()})
    data = fingerprint(samples.x, samples.y, *(samples.validation or ()))
    changed = getattr(augment, "__qualname__", None if augment is None else repr(augment))
    return {"model": repr(model), "dtypes": dtypes, "data": data, "augment": changed, **options}


def require_same(theirs: Mapping[str, Any], ours: Mapping[str, Any]) -> None:
    """Refuse a checkpoint of another training.

    Raises:
        CheckpointError: naming the first thing that differs.
    """
    for name in sorted(ours.keys() | theirs.keys()):
        if ours.get(name) != theirs.get(name):
            raise CheckpointError(
                f"it is of another training: its {name} is {_short(theirs.get(name))}, here {_short(ours.get(name))}"
            )


def _short(value: Any) -> str:
    return text if len(text := " ".join(repr(value).split())) <= 80 else f"{text[:77]}…"
