"""Where arrays lie: in whose memory, and how it is laid out."""

from collections.abc import Iterable
from typing import Any

import numpy as np

from vector.arrays import owner_of


def layout(array: Any) -> Any:
    """How an array lies."""
    return array.shape, array.dtype, array.strides


def address(array: Any) -> int:
    """Where its first element lies."""
    return array.__array_interface__["data"][0]


def location(array: Any) -> Any:
    """What two arrays that show the same elements of one memory have in common."""
    return address(array), layout(array)


class Memory:
    """The memory of some arrays."""

    def __init__(self, arrays: Iterable[Any]) -> None:
        owners = [*map(owner_of, arrays)]
        self._owners = {*map(id, owners)}
        self._foreign = [x for x in owners if x.base is not None]  # Python's, or a file's: it tells by its address

    def holds(self, *arrays: Any) -> bool:
        """Whether some of one of these arrays lies there."""
        for x in arrays:
            if isinstance(x, np.ndarray):
                if id(x if x.base is None else owner_of(x)) in self._owners:
                    return True
                if self._foreign and any(np.may_share_memory(x, y) for y in self._foreign):
                    return True
        return False
