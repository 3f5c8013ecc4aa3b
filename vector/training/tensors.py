"""Arrays by name in the safetensors format, which PyTorch and others read."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import numpy as np

from vector.arrays import Array
from vector.training.errors import CheckpointError


def pack(arrays: Mapping[str, Array], metadata: dict[str, str]) -> bytes:
    """The contents of a safetensors file.

    Raises:
        ImportError: safetensors is not installed.
    """
    # The library writes an array's memory as it lies, so it must lie row by row.
    return _library().save({name: np.require(a, requirements="C") for name, a in arrays.items()}, metadata)


def unpack(contents: bytes) -> tuple[dict[str, Array], dict[str, str]]:
    """The arrays and the metadata of a safetensors file.

    Raises:
        CheckpointError: it is no whole safetensors file, or has a dtype that NumPy does not.
        ImportError: safetensors is not installed.
    """
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
        raise ImportError('checkpoints need safetensors; install it with: pip install "twingrad[training]"') from error
    return safetensors.numpy
