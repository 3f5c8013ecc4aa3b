"""Where arrays lie: in whose memory, and how it is laid out."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from vector.arrays import owner_of


def layouts(arrays: Sequence[Any]) -> list[Any] | None:
    """The layouts of plain arrays; None if there is anything else among them."""
    if all([type(x) is np.ndarray for x in arrays]):  # noqa: C419  # a list is faster here
        return [(x.shape, x.dtype, x.strides) for x in arrays]
    return None


def location(array: Any) -> Any:
    """What two arrays that show the same elements of one memory have in common."""
    return array.__array_interface__["data"], array.shape, array.strides, array.dtype


def disjoint(arrays: Sequence[Any]) -> bool:
    """Whether no two of these arrays share memory."""
    owners = [owner_of(x) for x in arrays if isinstance(x, np.ndarray)]
    if len({*map(id, owners)}) < len(owners):
        return False
    foreign = [x for x in owners if x.base is not None]  # memory that Python or a file owns: it tells by its address
    return not any(np.may_share_memory(x, y) for x in foreign for y in owners if x is not y)
