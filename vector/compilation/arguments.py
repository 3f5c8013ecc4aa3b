"""A step's arguments: what varies from call to call, and the signature that two calls share with a plan."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from vector import modes
from vector.arrays import layout
from vector.compilation.program import frozen
from vector.compilation.surroundings import ABSENT, Place, has_own, is_opaque, slots
from vector.compilation.tracers import CaptureError
from vector.nn.module import Module
from vector.optim.optimizer import Optimizer
from vector.tensor import Tensor
from vector.trees import tree_leaves, tree_map


def signature(args: Sequence[Any], kwargs: dict[str, Any]) -> tuple[Any, Sequence[Any]]:
    """The key of some nested arguments, and those arrays and numbers in them that vary.

    Raises CaptureError: an array with a meaning of its own, as a masked one or a matrix has.
    """
    if not kwargs and all([type(x) is np.ndarray for x in args]):  # noqa: C419  # a list is faster here
        return (modes.recording.get(), *map(layout, args)), args
    tree = unpacked([args, kwargs])
    found = list(tree_leaves(tree))
    first: dict[int, int] = {}
    same = [first.setdefault(id(x), i) for i, x in enumerate(found) if isinstance(x, Tensor)]
    key = modes.recording.get(), str(tree_map(lambda x: 0, tree)), tuple(map(_kind, found)), tuple(same)
    once = [x for i, x in enumerate(found) if first.get(id(x), i) == i]
    arrays = (x._array if isinstance(x, Tensor) else x for x in once if varies(x))
    return key, [x if type(x) is float else np.asarray(x) for x in arrays]


def in_words(args: Sequence[Any], kwargs: dict[str, Any]) -> str:
    """The signature as users know it: (float32 (5, 4), a float, 'sum')."""

    def word(x: Any) -> str:
        if isinstance(x, (Tensor, np.ndarray, np.generic)):
            return f"{x.dtype} {x.shape}"
        return "a float" if type(x) is float else f"{x!r:.40}"

    return f"({', '.join(map(word, tree_leaves([*args, *kwargs.values()])))})"


def unpacked(tree: Any, above: tuple[Any, ...] = ()) -> Any:
    """The structure with each plain object in it replaced by its class and its attributes."""

    def inside(x: Any) -> Any:
        leaf = not is_plain(x) or any(x is y for y in above)  # an object that leads back to itself
        return x if leaf else [type(x), unpacked(attributes(x), (*above, x))]

    return tree_map(inside, tree)


def is_plain(x: Any) -> bool:
    """Whether an argument is an object of the user's that only holds values, such as a configuration."""
    known = varies(x) or isinstance(x, (Module, Optimizer, type)) or callable(x) or is_opaque(x)
    return not known and bool(has_own(x) or slots(type(x)))


def attributes(x: Any) -> dict[str, Any]:
    """All that an object holds."""
    places = [Place(x, "attribute", name, "") for cls in type(x).__mro__ for name in slots(cls)]
    held = {place.key: value for place in places if (value := place.read()) is not ABSENT}
    return held | (vars(x) if has_own(x) else {})


def varies(x: Any) -> bool:
    """Whether an argument may differ at each call of one signature."""
    return isinstance(x, (Tensor, np.ndarray, np.generic)) or type(x) is float


def _kind(x: Any) -> Any:
    if type(x) is np.ndarray:
        return layout(x)
    if type(x) is float:
        return float
    if isinstance(x, Tensor):
        return "Tensor", x.requires_grad, x.rule is None, x.grad is None, _kind(np.asarray(x._array))
    if isinstance(x, np.ndarray) and type(x) is not np.memmap:
        raise CaptureError(
            f"compile: expected plain arrays, got a {type(x).__name__}, for which + and * may mean something else; "
            "pass np.asarray(x), and a mask as an array of its own"
        )
    if varies(x):
        return type(x), _kind(np.asarray(x))
    if isinstance(x, (set, frozenset)):
        return type(x), frozenset(map(frozen, x))
    return frozen(x) if getattr(x, "__hash__", None) else (type(x), id(x))
