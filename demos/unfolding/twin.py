"""A graph of single numbers that has, element for element, the values and gradients of a part of a tensor graph.

What the part leaves out is not lost. As operands, other elements are constants. And what flows back through tensors
that are left out is a number for each element, its slope, from the tensor engine's ledger: the loss gets the sum of
slope times element, with a constant that keeps its value.
"""

import contextlib
import functools
import itertools
import math
from collections import defaultdict
from collections.abc import Callable, Collection
from typing import Any

import numpy as np

from demos.unfolding.elements import OPENED, Reading, leaves, moved, reached, readings
from viz.walk import topological

MAX_TERMS = 8  # of more, those that are constants are one number


class TooManyError(Exception):
    """The graph of numbers would have too many nodes."""


class Plan:
    """A tensor graph, and in it what an element is computed from, and what the loss is."""

    def __init__(self, loss: Any, tensor: Any, place: int) -> None:
        self.loss, self.tensor, self.place = loss, tensor, place
        self.steps = {id(step.variable): step for step in loss.chain_rule()}
        if id(tensor) not in self.steps:
            raise ValueError(f"unfold: expected a tensor that the loss has a gradient for, got {tensor!r}")
        seed, all_of_it = np.zeros(tensor.shape, tensor.dtype), np.full(loss.shape, np.nan, loss.dtype)
        seed.reshape(-1)[place] = np.nan  # which arrives at all that has a part in it
        self.below = {id(step.variable): np.isnan(step.total) for step in tensor.chain_rule(seed)}
        self.leading = {id(step.variable): np.isnan(step.total) for step in loss.chain_rule(all_of_it)}
        self.tolerance = max(float(np.finfo(step.variable.dtype).eps) ** 0.5 for step in self.steps.values())
        self.tensors: list[Any] = [*topological([loss])]
        called = type(loss).name_all(loss).items()
        self.names = {id(x): name for x, name in called if x.role != "constant" or x.label or x.size > 1}

    def element_name(self, node: Any, place: int) -> str:
        """The tensor's name with the index, "h[0, 3]"; "" for a constant without a label."""
        name, index = self.names.get(id(node), node.label), np.unravel_index(place, np.shape(node.data))
        return f"{name}[{', '.join(map(str, index))}]" if name and index else name


def fitted(plan: Plan, engine: Any, max_nodes: int) -> "Twin":
    """The graph of numbers for all tensors, or for as many as fit, those on the way to the loss first."""
    with contextlib.suppress(TooManyError):
        return Twin(plan, engine, plan.steps, max_nodes)
    best, kept, met, waiting = None, set[int](), {id(plan.tensor)}, [plan.tensor]
    while waiting:
        node = waiting.pop(0)
        with contextlib.suppress(TooManyError):
            best = Twin(plan, engine, kept | {id(node)}, max_nodes)
            kept.add(id(node))
            uses = [term.child for term in plan.steps[id(node)].terms if id(term.child) not in met]
            operands = [x for x in node.parents if id(x) in plan.steps and id(x) not in met]
            met |= {id(x) for x in uses + operands}
            waiting = uses + waiting + operands
    if best is None:
        raise ValueError(f"unfold: expected max_nodes >= 5, for the element, its slope and the loss, got {max_nodes}")
    return best


