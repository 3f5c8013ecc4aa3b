"""The graph of one example as straight-line Python, so that a batch needs no graph for each of its examples.

The engine keeps a node for each operation on each example: that is what it shows, and what takes its time. Here the
graph of one example is recorded once, and written out as functions: a line for each operation, forward, and a line for
each gradient, backward, in the order of the engine's own sweep. What a line computes is the row's: `forward` and
`local` are called, but for sums and products, which are written with Python's operators. So the numbers are the
engine's, bit by bit; the tests compare them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from scalar import Value, rules
from scalar.op import Op
from scalar.topology import reverse_topological

Rows = Sequence[Sequence[float]]
"""The examples: in each the numbers of the leaves that differ from example to example, in their order."""

_WRITTEN: Mapping[Op, Callable[[Sequence[str]], str]] = {
    rules.add: " + ".join,
    rules.subtract: " - ".join,
    rules.multiply: " * ".join,
    rules.negative: lambda x: f"-{x[0]}",
    rules.sum: " + ".join,
    rules.dot: lambda xy: " + ".join(f"{x} * {y}" for x, y in zip(xy, xy[len(xy) // 2 :], strict=False)),
}
"""Operations that are written with operators; from left to right, as the engine adds."""


class Straight:
    """A recorded loss of one example, as functions of the parameters and of the examples.

    Args:
        loss: the graph's output.
        inputs: its leaves that differ from example to example, in the order in which they stand in a row.
        parameters: its leaves that are the same for all.

    Raises:
        ValueError: the graph has a leaf that is none of these.

    >>> x, w = Value(3.0), Value(2.0)
    >>> code = Straight(w * x, [x], [w])
    >>> code.losses([5.0], [[1.0], [2.0]]), code.gradients([5.0], [[1.0], [2.0]])
    ([5.0, 10.0], ([5.0, 10.0], [1.5]))
    """

    def __init__(self, loss: Value, inputs: Sequence[Value], parameters: Sequence[Value]) -> None:
        self._order = [node for node in reverse_topological(loss) if node.role != "constant"]
        self._loss, self._inputs, self._parameters = loss, list(inputs), list(parameters)
        self._names = {node: f"v{i}" for i, node in enumerate(self._order)}
        self._names |= {node: f"x{i}" for i, node in enumerate(self._inputs)}
        self._names |= {node: f"p{i}" for i, node in enumerate(self._parameters)}
        for node in self._order:
            if not node.parents and self._names[node].startswith("v"):
                raise ValueError(f"Straight: expected each leaf among the inputs or the parameters, got {node!r} too")
        self._world: dict[str, Any] = {}
        self._known: dict[str, str] = {}  # constants and functions, by what they are
        self._gradients = self._function("gradients", self._backward())
        self._losses = self.look([loss])

    def losses(self, parameters: Sequence[float], rows: Rows) -> list[float]:
        """The loss of each example."""
        return self._losses(parameters, rows)[0]

    def gradients(self, parameters: Sequence[float], rows: Rows) -> tuple[list[float], list[float]]:
        """The loss of each example, and the gradient of their mean in each parameter."""
        found: tuple[list[float], list[float]] = self._gradients(parameters, rows)
        return found

    def look(self, watched: Sequence[Value]) -> Callable[[Sequence[float], Rows], list[list[float]]]:
        """A function of the parameters and of the examples: for each value of the graph, its numbers."""
        lines, needed = self._forward(watched)
        lists = [f"o{i}" for i in range(len(watched))]
        found: Callable[[Sequence[float], Rows], list[list[float]]]
        found = self._function(
            "look",
            [
                *self._unpacked(),
                *(f"    {one} = []; {one}_ = {one}.append" for one in lists),
                f"    for {self._row(needed)} in rows:",
                *lines,
                *(f"        {one}_({self._names[node]})" for one, node in zip(lists, watched, strict=True)),
                f"    return [{', '.join(lists)}]",
            ],
        )
        return found

    def _function(self, name: str, lines: Sequence[str]) -> Any:
        exec("\n".join([f"def {name}(p, rows):", *lines]), self._world)  # noqa: S102  # of names made here alone
        return self._world[name]

    def _unpacked(self) -> list[str]:
        return [f"    ({', '.join(self._names[p] for p in self._parameters)},) = p"] if self._parameters else []

    def _row(self, needed: set[Value]) -> str:
        return ", ".join(self._names[node] if node in needed else "_" for node in self._inputs) + ","

    def _forward(self, outputs: Sequence[Value]) -> tuple[list[str], set[Value]]:
        """The lines that compute some nodes, and all that they read."""
        needed = set(reverse_topological(*outputs))
        inner = [node for node in reversed(self._order) if node in needed and self._names[node].startswith("v")]
        return [f"        {self._names[node]} = {self._result(node)}" for node in inner], needed

    def _result(self, node: Value) -> str:
        rule: Any = node.rule
        operands = [self._name(parent) for parent in node.parents]
        if rule in _WRITTEN:
            return _WRITTEN[rule](operands) or "0.0"
        return f"{self._outside(rule.forward, 'f')}({', '.join(operands)})"

    def _backward(self) -> list[str]:
        lines, needed = self._forward([self._loss])
        wanted, parameters = self._wanted(), {*self._parameters}  # a set, for Values are compared by their numbers
        sent: dict[Value, list[str]] = {self._loss: ["seed"]}
        for node in self._order:
            messages, g = sent.get(node, []), f"g{self._names[node]}"
            if node in parameters:
                lines += [f"        {g} += {message}" for message in messages]
            elif node in wanted and messages:
                lines += [f"        {g} = {' + '.join(messages)}", *self._locals(node)]
                for argument, parent in enumerate(node.parents):
                    if parent in wanted:
                        sent.setdefault(parent, []).append(self._message(node, argument, g))
        gradients = [f"g{self._names[parameter]}" for parameter in self._parameters]
        return [
            *self._unpacked(),
            *(f"    {gradient} = 0.0" for gradient in gradients),
            "    seed = 1 / len(rows)",
            "    losses = []",
            f"    for {self._row(needed)} in reversed(rows):",  # the engine's sweep begins with the youngest
            *lines,
            f"        losses.append({self._names[self._loss]})",
            f"    return losses[::-1], [{', '.join(gradients)}]",
        ]

    def _wanted(self) -> set[Value]:
        """The parameters, and what is computed from one."""
        wanted = set(self._parameters)
        for node in reversed(self._order):
            if any(parent in wanted for parent in node.parents):
                wanted.add(node)
        return wanted

    def _locals(self, node: Value) -> list[str]:
        """The line of the local derivatives, where the row has to be asked for them."""
        rule: Any = node.rule
        if rule in _WRITTEN:
            return []
        operands = [self._name(x) for x in (node, *node.parents)]
        return [f"        d{self._names[node]} = {self._outside(rule.local, 'd')}({', '.join(operands)})"]

    def _message(self, node: Value, argument: int, g: str) -> str:
        """Upstream times local, to one operand."""
        parents, rule = node.parents, node.rule
        if rule in (rules.multiply, rules.dot):
            partner = parents[(argument + len(parents) // 2) % len(parents)]
            return f"{g} * {self._name(partner)}"
        if rule in (rules.add, rules.sum) or (rule is rules.subtract and argument == 0):
            return g
        return f"-{g}" if rule in (rules.subtract, rules.negative) else f"{g} * d{self._names[node]}[{argument}]"

    def _name(self, node: Value) -> str:
        return self._outside(node.data, "c") if node.role == "constant" else self._names[node]

    def _outside(self, thing: Any, letter: str) -> str:
        """The name under which the functions know a constant, or a function of a row."""
        key = thing.hex() if isinstance(thing, float) else str(id(thing))
        if key not in self._known:
            self._known[key] = f"{letter}_{len(self._known)}"
            self._world[self._known[key]] = thing
        return self._known[key]
