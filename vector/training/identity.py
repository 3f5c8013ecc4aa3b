"""What must be the same for a training to be taken up."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping
from typing import Any

from vector.nn import Module
from vector.training.config import OPTIMIZERS, SCHEDULES, Config
from vector.training.description import description
from vector.training.errors import CheckpointError
from vector.training.samples import Samples
from vector.training.state import fingerprint

_FREE = ("keep", "checkpoint_seconds", "patience")  # options that change none of the steps already taken


def identity(model: Module, samples: Samples, config: Config, augment: Any = None, **made: Any) -> dict[str, Any]:
    """The model's architecture and dtypes, the data's fingerprint and the options that decide the steps.

    Args:
        augment, made: the callables that decide them, too; those of this library, which the options name, are left out.

    Raises:
        CheckpointError: one of them cannot be compared.
    """
    options = {name: value for name, value in dataclasses.asdict(config).items() if name not in _FREE}
    if config.schedule == "constant":  # the others are stretched over the epochs
        options.pop("epochs")
    dtypes = sorted({p.dtype.name for p in model.parameters()})
    data = fingerprint(samples.x, samples.y, *(samples.validation or ()))
    made |= {"optimizer": OPTIMIZERS[config.optimizer], "schedule": SCHEDULES[config.schedule]}
    made |= {"objective": type(samples.objective)}
    decide = {"augment": augment, **{f"{name}'s code": x for name, x in made.items() if not _is_ours(x)}}
    described: dict[str, str | None] = {}
    for name, x in decide.items():
        try:
            described[name] = None if x is None else description(x)
        except CheckpointError as error:
            raise CheckpointError(
                f"{name}: expected what a resumed training, or another process, can compare by its values, but {error}"
            ) from None
    return {"model": repr(model), "dtypes": dtypes, "data": data, **described, **options}


def _is_ours(x: Any) -> bool:
    return str(getattr(getattr(x, "func", x), "__module__", "")).startswith("vector.")


def require_same(
    theirs: Mapping[str, Any],
    ours: Mapping[str, Any],
    refuse: Callable[[str], Exception] = CheckpointError,
    told: str = "it is of another training: its {name} is {theirs}, here {ours}",
) -> None:
    """Refuse a checkpoint of another training, naming the first thing that differs."""
    for name in sorted(ours.keys() | theirs.keys()):
        if ours.get(name) != theirs.get(name):
            there, here = (" ".join(repr(x.get(name)).split()) for x in (theirs, ours))
            parted = next((i for i, (a, b) in enumerate(zip(there, here, strict=False)) if a != b), 0)
            there, here = (_short(text, max(0, parted - 30)) for text in (there, here))
            raise refuse(told.format(name=name, theirs=there, ours=here))


def _short(text: str, start: int) -> str:
    """At most about 80 letters of it, from `start` on if it is longer."""
    return text if len(text) <= 80 else f"{'…' * (start > 0)}{text[start : start + 78]}{'…' * (len(text) > start + 78)}"
