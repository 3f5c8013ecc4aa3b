"""An array as a thumbnail: a few block means, which a picture shows as coloured cells."""

import math
import warnings
from typing import Any

BLOCKS = 8  # rows and columns at most

Heat = tuple[tuple[float | None, ...], ...]
"""Rows of block means, divided by the largest in size, so in [−1, 1]; None where a mean is not finite."""


def heat(array: Any) -> Heat | None:
    """The array's block means, at most 8 × 8. Its leading axes are laid below one another; a vector is one row.

    None for complex numbers, which have no sign, and where there is nothing to show.

    >>> import numpy as np
    >>> heat(np.array([[4.0, 0.0, -2.0]]))
    ((1.0, 0.0, -0.5),)
    """
    if array.size == 0 or array.dtype.kind == "c":
        return None
    table = array.reshape(-1, array.shape[-1])
    counts = [(length, min(length, BLOCKS)) for length in table.shape]
    rows, columns = ([(n * i // blocks, n * (i + 1) // blocks) for i in range(blocks)] for n, blocks in counts)
    with warnings.catch_warnings():  # a block that holds inf and -inf has no mean, which its cell shows
        warnings.simplefilter("ignore", RuntimeWarning)
        means = [[float(table[top:bottom, left:right].mean()) for left, right in columns] for top, bottom in rows]
    largest = max((abs(mean) for row in means for mean in row if math.isfinite(mean)), default=0.0) or 1.0
    return tuple(tuple(mean / largest if math.isfinite(mean) else None for mean in row) for row in means)
