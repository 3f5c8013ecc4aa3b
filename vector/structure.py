"""Arrays in nested lists, tuples and dictionaries, taken apart and put together again."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any


def leaves(tree: Any) -> Iterator[Any]:
    """The arrays of a nested structure, from left to right; dictionaries in their own order.

    A list of bare numbers is a structure too, as in the scalar engine: each number is an array of its own.
    """
    if isinstance(tree, dict):
        tree = list(tree.values())
    if isinstance(tree, (list, tuple)):
        for branch in tree:
            yield from leaves(branch)
    else:
        yield tree


def like(tree: Any, arrays: Iterator[Any]) -> Any:
    """A structure of the same form, filled from left to right.

    >>> like({"w": [1, 2], "b": 3}, iter("xyz"))
    {'w': ['x', 'y'], 'b': 'z'}
    """
    if isinstance(tree, dict):
        return {key: like(branch, arrays) for key, branch in tree.items()}
    if isinstance(tree, tuple) and hasattr(tree, "_fields"):  # a named tuple takes its parts one by one
        return type(tree)(*(like(branch, arrays) for branch in tree))
    if isinstance(tree, (list, tuple)):
        return type(tree)(like(branch, arrays) for branch in tree)
    return next(arrays)


def mapped(function: Callable[[Any], Any], tree: Any) -> Any:
    """The structure with the function applied to each array."""
    return like(tree, map(function, leaves(tree)))
