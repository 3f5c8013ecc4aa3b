"""Windows that slide over images, by views and slices: what convolution and pooling are built on.

Images are (batch, channels, height, width), their windows (channels, *kernel, batch, out height, out width). What lies
at one place of every window is one slice of the images. A convolution is one product of matrices, (out channels,
channels·k·l)·(channels·k·l, batch·out height·out width), whose result the next layer reads as it lies.
"""

import functools
import math
from collections.abc import Iterable
from typing import Any

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from vector.op import Op, linear

Sides = tuple[int, int]  # (height, width)


def _padded(x: Any, padding: Sides, lowest: bool = False) -> Any:
    """The images with a border of these widths, of zeros or of what is not above any number."""
    if not any(padding):
        return x
    out = np.zeros_like(x, shape=_with_border(x.shape, padding))
    if lowest and x.dtype.kind != "b":
        np.copyto(out, np.iinfo(x.dtype).min if x.dtype.kind in "iu" else -math.inf)
    np.copyto(_inside(out, padding), x)
    return out


def _with_border(shape: tuple[int, ...], padding: Sides) -> tuple[int, ...]:
    return (*shape[:2], shape[2] + 2 * padding[0], shape[3] + 2 * padding[1])


def _inside(x: Any, padding: Sides) -> Any:
    return x[:, :, padding[0] : x.shape[2] - padding[0], padding[1] : x.shape[3] - padding[1]]


def _slices(x: Any, kernel: Sides, stride: Sides) -> list[Any]:
    """What lies at each place of the windows, row by row: views of shape (batch, channels, out height, out width)."""
    rows, columns = (n - k + 1 for n, k in zip(x.shape[2:], kernel, strict=True))
    return [x[:, :, i : i + rows : stride[0], j : j + columns : stride[1]] for i, j in np.ndindex(kernel)]


def _windows(x: Any, *, kernel: Sides, stride: Sides, padding: Sides) -> Any:
    seen = sliding_window_view(_padded(x, padding), kernel, axis=(2, 3))[:, :, :: stride[0], :: stride[1]]
    seen = np.transpose(seen, (1, 4, 5, 0, 2, 3))
    return seen if seen.flags.c_contiguous else seen.copy()  # of kernel 1 it is x as a convolution leaves it


def _overlap_add(g: Any, *, shape: tuple[int, ...], **how: Any) -> Any:
    parts = [np.transpose(g[:, i, j], (1, 0, 2, 3)) for i, j in np.ndindex(how["kernel"])]
    return _added(parts, parts[0], shape, **how)


def _added(parts: Iterable[Any], like: Any, shape: tuple[int, ...], kernel: Sides, stride: Sides, padding: Any) -> Any:
    """Images of this shape, in memory like the parts: at each place of the windows a part, added to what is there."""
    out = np.zeros_like(like, shape=_with_border(shape, padding))
    for place, part in zip(_slices(out, kernel, stride), parts, strict=True):
        np.add(place, part, out=place)
    return _inside(out, padding)


def _winners(x: Any, kernel: Sides, stride: Sides, padding: Sides) -> Any:
    """The place in each window of its largest number: the first of several, the last NaN; as in PyTorch, from 0 on."""
    best, *others = _slices(_padded(x, padding, lowest=True), kernel, stride)
    # Where all are −∞ it is the first one that is not in the border.
    outside = zip(padding, stride, best.shape[2:], strict=True)
    rows, columns = (np.maximum(p - s * np.arange(n), 0) for p, s, n in outside)
    place = np.zeros_like(best) + (rows[:, None] * kernel[1] + columns).astype(best.dtype)
    for i, other in enumerate(others, 1):
        number = other.copy()  # in one piece, where it is read three times
        place = np.maximum(place, ((number > best) | np.isnan(number)) * best.dtype.type(i))
        best = np.maximum(best, number)
    return place


def _max_pool_vjp(g: Any, out: Any, x: Any, **how: Any) -> Any:
    if not g.size:
        return np.reshape(g, x.shape)
    winners, kernel = _winners(x._read() if hasattr(x, "_read") else x, **how), how["kernel"]
    places = np.arange(math.prod(kernel), dtype=winners.dtype)  # as arrays, so that compiled loops are one text
    parts = (np.where(winners == places[i : i + 1], g, 0) for i in range(places.size))
    if not hasattr(g, "_apply"):
        return _added(parts, g, x.shape, **how)
    # Where it is recorded, in the words of rows.
    seen = np.reshape(np.where(winners == places[:, None, None, None, None], g, 0), (*kernel, *g.shape))
    return overlap_add(np.transpose(seen, (3, 0, 1, 2, 4, 5)), shape=x.shape, **how)


def _tied(out: Any, x: Any, **how: Any) -> Any:
    """The numbers that are the largest of a window, beside others."""
    attained = _windows(x, **how) == np.transpose(out, (1, 0, 2, 3))[:, None, None]
    tied = attained & (np.sum(attained, axis=(1, 2), keepdims=True) > 1)
    return [(_overlap_add(1.0 * tied, shape=x.shape, **how) > 0, (0, 1))]


overlap_add: Op  # windows and it are each other's transpose

# fmt: off
windows     = linear("windows",     _windows, lambda g, out, x, **how: overlap_add(g, shape=x.shape, **how),
              meaning="What each window sees of the images, a column each. Adds up what a number's copies get.")
overlap_add = linear("overlap_add", _overlap_add, lambda g, out, x, *, shape, **how: windows(g, **how),
              meaning="Windows laid down where they were cut out, and added. Hands each what lies under its window.")
max_pool    = Op("max_pool", lambda x, *, kernel, stride, padding:
                 functools.reduce(np.maximum, _slices(_padded(x, padding, lowest=True), kernel, stride)),
                 [_max_pool_vjp], kinks=_tied,
              meaning="The largest number under each window. Routes the gradient to it; of several the first gets all.")
# fmt: on
