"""All that the next step depends on, and what a checkpoint file holds: arrays by name, and the rest as JSON."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np

from vector.arrays import Array
from vector.nn import Module
from vector.training.checkpoints.files import CheckpointError
from vector.training.checkpoints.tensors import pack, unpack

FORMAT = 1
_KEY = "twingrad.checkpoint"


Snapshot: TypeAlias = dict[str, Any]
"""A training between two steps, by part: "model", "optimizer" and "best" hold arrays by dotted name, and numbers; the
rest is what JSON holds, and arrays, which some random generators have in their states."""


def to_bytes(snapshot: Snapshot) -> bytes:
    """The contents of a checkpoint file: safetensors of "part.name", whose metadata hold the rest and a checksum."""
    arrays: dict[str, Array] = {}
    facts: dict[str, Any] = {"format": FORMAT}
    for part, held in snapshot.items():
        named = {name: x for name, x in held.items() if isinstance(x, np.ndarray)} if isinstance(held, dict) else {}
        arrays |= {f"{part}.{name}": array for name, array in named.items()}
        facts[part] = {name: x for name, x in held.items() if name not in named} if named else held
    text = json.dumps(facts, sort_keys=True, default=_as_json)
    # One entry of metadata: the library writes several in an order that changes from run to run.
    return pack(arrays, {_KEY: f"{_checksum(arrays, text)} {text}"})


def from_bytes(contents: bytes) -> Snapshot:
    """Read what `to_bytes` made, if it is whole and unchanged."""
    arrays, metadata = unpack(contents)
    if _KEY not in metadata:
        raise CheckpointError("a safetensors file, but no checkpoint of this program")
    checksum, _, text = metadata[_KEY].partition(" ")
    if checksum != _checksum(arrays, text):
        raise CheckpointError("its checksum does not match its contents: it was damaged or changed")
    snapshot: Snapshot = json.loads(text, object_hook=_from_json)
    if snapshot.pop("format") != FORMAT:
        raise CheckpointError(f"its format is not {FORMAT}, the one that this version reads")
    for path, array in arrays.items():
        part, _, name = path.partition(".")
        snapshot.setdefault(part, {})[name] = array
    return snapshot


@dataclass
class Progress:
    """How far a training has come, and its best epoch.

    Attributes:
        epoch: epochs done. batch: minibatches done of the next. step: minibatches done in all.
        loss, samples: sum of the losses of this epoch's samples so far, and their number.
        best_epoch, best_score: the epoch, from 1, with the smallest validation loss, and that loss.
    """

    epoch: int = 0
    batch: int = 0
    step: int = 0
    loss: float = 0.0
    samples: int = 0
    best_epoch: int | None = None
    best_score: float | None = None

    def advance(self, loss: float, samples: int) -> None:
        """Count a minibatch."""
        self.batch += 1
        self.step += 1
        self.loss += loss * samples
        self.samples += samples

    def close_epoch(self) -> float:
        """Count an epoch, and return its mean loss."""
        mean = self.loss / self.samples
        self.epoch, self.batch, self.loss, self.samples = self.epoch + 1, 0, 0.0, 0
        return mean

    def improves(self, score: float) -> bool:
        """Whether the last epoch is the best so far; if so, store it as that."""
        if self.best_score is not None and score >= self.best_score:
            return False
        self.best_epoch, self.best_score = self.epoch, score
        return True


def _as_json(value: Any) -> Any:
    """NumPy's numbers as Python's, and arrays as dictionaries that `_from_json` knows."""
    return {"array": value.tolist(), "dtype": value.dtype.str} if isinstance(value, np.ndarray) else value.item()


def _from_json(value: dict[str, Any]) -> Any:
    return np.array(value["array"], value["dtype"]) if value.keys() == {"array", "dtype"} else value


def _checksum(arrays: Mapping[str, Array], text: str) -> str:
    """SHA-256 of the facts and of each array's name, dtype, shape and numbers."""
    digest = hashlib.sha256(text.encode())
    for name, array in sorted(arrays.items()):
        digest.update(f"\0{name}\0{array.dtype.str}\0{array.shape}\0".encode())
        digest.update(array.tobytes())
    return digest.hexdigest()


def fingerprint(*arrays: Array) -> str:
    """SHA-256 of some arrays' dtypes, shapes and numbers."""
    return _checksum({str(i): array for i, array in enumerate(arrays)}, "")


def generators(model: Module) -> dict[str, np.random.Generator]:
    """By dotted name, every random generator that a layer holds, such as dropout's."""
    held = ((f"{path}.{name}", x) for path, module in model.named_modules() for name, x in vars(module).items())
    return {name: x for name, x in held if isinstance(x, np.random.Generator)}


def generator_states(model: Module) -> dict[str, Any]:
    """By name, the state of each bit generator."""
    return {name: generator.bit_generator.state for name, generator in generators(model).items()}


def set_generator_states(model: Module, states: Mapping[str, Any]) -> None:
    """Put every generator where it was; a ValueError if the model has others."""
    own = generators(model)
    if own.keys() != states.keys():
        raise ValueError(f"expected random generators {sorted(own)}, got {sorted(states)}")
    for name, generator in own.items():
        generator.bit_generator.state = states[name]
