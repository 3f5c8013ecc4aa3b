"""Numbers in nested lists, tuples and dictionaries, taken apart and put together again."""

from collections.abc import Callable, Iterator
from typing import Any


def tree_leaves(tree: Any) -> Iterator[Any]:
    """The numbers of a nested structure, from left to right; dictionaries in their own order."""
    if isinstance(tree, dict):
        tree = list(tree.values())
    if isinstance(tree, (list, tuple)):
        for branch in tree:
            yield from tree_leaves(branch)
    else:
        yield tree


def tree_unflatten(tree: Any, numbers: Iterator[Any]) -> Any:
    """A structure of the same form, filled from left to right.

    >>> tree_unflatten({"w": [1, 2], "b": 3}, iter("xyz"))
    {'w': ['x', 'y'], 'b': 'z'}
    """
    if isinstance(tree, dict):
        return {key: tree_unflatten(branch, numbers) for key, branch in tree.items()}
    if isinstance(tree, tuple) and hasattr(tree, "_fields"):  # a named tuple takes its parts one by one
        return type(tree)(*(tree_unflatten(branch, numbers) for branch in tree))
    if isinstance(tree, (list, tuple)):
        return type(tree)(tree_unflatten(branch, numbers) for branch in tree)
    return next(numbers)


def tree_map(function: Callable[[Any], Any], tree: Any) -> Any:
    """The structure with the function applied to each number."""
    return tree_unflatten(tree, map(function, tree_leaves(tree)))
