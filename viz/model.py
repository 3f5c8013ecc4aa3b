"""The modules of a user's model, of any engine: objects with parameters, found in one another's attributes."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from viz.node import Node

OUTSIDE = -1  # where an index of a module is expected: no module


@dataclass(frozen=True, slots=True)
class Part:
    """One module of a model. Parts are told by their index in a list that has each after the one around it."""

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
    stack = [(OUTSIDE, *place) for place in reversed([*_modules("", type(model).__name__, model)])]
    if not stack:
        raise TypeError(f"expected a model, an object with parameters(); got {type(model).__name__}")
    while stack:
        around, path, title, module = stack.pop()
        if id(module) in seen:  # a module that stands in two places is drawn in the first
            continue
        seen.add(id(module))
        index = len(found)
        attributes = getattr(module, "__dict__", {})
        own = tuple(node for value in attributes.values() for node in _parameters(value))
        chain = 1 << index | (found[around].chain if around != OUTSIDE else 0)
        found.append(Part(around, path, title, module, own, chain))
        prefix = path + "." if path else ""
        inner = [m for name, value in attributes.items() for m in _modules(prefix + name, name, value)]
        stack += [(index, *place) for place in reversed(inner)]
    return found


def _modules(path: str, title: str, value: object) -> Iterator[tuple[str, str, Any]]:
    """The modules in one attribute, with their paths and titles."""
    if isinstance(value, list | tuple):
        for index, item in enumerate(value):
            yield from _modules(f"{path}.{index}".lstrip("."), f"{type(item).__name__} {index + 1}", item)
    elif callable(getattr(value, "parameters", None)):
        yield path, title, value


def _parameters(value: object) -> Iterator[Node]:
    if isinstance(value, list | tuple):
        for item in value:
            yield from _parameters(item)
    elif getattr(value, "role", None) == "parameter":
        yield value  # type: ignore[misc]  # what has a role is a node
