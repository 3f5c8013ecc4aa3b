"""One array for all that is summed over the ranks, so that one message a step is enough."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any

import numpy as np

from vector.arrays import ALIGNMENT
from vector.arrays import Array as Array


def aligned(size: int, dtype: np.dtype[Any], room: Array | None = None) -> Array:
    """So many zeros, the first at a multiple of `ALIGNMENT`; in `room`, which has `ALIGNMENT` bytes too many."""
    needed = size * dtype.itemsize
    if room is None:
        room = np.zeros(needed + ALIGNMENT, np.uint8)
    start = -room.ctypes.data % ALIGNMENT
    return room[start : start + needed].view(dtype)


class Flat:
    """Views, of the shapes and layouts of other arrays, that lie one after the other in one array.

    Attributes:
        whole: the one array, of the widest dtype among the others', at least float32.
        views: one for each array.

    Args:
        arrays: the others.
        make: makes `whole` from size and dtype.

    >>> flat = Flat([np.zeros((2, 3), np.float32), np.zeros(4, np.float32)])
    >>> flat.whole.shape, [view.shape for view in flat.views]
    ((10,), [(2, 3), (4,)])
    """

    def __init__(self, arrays: Sequence[Array], make: Callable[[int, np.dtype[Any]], Array] = aligned) -> None:
        dtype = np.result_type(np.float32, *(array.dtype for array in arrays))
        self.whole = make(sum(array.size for array in arrays), dtype)
        self.views = list(_laid_out_alike(self.whole, arrays))


def _laid_out_alike(whole: Array, arrays: Iterable[Array]) -> Iterable[Array]:
    """Parts of `whole`; those of a weight that is stored column by column are, too, for they are walked together."""
    end = 0
    for array in arrays:
        start, end = end, end + array.size
        order: Any = "F" if array.flags.f_contiguous and not array.flags.c_contiguous else "C"
        yield whole[start:end].reshape(array.shape, order=order)