class Twin:
    """The graph of numbers for those tensors of a plan whose `id` is kept."""

    def __init__(self, plan: Plan, engine: Any, kept: Collection[int], max_nodes: int) -> None:
        self.plan, self.engine, self.kept, self.max_nodes = plan, engine, kept, max_nodes
        self.values: dict[int, dict[int, Any]] = defaultdict(dict)
        """By the `id` of a tensor and the place in it, the number."""
        self.owners: dict[int, tuple[Any, int]] = {}
        """By the `id` of a number, the first tensor that it is an element of, and where: moved, it stays the same."""
        self.constants: dict[tuple[int, int], Any] = {}
        self.masks: dict[int, Any] = {}
        self.moved = functools.cache(moved)
        self.same: dict[int, Any] = {}
        """By the `id` of an operand of what was opened, the operand in the tensor graph."""
        self.counted: set[int] = set()
        self.alive: list[Any] = []
        for step in reversed(plan.steps.values()):
            if id(step.variable) in kept:
                self._visit(step.variable)
                self._own(step.variable)
        self.element = self.values[id(plan.tensor)][plan.place]
        self.loss = self._closed()
        self.order: list[Any] = [*topological([self.loss, self.element])]
        if len(self.order) > max_nodes:
            raise TooManyError
        fresh = (name for i in itertools.count(1) if (name := f"v{i}") not in {*plan.names.values()})
        for number in self.order:
            if number.parents and not number.label:
                number.label = next(fresh)
        self.loss.backward()
        self.element.grad = float(self.element.grad)  # 0 where the loss is not computed from it
        self._check()

    def _visit(self, node: Any) -> None:
        """Make the elements of a tensor that have a part in the graph."""
        mask, compute = self._computed(node)
        leading = self.plan.leading.get(id(node), True)
        source = np.array(self.plan.below.get(id(node), np.zeros(node.shape, bool)) & leading)
        if node is self.plan.tensor:
            source.reshape(-1)[self.plan.place] = True
        self.masks[id(node)] = mask = source | mask & leading
        for place in np.flatnonzero(mask).tolist():
            value = compute(place)
            if getattr(value, "role", "constant") == "constant":  # no operand has a part in it
                if not source.reshape(-1)[place]:
                    continue
                role = "input" if node.parents else node.role
                value = self.engine.Value(_at(node, place), role=role)
            self.values[id(node)][place] = self._counted(value)

    def _counted(self, value: Any) -> Any:
        self.counted.add(id(value))
        if len(self.counted) > self.max_nodes:
            raise TooManyError
        return value

    def _computed(self, node: Any) -> tuple[Any, Callable[[int], Any]]:
        """Which elements depend on numbers of the graph, and how each is made."""
        masks = [self._mask(parent) for parent in node.parents]
        if not any(map(np.any, masks)):
            return np.zeros(node.shape, bool), lambda place: None
        if node.op in OPENED:
            inner = leaves(node)
            try:
                root = OPENED[node.op](*inner, **node.params)
            except TypeError:  # a row of the user's own, with a name from the table
                raise refusal(node) from None
            self.alive.append(root)
            self.same |= {id(x): self.same.get(id(y), y) for x, y in zip(inner, node.parents, strict=True)}
            for part in topological([root]):
                if part.parents:
                    self._visit(part)
            return self.masks.get(id(root), masks[0]), self.values[id(root)].get
        read = readings(node, self.engine)
        if read is None:
            raise refusal(node)
        return reached(node, masks), lambda place: self._made(node, read(place))

    def _mask(self, node: Any) -> Any:
        return self.masks.get(id(self.same.get(id(node), node)), np.zeros(np.shape(node.data), bool))

    def _made(self, node: Any, how: Reading) -> Any:
        """An element from its operands' elements; None where it is a zero. Of a long sum, constants are one number."""
        operands = [self.same.get(id(x), x) for x in node.parents]
        if how.function:
            return how.function(*(self._number(operands[i], place) for i, place in how.uses))
        live, rest = list[Any](), list[Any]()
        for term in how.terms:
            part = len(how.terms) <= MAX_TERMS or any(place in self.values[id(operands[i])] for i, place in term[1])
            (live if part else rest).append(term)
        if not live:
            return None
        weights = {weight for weight, _ in live}
        weight = weights.pop() if len(weights) == 1 else None
        rows = [
            [*(self._number(operands[i], place) for i, place in uses), *([own] if weight is None else [])]
            for own, uses in live
        ]
        if len(rows[0]) == 2 and len(rows) > 1:
            parts = [self.engine.dot(*zip(*rows, strict=True))]
        else:
            parts = [functools.reduce(self.engine.multiply, row) for row in rows]
        if rest:
            products = [own * math.prod(_at(operands[i], place) for i, place in uses) for own, uses in rest]
            label = f"Σ of {len(rest)} constants"
            parts.append(self.engine.Value(sum(products) / (weight or 1), label, role="constant"))
        total = self.engine.sum(parts) if len(parts) > 1 else parts[0]
        if weight in (None, 1):
            return total
        count = round(1 / weight)
        return total / count if abs(count * weight - 1) < 1e-9 else total * weight

    def _number(self, node: Any, place: int) -> Any:
        """The number at a place; a constant where it is not in the graph."""
        if place in self.values[id(node)]:
            return self.values[id(node)][place]
        while (source := self.moved(node)) and (use := source(place)):  # to the tensor from which it has its name
            node, place = node.parents[use[0]], use[1]
            node = self.same.get(id(node), node)
        if (id(node), place) not in self.constants:
            value = self.engine.Value(_at(node, place), self.plan.element_name(node, place), role="constant")
            self.constants[id(node), place] = self._counted(value)
        return self.constants[id(node), place]

    def _own(self, node: Any) -> None:
        """Name the elements of a tensor, and raise where one has not the tensor's number."""
        size = max(float(np.max(np.abs(x.data), initial=0)) for x in (node, *node.parents))
        for place, value in self.values[id(node)].items():
            if node is self.plan.tensor and id(value) in self.owners:
                value = self.engine.copy(value)  # whose gradient is its own
                self.values[id(node)][place] = value
            if self.owners.setdefault(id(value), (node, place))[0] is node:
                value.label = self.plan.element_name(node, place)
            if not _equal(value.data, _at(node, place), self.plan.tolerance * size):
                raise refusal(node)

    def _closed(self) -> Any:
        """The loss, with the slopes of what is left out."""
        plan, loss = self.plan, self.values[id(self.plan.loss)].get(0)
        slopes: dict[Any, float] = {}
        for me, step in plan.steps.items():
            for term in step.terms if self.values[me] else ():
                if id(term.child) not in self.kept:
                    for place, value in self.values[me].items():
                        if slope := float(term.product.reshape(-1)[place]):
                            slopes[value] = slopes.get(value, 0.0) + slope
        self.slopes = len(slopes)
        if not slopes:
            return self.engine.Value(_at(plan.loss, 0), plan.names[id(plan.loss)]) if loss is None else loss
        flow = self.engine.dot([*slopes], [*slopes.values()])
        flow.label = "through what is left out"
        number = (0.0 if loss is not None else _at(plan.loss, 0)) - flow.data
        parts = [flow, self.engine.Value(number, role="constant")]
        return self.engine.sum(parts if loss is None else [loss, *parts])

    def count(self, node: Any) -> int:
        """How many elements of a tensor are drawn."""
        return len({*self.values[id(node)], *(place for me, place in self.constants if me == id(node))})

    def homes(self) -> dict[int, int]:
        """From the `id` of a number to the `id` of the tensor of which it is an element, or on the way to one."""
        homes = {id(value): me for (me, _), value in self.constants.items() if me in self.plan.names}
        homes |= {me: id(node) for me, (node, _) in self.owners.items()}
        for number in reversed(self.order):
            for parent in number.parents if id(number) in homes else ():
                homes.setdefault(id(parent), homes[id(number)])
        return homes

    def _check(self) -> None:
        """Raise where a gradient is not the tensor graph's, within rounding of what was added up to it."""
        totals, sizes = dict[int, float](), dict[int, float]()
        for found in self.loss.chain_rule():
            me = id(found.variable)
            totals[me] = found.total
            sizes[me] = sum(sizes[id(x.child)] * abs(x.local) for x in found.terms) if found.terms else 1.0
        if not _equal(self.loss.data, _at(self.plan.loss, 0), self.plan.tolerance * abs(self.loss.data)):
            raise refusal(self.plan.loss)
        for me, (node, place) in reversed(self.owners.items()):
            step = self.plan.steps[id(node)]
            expected = float(np.reshape(step.total, -1)[place])
            if not _equal(totals.get(me, 0.0), expected, self.plan.tolerance * sizes.get(me, 0.0)):
                raise refusal(step.terms[0].child)


def _at(node: Any, place: int) -> float:
    return float(np.reshape(node.data, -1)[place])


def _equal(number: float, expected: float, tolerance: float) -> bool:
    return number == expected or abs(number - expected) <= tolerance or bool(np.isnan(number) and np.isnan(expected))


def refusal(node: Any) -> ValueError:
    """An operation that is not read in numbers."""
    return ValueError(
        f"unfold: expected operations that can be read number by number, got {node.op!r}; choose an element that is "
        "computed from its result, or a loss before it"
    )
