"""Arrays in nested lists, tuples and dictionaries, taken apart and put together again."""

from collections.abc import Callable, Iterator
from typing import Any


def tree_leaves(tree: Any) -> Iterator[Any]:
    """The arrays of a nested structure, from left to right; dictionaries in their own order.

    A list of bare numbers is a structure too, as in the scalar engine: each number is an array of its own.
    """
    if isinstance(tree, dict):
        tree = list(tree.values())
    if isinstance(tree, (list, tuple)):
        for branch in tree:
            yield from tree_leaves(branch)
    else:
        yield tree


def named_leaves(tree: Any, name: str, form: str = "{}.{}") -> Iterator[tuple[str, Any]]:
    """(name, array) of each; `form` makes the name of a branch from the name above it and its key.

    >>> list(named_leaves([1, {"b": 2}], "a")), list(named_leaves({"b": (1,)}, "p", "{}[{!r}]"))
    ([('a.0', 1), ('a.1.b', 2)], [("p['b'][0]", 1)])
    """
    if isinstance(tree, (list, tuple, dict)) and not hasattr(tree, "named_parameters"):  # `nn.ModuleList` is a module
        for key, branch in tree.items() if isinstance(tree, dict) else enumerate(tree):
            yield from named_leaves(branch, form.format(name, key), form)
    else:
        yield name, tree


def tree_unflatten(tree: Any, arrays: Iterator[Any]) -> Any:
    """A structure of the same form, filled from left to right.

    >>> tree_unflatten({"w": [1, 2], "b": 3}, iter("xyz"))
    {'w': ['x', 'y'], 'b': 'z'}
    """
    if isinstance(tree, dict):
        return {key: tree_unflatten(branch, arrays) for key, branch in tree.items()}
    if isinstance(tree, tuple) and hasattr(tree, "_fields"):  # a named tuple takes its parts one by one
        return type(tree)(*(tree_unflatten(branch, arrays) for branch in tree))
    if isinstance(tree, (list, tuple)):
        return type(tree)(tree_unflatten(branch, arrays) for branch in tree)
    return next(arrays)


def tree_map(function: Callable[[Any], Any], tree: Any) -> Any:
    """The structure with the function applied to each array."""
    return tree_unflatten(tree, map(function, tree_leaves(tree)))
