"""A model's weights in a file of their own, to keep, to share, or to take to PyTorch and back."""

from __future__ import annotations

from pathlib import Path

from vector.nn import Module
from vector.training.errors import CheckpointError
from vector.training.files import write_whole
from vector.training.tensors import pack, unpack


def save_weights(model: Module, path: str | Path) -> Path:
    """Write the model's `state_dict` as a safetensors file: names and layouts are PyTorch's.

    Raises:
        CheckpointError: the file cannot be written.
        ImportError: safetensors is not installed.
    """
    write_whole(Path(path), pack(model.state_dict(), {"model": repr(model)}))
    return Path(path)


def load_weights(model: Module, path: str | Path) -> None:
    """Copy the numbers of a safetensors file, from here or from PyTorch, into the model.

    Raises:
        CheckpointError: the file cannot be read, is damaged, or its names or shapes are not the model's.
        ImportError: safetensors is not installed.
    """
    try:
        arrays, _ = unpack(Path(path).read_bytes())
        model.load_state_dict(arrays)
    except OSError as error:
        raise CheckpointError(f"cannot read {path}: {error.strerror or error}") from None
    except (ValueError, CheckpointError) as error:
        raise CheckpointError(f"{path}: {error}") from None
