"""Functions that put elements in order; the gradient of an element goes where the element came from."""

from collections.abc import Callable
from typing import Any

import numpy as np

from vector.op import Op

Order = Callable[..., Any]


def along(x: Any, indices: Any, axis: int) -> Any:
    """x[indices] along one axis: the result at i is the element that indices[i] names in the same row."""
    grid = list(np.ogrid[tuple(slice(n) for n in indices.shape)])
    grid[axis] = indices
    return x[tuple(grid)]


def stable_order(x: Any, *, axis: int) -> Any:
    """Indices that sort x along an axis; elements that tie keep their order."""
    return np.argsort(x, axis=axis, kind="stable")


def _reordering(name: str, order: Order) -> Op:
    """The operation that puts x in this order; at a tie, the elements keep the places that the order gives them."""

    def forward(x: Any, *, axis: int, **params: Any) -> Any:
        return np.take_along_axis(x, order(x, axis=axis, **params), axis)

    def vjp(g: Any, out: Any, x: Any, *, axis: int, **params: Any) -> Any:
        return along(g, np.argsort(order(x, axis=axis, **params), axis=axis), axis)

    def kinks(out: Any, x: Any, *, axis: int, **params: Any) -> Any:
        ordered = np.sort(x, axis=axis)
        tied = np.diff(ordered, axis=axis, append=np.nan) == 0
        tied |= np.diff(ordered, axis=axis, prepend=np.nan) == 0
        ranks = np.argsort(stable_order(x, axis=axis), axis=axis)
        return [(np.take_along_axis(tied, ranks, axis), (0, 1))]

    return Op(name, forward, [vjp], kinks=kinks)


sort = _reordering("sort", stable_order)
partition = _reordering("partition", lambda x, *, axis, kth: np.argpartition(x, kth, axis=axis))
