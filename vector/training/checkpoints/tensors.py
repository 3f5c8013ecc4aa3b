"""Arrays by name in the safetensors format, which PyTorch and others read; a model's weights in a file of their own."""

import json
from collections.abc import Mapping
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np

from vector.arrays import Array
from vector.nn import Module
from vector.training.checkpoints.files import CheckpointError, write_whole


def save_weights(model: Module, path: str | Path) -> Path:
    """Write the model's `state_dict` as a safetensors file: names and layouts are PyTorch's.

    Raises CheckpointError: the file cannot be written; ImportError: safetensors is not installed.
    """
    write_whole(Path(path), pack(model.state_dict(), {"model": repr(model)}))
    return Path(path)


def load_weights(model: Module, path: str | Path) -> None:
    """Copy the numbers of a safetensors file, from here or from PyTorch, into the model.

    Raises CheckpointError: the file cannot be read, is damaged, or its names or shapes are not the model's;
    ImportError: safetensors is not installed.
    """
    try:
        arrays, _ = unpack(Path(path).read_bytes())
        model.load_state_dict(arrays)
    except OSError as error:
        raise CheckpointError(f"cannot read {path}: {error.strerror or error}") from None
    except (ValueError, CheckpointError) as error:
        raise CheckpointError(f"{path}: {error}") from None


def load(folder: str | Path) -> Any:
    """The model that `twingrad train` left in a folder, with its columns and classes: `demos.trained.load`."""
    return import_module("demos.trained").load(folder)


def pack(arrays: Mapping[str, Array], metadata: dict[str, str]) -> bytes:
    """The contents of a safetensors file."""
    # The library writes an array's memory as it lies, so it must lie row by row.
    return _library().save({name: np.require(a, requirements="C") for name, a in arrays.items()}, metadata)


def unpack(contents: bytes) -> tuple[dict[str, Array], dict[str, str]]:
    """The arrays and the metadata of a safetensors file."""
    library = _library()
    try:
        arrays = library.load(contents)
    except Exception as error:  # the library's own class for a broken file, KeyError for a dtype
        raise CheckpointError(f"no whole safetensors file of NumPy's dtypes ({error})") from None
    header = json.loads(contents[8 : 8 + int.from_bytes(contents[:8], "little")])
    return arrays, header.get("__metadata__", {})


def _library() -> Any:
    try:
        import safetensors.numpy
    except ImportError as error:
        raise ImportError('checkpoints need safetensors; install it with: pip install "twingrad[train]"') from error
    return safetensors.numpy
