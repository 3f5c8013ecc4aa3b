"""A graph of single numbers that has, element for element, the values and gradients of a part of a tensor graph.

As operands, elements that the part leaves out are constants. What flows back through them is a number for each element
in it, its slope, from the tensor engine's ledger: the loss gets the sum of slope times element, and keeps its value.

Of a tensor this asks more than `viz.node`: `params`, and `rule`, its row, of which what is read stands in `_computed`.
"""

import contextlib
import functools
from typing import Any

import numpy as np

from demos.unfolding.elements import Constant, Elements, TooManyError, floats, varying
from viz.walk import topological


class Twin:
    """The graph of numbers, `loss` its output and `element` the one asked for, of as many tensors as fit."""

    def __init__(self, loss: Any, tensor: Any, index: Any, engine: Any, max_nodes: int) -> None:
        places = np.arange(tensor.size).reshape(tensor.shape)
        if np.ndim(place := places[index]):
            raise ValueError(f"unfold: expected an index of one element of shape {tensor.shape}, got {index!r}")
        self.output, self.tensor, self.place, self.engine, self.limit = loss, tensor, int(place), engine, max_nodes
        self.steps = {step.variable: step for step in loss.chain_rule()}
        if tensor not in self.steps:
            raise ValueError(f"unfold: expected a tensor that the loss has a gradient for, got {tensor!r}")
        seed = np.where(places == place, np.nan, 0).astype(tensor.dtype)  # NaN arrives at all that has a part in it
        sweeps = tensor.chain_rule(seed), loss.chain_rule(np.full_like(loss.data, np.nan))
        self.below, self.leading = ({x.variable: np.isnan(x.total).reshape(-1) for x in steps} for steps in sweeps)
        self.leading[tensor][self.place] = True
        self.tolerance = max(float(np.finfo(x.dtype).eps) ** 0.5 for x in self.steps)
        names = type(loss).name_all(loss).items()
        self.names = {x: name for x, name in names if x.role != "constant" or x.label or x.size > 1}
        self.owners: dict[Any, tuple[Any, int]] = {}  # the first tensor that a number is an element of, and where
        self.constants = functools.cache(self._constants)
        self._fit()

    def _constants(self, node: Any) -> Any:
        """A tensor's elements as constants, called by its name and the index, "h[0, 3]"."""
        name, made = self.names.get(node, ""), np.empty(np.shape(node.data), object)
        name = getattr(name, "symbol", name)
        for place, (index, number) in enumerate(np.ndenumerate(node.data)):
            made[index] = constant = Constant(number)
            constant.named = self.engine.Value(float(number), name and f"{name}{[*index] or ''}", role="constant")
            self.owners[constant.named] = node, place
        return made

    def _fit(self) -> None:
        """Build the graph for all tensors, or for as many as fit, those on the way to the loss first."""
        with contextlib.suppress(TooManyError):
            return self._build(self.steps)
        kept, met, waiting = set[Any](), {self.tensor}, [self.tensor]
        while waiting:
            node = waiting.pop(0)
            with contextlib.suppress(TooManyError):
                self._build({*kept, node})
                kept.add(node)
                uses = [term.child for term in self.steps[node].terms if term.child not in met]
                operands = [x for x in node.parents if x in self.steps and x not in met]
                met.update(uses, operands)
                waiting = uses + waiting + operands
        if not kept:
            raise ValueError(f"unfold: expected max_nodes >= 5, for element, slope and loss, got {self.limit}")
        return self._build(kept)

    def _build(self, kept: Any) -> None:
        self.array: Any = type("Elements", (Elements,), {"engine": self.engine, "budget": iter(range(10 * self.limit))})
        self.elements, self.values = dict[Any, Any](), dict[Any, dict[int, Any]]()  # by tensor; what is drawn, by place
        for node in reversed(self.steps):
            if node in kept:
                self._visit(node)
        self.element, self.loss = self.values[self.tensor][self.place], self._closed()
        self.order: list[Any] = [*topological([self.loss, self.element])]
        if len(self.order) > self.limit:
            raise TooManyError
        fresh = (x for x in map("v{}".format, range(1, 9**9)) if x not in self.names.values())
        for number in self.order:
            number.label = number.label or (next(fresh) if number.parents else "")
        self.homes = {x: self.owners[x][0] for x in self.order if x in self.owners and self.owners[x][0] in self.names}
        for number in reversed(self.order):
            for parent in number.parents if number in self.homes else ():
                self.homes.setdefault(parent, self.homes[number])
        self.loss.backward()
        self.element.grad = float(self.element.grad)  # 0 where the loss is not computed from it
        self._check()

    def _visit(self, node: Any) -> None:
        """Make the elements of a tensor, and name those that are drawn."""
        found, constants = np.array(self._computed(node), object).reshape(-1), self.constants(node).reshape(-1)
        below, values = self.below.get(node, np.zeros(node.size, bool)), self.values.setdefault(node, {})
        for place, (value, constant) in enumerate(zip(found.tolist(), constants, strict=True)):
            drawn = isinstance(value, self.engine.Value)
            if self.leading[node][place] and (drawn or below[place]):
                if not drawn:
                    value = self.engine.Value(float(constant), role="input" if node.parents else node.role)
                elif node is self.tensor and value in self.owners:
                    value = self.engine.copy(value)  # whose gradient is its own
                found[place] = values[place] = value
                if self.owners.setdefault(value, (node, place))[0] is node:
                    value.label = constant.named.label
            elif not isinstance(value, Constant):
                found[place] = constant
        self.elements[node] = found.reshape(node.shape)

    def _computed(self, node: Any) -> Any:
        """The elements of a tensor, from its row, which is read with those of its operands."""
        rule, array = node.rule, self.array
        if not any(self.values.get(x) for x in node.parents):
            return self.constants(node)
        operands = [self.elements.get(x, self.constants(x)).view(array) for x in node.parents]
        ways, array.fixed = [rule.plain or rule.forward], bool(rule.plain)
        if rule.nin and (function := getattr(self.engine, rule.__name__, None)):
            ways = [functools.partial(array.each, function, node.data)]
        if rule.linear or rule.partials:
            ways.append(functools.partial(self._linear, node))
        largest = max(np.max(np.abs(x.data), initial=0, where=np.isfinite(x.data)) for x in (node, *node.parents))
        for way in ways:
            with contextlib.suppress(TypeError, ValueError, AttributeError, LookupError), np.errstate(all="ignore"):
                found = np.asarray(way(*operands, **node.params), object)
                if np.allclose(floats(found), node.data, rtol=0, atol=self.tolerance * largest, equal_nan=True):
                    return found
        raise _refusal(node)

    def _linear(self, node: Any, *operands: Any, **params: Any) -> Any:
        """The elements as sums of slopes times operands' elements, as they are where a row is linear, at least here."""
        leaves = [type(x)(x.data, requires_grad=x.dtype.kind == "f") for x in node.parents]
        alone, given = node.rule(*leaves, **params), np.concatenate([np.asarray(x).reshape(-1) for x in operands])
        made = np.asarray(node.data).astype(object)
        for place in np.ndindex(made.shape):
            totals = {step.variable: step.total for step in alone[place].chain_rule()}
            slopes = np.concatenate([np.reshape(totals.get(x, np.zeros(x.shape)), -1) for x in leaves])
            at = np.flatnonzero(slopes)
            if (mask := varying(given[at])).any():
                factors = [given[at], slopes[at].astype(object)][: 1 + np.any(slopes[at] != 1)]
                made[place] = self.array.total(np.stack(factors, -1), mask)
        return made

    def _closed(self) -> Any:
        """The loss, with the slopes of what is left out."""
        kept, name, total = [*self.values.get(self.output, {}).values()], self.names[self.output], self.output.item()
        slopes: dict[Any, float] = {}
        for node, values in self.values.items():
            left = [term.product.reshape(-1) for term in self.steps[node].terms if term.child not in self.values]
            for place, value in values.items():
                slopes[value] = slopes.get(value, 0.0) + float(sum(product[place] for product in left))
        self.slopes = slopes = {value: slope for value, slope in slopes.items() if slope}
        if not slopes:
            return kept[0] if kept else self.engine.Value(total, name)
        flow = self.engine.dot([*slopes], [*slopes.values()])
        rest = self.engine.Value((0.0 if kept else total) - flow.data, f"the rest of {name}", role="constant")
        for loss in kept:
            loss.label = f"{name} through what is kept"
        closed = self.engine.sum([*kept, flow, rest])
        flow.label, closed.label = "through what is left out", name
        return closed

    def _check(self) -> None:
        """Raise where a gradient is not the tensor graph's, within rounding of what was added up to it."""
        sizes = {self.loss: 1.0}
        for step in self.loss.chain_rule():
            sizes.setdefault(step.variable, sum(sizes[x.child] * abs(x.local) for x in step.terms))
        for node, place, value in [(at, *x) for at in reversed(self.values) for x in self.values[at].items()]:
            step, atol = self.steps[node], self.tolerance * np.nan_to_num(sizes.get(value, 0.0), posinf=0)
            right = np.isclose(float(value.grad), step.total.reshape(-1)[place], rtol=0, atol=atol, equal_nan=True)
            if self.owners[value][0] is node and not right:
                uses = [x for x in self.order if any(parent is value for parent in x.parents)]
                raise _refusal(node if any(self.homes.get(x) is node for x in uses) else step.terms[0].child)


def _refusal(node: Any) -> ValueError:
    advice = "choose an element that is computed from its result, or a loss before it"
    return ValueError(f"unfold: expected operations that can be read number by number, got {node.op!r}; {advice}")
