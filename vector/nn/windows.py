"""The windows that slide over an image, as places in it: what convolution and pooling are built on."""

import math
from typing import Any

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from vector import functions, rules
from vector.arrays import Array

Sides = tuple[int, int]  # (height, width)
Size = int | Sides


def pair(size: Size) -> Sides:
    """(height, width) from one number for both, or from two."""
    if isinstance(size, str):
        raise TypeError(f"expected a number, or one for each of two directions, got {size!r}")
    return (size, size) if isinstance(size, int) else size


def places(layer: str, shape: tuple[int, ...], kernel: Sides, stride: Sides, padding: Sides, **border: Any) -> Array:
    """What the windows see in the flat x: (batch, out height, out width, channels, *kernel); border: for `np.pad`."""
    if len(shape) != 4 or any(n + 2 * p < k for n, p, k in zip(shape[2:], padding, kernel, strict=True)):
        raise ValueError(
            f"{layer}: expected x of shape (batch, channels, height, width) with height + 2·{padding[0]} >= "
            f"{kernel[0]} and width + 2·{padding[1]} >= {kernel[1]}, got {shape}"
        )
    pixels = np.arange(math.prod(shape)).reshape(shape)
    padded = np.pad(pixels, ((0, 0), (0, 0), *((p, p) for p in padding)), **border) if any(padding) else pixels
    seen = sliding_window_view(padded, kernel, axis=(2, 3))[:, :, :: stride[0], :: stride[1]]
    return seen.transpose(0, 2, 3, 1, 4, 5)


def windows(layer: str, x: Any, kernel: Sides, stride: Sides, padding: Sides) -> Any:
    """The numbers under each window, 0 in the padding: (batch, out height, out width, channels, *kernel)."""
    index = places(layer, x.shape, kernel, stride, padding, constant_values=math.prod(x.shape))
    flat = rules.reshape(x, shape=(-1,))
    if any(padding):
        flat = functions.concatenate([flat, np.zeros(1, x.dtype)])  # the 0 that every place in the padding reads
    return rules.reshape(rules.getitem(flat, index=index.reshape(-1)), shape=index.shape)
