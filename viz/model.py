"""The modules of a user's model, of any engine: objects with parameters, found in one another's attributes."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from viz.node import Node

OUTSIDE = -1  # where an index of a module is expected: no module

Item = tuple[str, str, Any]  # something found in a module's attributes, after its path and its title


@dataclass(frozen=True, slots=True)
class Part:
    """One module of a model. A part is known by its index in a list that has each after the one around it."""

    around: int  # the part that it is a part of, or OUTSIDE
    path: str
    title: str
    module: Any
    parameters: tuple[Node, ...]  # its own, not those of its parts
    chain: int  # a bit for its index and for each part around it

    @property
    def kind(self) -> str:
        """The module's class."""
        return type(self.module).__name__


def parts(model: object) -> list[Part]:
    """A model's modules, itself included, from the outside in.

    Args:
        model: a module, or a sequence of modules. A module is an object with a method `parameters`; its parts and its
            own parameters are found in its attributes, and in lists and tuples there.

    Raises:
        TypeError: `model` is nothing of the kind.
    """
    found: list[Part] = []
    seen: set[int] = set()
    outermost = _modules(_items("", type(model).__name__, model))
    stack = [(OUTSIDE, *place) for place in reversed(outermost)]
    if not outermost:
        raise TypeError(f"expected a model, an object with parameters(); got {type(model).__name__}")
    while stack:
        around, path, title, module = stack.pop()
        if id(module) in seen:  # a module that stands in two places is drawn in the first
            continue
        seen.add(id(module))
        index = len(found)
        prefix = path + "." if path else ""
        attributes = getattr(module, "__dict__", {}).items()
        items = [item for name, value in attributes for item in _items(prefix + name, name, value)]
        own = tuple(item for _, _, item in items if getattr(item, "role", None) == "parameter")
        chain = 1 << index | (found[around].chain if around != OUTSIDE else 0)
        found.append(Part(around, path, title, module, own, chain))
        stack += [(index, *place) for place in reversed(_modules(items))]
    return found


def _items(path: str, title: str, value: object) -> Iterator[Item]:
    """What is in one attribute."""
    if isinstance(value, list | tuple):
        for index, item in enumerate(value):
            yield from _items(f"{path}.{index}".lstrip("."), f"{type(item).__name__} {index + 1}", item)
    else:
        yield path, title, value


def _modules(items: Iterable[Item]) -> list[Item]:
    return [item for item in items if callable(getattr(item[-1], "parameters", None))]
