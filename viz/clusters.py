"""Which module of the user's model each node belongs to, found from the parameters that it computes with.

Engines do not record modules. But a model holds its parameters in its modules, and so a node lies in a module when it
computes with a parameter of the module, or stands on a path between two nodes that do. An activation that a module
names in its attribute `activation` lies in it too. Whatever else a module computes after its last parameter is drawn
outside it.
"""

import functools
import operator
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from viz import labels
from viz.graph import Cluster
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

    model: a module, or a sequence of modules. A module is an object with a method `parameters`; its parts and its own
    parameters are found in its attributes, and in lists and tuples there.

    Raises TypeError: `model` is nothing of the kind.
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


def clusters(model: object, order: Sequence[Node]) -> tuple[tuple[Cluster, ...], dict[int, str]]:
    """The modules that are at work in a graph, and by the `id` of each node in one of them the innermost around it.

    model: see `parts`.
    order: the graph's nodes in topological order.

    Raises TypeError: `model` is no model; ValueError: no node of the graph computes with a parameter of the model.
    """
    modules = parts(model)
    places = _places(modules, order)
    used = functools.reduce(operator.or_, (modules[place].chain for place in places.values()), 0)
    if not used:
        kind = modules[0].kind
        raise ValueError(f"expected a graph that computes with the model's parameters; none of this {kind} is in it")
    contents = _contents(modules)
    found = tuple(
        Cluster(_name(index), _name(part.around), part.path, part.kind, labels.clean(part.title), contents[index])
        for index, part in enumerate(modules)
        if used >> index & 1
    )
    return found, {node: _name(place) for node, place in places.items()}


def _name(place: int) -> str:
    return "" if place == OUTSIDE else f"c{place + 1}"


def _contents(modules: Sequence[Part]) -> list[tuple[str, ...]]:
    """Of each module: how many modules of which class stand directly inside, and how many numbers it learns."""
    sizes = [sum(getattr(node.data, "size", 1) for node in part.parameters) for part in modules]
    kinds: list[Counter[str]] = [Counter() for _ in modules]
    for index, part in reversed([*enumerate(modules)]):  # from the inside out
        if part.around != OUTSIDE:
            sizes[part.around] += sizes[index]
            kinds[part.around][labels.clean(part.kind)] += 1
    return [
        (*(f"{number} × {kind}" for kind, number in inside.items()), f"{size:,} parameter{'s' * (size != 1)}")
        for inside, size in zip(kinds, sizes, strict=True)
    ]


def _places(modules: Sequence[Part], order: Sequence[Node]) -> dict[int, int]:
    """By the `id` of each node that lies in a module, the innermost one. Sets of modules are the bits of integers."""
    owners = {id(node): index for index, part in enumerate(modules) for node in part.parameters}
    uses = {id(node): _around(modules, (owners[id(p)] for p in node.parents if id(p) in owners)) for node in order}
    above, below = dict(uses), dict(uses)
    for node in order:
        for parent in node.parents:
            above[id(node)] |= above[id(parent)]
    for node in reversed(order):
        for parent in node.parents:
            below[id(parent)] |= below[id(node)]
    places = {id(node): owners[id(node)] for node in order if id(node) in owners}
    for node in order:
        if node.parents:
            between = uses[id(node)] or above[id(node)] & below[id(node)]
            places[id(node)] = max(_innermost(modules, between), _activated(modules, node, places))
    users: dict[int, list[int]] = defaultdict(list)
    for node in order:
        for parent in node.parents:
            if parent.role == "constant" and not labels.is_array(parent.data):  # arrays are a model's data
                users[id(parent)].append(places[id(node)])
    places |= {node: _around(modules, used).bit_length() - 1 for node, used in users.items()}
    return {node: place for node, place in places.items() if place != OUTSIDE}


def _around(modules: Sequence[Part], places: Iterable[int]) -> int:
    """The modules around all of these places; none around no place, or around OUTSIDE."""
    chains = [modules[place].chain if place != OUTSIDE else 0 for place in places]
    return functools.reduce(operator.and_, chains) if chains else 0


def _innermost(modules: Sequence[Part], found: int) -> int:
    """The innermost of a set of modules; where several stand side by side, the one around them."""
    place = found.bit_length() - 1
    while place != OUTSIDE and (beside := found & ~modules[place].chain):
        other = modules[beside.bit_length() - 1].chain
        place = (modules[place].chain & other).bit_length() - 1
        found &= ~other
    return place


def _activated(modules: Sequence[Part], node: Node, places: Mapping[int, int]) -> int:
    """The innermost module around the one operand of `node` that names this operation as its activation."""
    place = places.get(id(node.parents[0]), OUTSIDE) if len(node.parents) == 1 else OUTSIDE
    while place != OUTSIDE and getattr(modules[place].module, "activation", None) != node.op:
        place = modules[place].around
    return place
