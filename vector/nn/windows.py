"""The windows that slide over an image, as places in it: what convolution and pooling are built on."""

from typing import Any

import numpy as np
import numpy.typing as npt

from vector import functions, rules

Size = int | tuple[int, int]


def pair(size: Size) -> tuple[int, int]:
    """(height, width) from one number for both, or from two."""
    if isinstance(size, str):
        raise TypeError(f"expected a number, or one for each of two directions, got {size!r}")
    return (size, size) if isinstance(size, int) else size


def places(
    layer: str, shape: tuple[int, ...], kernel: tuple[int, int], stride: tuple[int, int], padding: tuple[int, int]
) -> tuple[npt.NDArray[Any], npt.NDArray[Any]]:
    """The rows, (out height, kernel height), and columns, (out width, kernel width), that the windows look at.

    Those in the padding lie outside the image.

    Raises:
        ValueError: shape is not (batch, channels, height, width), or its padded image is smaller than the kernel.
    """
    if len(shape) != 4 or any(n + 2 * p < k for n, p, k in zip(shape[2:], padding, kernel, strict=True)):
        raise ValueError(
            f"{layer}: expected x of shape (batch, channels, height, width) with height + 2·{padding[0]} >= "
            f"{kernel[0]} and width + 2·{padding[1]} >= {kernel[1]}, got {shape}"
        )
    rows, columns = (
        np.arange(-p, n + p - k + 1, s)[:, None] + np.arange(k)
        for n, k, s, p in zip(shape[2:], kernel, stride, padding, strict=True)
    )
    return rows, columns


def flat_places(shape: tuple[int, ...], rows: npt.NDArray[Any], columns: npt.NDArray[Any]) -> npt.NDArray[Any]:
    """Places in the flat x: (batch, out height, out width, channels, kernel height, kernel width)."""
    batch, channels, height, width = shape
    images = np.arange(batch * channels).reshape(batch, 1, 1, channels, 1, 1) * (height * width)
    return images + rows[:, None, None, :, None] * width + columns[:, None, None, :]


def windows(layer: str, x: Any, kernel: tuple[int, int], stride: tuple[int, int], padding: tuple[int, int]) -> Any:
    """The numbers under each window, 0 in the padding: (batch, out height, out width, channels, *kernel)."""
    rows, columns = places(layer, x.shape, kernel, stride, padding)
    index = flat_places(x.shape, rows, columns)
    flat = rules.reshape(x, shape=(-1,))
    if any(padding):
        height, width = x.shape[2:]
        row_inside, column_inside = (rows >= 0) & (rows < height), (columns >= 0) & (columns < width)
        inside = row_inside[:, None, None, :, None] & column_inside[:, None, None, :]
        index = np.where(inside, index, flat.size)
        flat = functions.concatenate([flat, np.zeros(1, x.dtype)])  # the 0 that every place in the padding reads
    return rules.reshape(rules.getitem(flat, index=index.reshape(-1)), shape=index.shape)
