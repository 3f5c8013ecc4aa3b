"""A graph of single numbers that has, element for element, the values and gradients of a part of a tensor graph.

What the part leaves out is not lost. As operands, other elements are constants. And what flows back through tensors
that are left out is a number for each element, its slope, from the tensor engine's ledger: the loss gets the sum of
slope times element, with a constant that keeps its value.

Of a tensor this asks more than `viz.node`: `params`, and `rule`, its row: how it is called, whether it is `linear`, its
`partials`, how many operands `nin` it has, 0 for any number, and its function `forward`, or `plain`, a textbook's.
"""

import contextlib
import functools
import itertools
from collections.abc import Collection
from typing import Any

import numpy as np

from demos.unfolding.elements import Constant, Elements, TooManyError
from viz.walk import topological


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
        self.constants = functools.cache(Constant.of)
        self.tensors: list[Any] = [*topological([loss])]
        called = type(loss).name_all(loss).items()
        self.names = {id(x): name for x, name in called if x.role != "constant" or x.label or x.size > 1}

    def element_name(self, node: Any, place: int) -> str:
        """The tensor's name with the index, "h[0, 3]"; "" for a constant without a label."""
        name = self.names.get(id(node), node.label)
        name, index = getattr(name, "symbol", name), np.unravel_index(place, np.shape(node.data))
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
        self.plan, self.engine = plan, engine
        own = {"engine": engine, "named": self._named, "budget": iter(range(10 * max_nodes))}
        self.array: type[Elements] = type("Elements", (Elements,), own)
        self.constants: dict[tuple[int, int], Any] = {}
        """By the `id` of a tensor and the place in it, the number of a constant."""
        self.elements: dict[int, Any] = {}
        """By the `id` of a tensor, its elements."""
        self.values: dict[int, dict[int, Any]] = {}
        """By the `id` of a tensor that is kept and the place in it, the number that is drawn."""
        self.owners: dict[int, tuple[Any, int]] = {}
        """By the `id` of a number, the first tensor that it is an element of, and where: moved, it stays the same."""
        for step in reversed(plan.steps.values()):
            if id(step.variable) in kept:
                self._visit(step.variable)
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
        """Make the elements of a tensor, and name those that are drawn."""
        plan, found = self.plan, np.array(self._computed(node), object).reshape(-1)
        leading = np.reshape(plan.leading.get(id(node), np.ones(node.shape, bool)), -1)
        below = np.reshape(plan.below.get(id(node), np.zeros(node.shape, bool)), -1) & leading
        if node is plan.tensor:
            leading[plan.place] = below[plan.place] = True
        values = self.values[id(node)] = {}
        constants = self.plan.constants(node).reshape(-1)
        for place, value in enumerate(found):
            if isinstance(value, self.engine.Value) and leading[place]:
                copied = node is plan.tensor and id(value) in self.owners
                values[place] = self.engine.copy(value) if copied else value  # whose gradient is its own
            elif below[place]:
                role = "input" if node.parents else node.role
                values[place] = self.engine.Value(_at(node, place), role=role)
            elif not isinstance(value, Constant):
                found[place] = constants[place]
        for place, value in values.items():
            found[place] = value
            if self.owners.setdefault(id(value), (node, place))[0] is node:
                value.label = plan.element_name(node, place)
        self.elements[id(node)] = self.array.of(found.reshape(node.shape))

    def _named(self, x: Constant) -> Any:
        """The number that a constant is, the same wherever it is an operand."""
        if (me := (id(x.tensor), x.place)) not in self.constants:
            self.constants[me] = self.engine.Value(x, self.plan.element_name(x.tensor, x.place), role="constant")
            self.owners[id(self.constants[me])] = x.tensor, x.place
        return self.constants[me]

    def _operand(self, node: Any) -> Any:
        return self.elements[id(node)] if id(node) in self.elements else self.plan.constants(node).view(self.array)

    def _computed(self, node: Any) -> Any:
        """The elements of a tensor, from its row, which is read with those of its operands."""
        if not any(self.values.get(id(x)) for x in node.parents):
            return self.plan.constants(node)
        rule, operands = node.rule, [*map(self._operand, node.parents)]
        ways, self.array.fixed = [way for way in (rule.plain, rule.forward) if way], bool(rule.plain)
        if rule.nin and hasattr(self.engine, rule.__name__):
            ways = [lambda *x: self.array.each(getattr(self.engine, rule.__name__), node.data, x)]
        largest = max(float(np.max(np.abs(x.data), initial=0)) for x in (node, *node.parents))
        if rule.linear or rule.partials:
            ways.append(functools.partial(self._linear, node))
        for way in ways:
            with contextlib.suppress(TypeError, ValueError, AttributeError, LookupError), np.errstate(all="ignore"):
                found = self.array.of(way(*operands, **node.params))
                if np.all(_equal(self.array.floats(found), node.data, self.plan.tolerance * largest)):
                    return found
        raise refusal(node)

    def _linear(self, node: Any, *operands: Any, **params: Any) -> Any:
        """The elements as sums of slopes times operands' elements, as they are where a row is linear, at least here."""
        leaves = [type(x)(x.data, requires_grad=x.dtype.kind == "f") for x in node.parents]
        alone, given = node.rule(*leaves, **params), np.concatenate([np.asarray(x).reshape(-1) for x in operands])
        made = np.asarray(node.data).astype(object)
        for place in np.ndindex(made.shape):
            seed = np.zeros(alone.shape, alone.dtype)
            seed[place] = 1
            totals = {id(step.variable): step.total for step in alone.chain_rule(seed)}
            slopes = np.concatenate([np.reshape(totals.get(id(x), np.zeros(x.shape)), -1) for x in leaves])
            at = np.flatnonzero(slopes)
            if (mask := self.array.drawn(given[at])).any():
                factors = [given[at], slopes[at].tolist()][: 1 + np.any(slopes[at] != 1)]
                made[place] = self.array.total([*zip(*factors, strict=True)], mask)
        return made

    def _closed(self) -> Any:
        """The loss, with the slopes of what is left out."""
        plan, loss = self.plan, self.values.get(id(self.plan.loss), {}).get(0)
        slopes: dict[Any, float] = {}
        for me, step in plan.steps.items():
            for term in step.terms:
                for place, value in self.values.get(me, {}).items() if id(term.child) not in self.values else ():
                    if slope := float(term.product.reshape(-1)[place]):
                        slopes[value] = slopes.get(value, 0.0) + slope
        self.slopes, name = len(slopes), plan.names[id(plan.loss)]
        if not slopes:
            return self.engine.Value(_at(plan.loss, 0), name) if loss is None else loss
        flow = self.engine.dot([*slopes], [*slopes.values()])
        flow.label = "through what is left out"
        number = (0.0 if loss is not None else _at(plan.loss, 0)) - flow.data
        parts = [flow, self.engine.Value(number, f"the rest of {name}", role="constant")]
        if loss is not None:
            loss.label = f"{name} through what is kept"
            parts.insert(0, loss)
        closed = self.engine.sum(parts)
        closed.label = name
        return closed

    def homes(self) -> dict[int, int]:
        """From the `id` of a number to the `id` of the tensor of which it is an element, or on the way to one."""
        homes = {me: id(node) for me, (node, _) in self.owners.items() if id(node) in self.plan.names}
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
        homes = self.homes()
        for me, (node, place) in reversed(self.owners.items()):
            if place in self.values.get(id(node), ()):
                step = self.plan.steps[id(node)]
                expected = float(np.reshape(step.total, -1)[place])
                if not _equal(totals.get(me, 0.0), expected, self.plan.tolerance * sizes.get(me, 0.0)):
                    uses = [x for x in self.order if any(id(parent) == me for parent in x.parents)]
                    raise refusal(node if any(homes.get(id(x)) == id(node) for x in uses) else step.terms[0].child)


def _at(node: Any, place: int) -> float:
    return float(np.reshape(node.data, -1)[place])


def _equal(found: Any, expected: Any, tolerance: float) -> Any:
    return (found == expected) | (abs(found - expected) <= tolerance) | (np.isnan(found) & np.isnan(expected))


def refusal(node: Any) -> ValueError:
    """An operation that is not read in numbers."""
    return ValueError(
        f"unfold: expected operations that can be read number by number, got {node.op!r}; choose an element that is "
        "computed from its result, or a loss before it"
    )
