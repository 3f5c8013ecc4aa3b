"""The recorded graph, made ready for arrays."""

from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from demos.scalar_compile.formulas import STACKED
from scalar import rules
from scalar.op import Op
from scalar.topology import reverse_topological
from scalar.trees import tree_leaves
from scalar.value import Value


@dataclass(eq=False)
class Node:
    """A number of the graph, or a column of numbers, one per example."""

    op: Op | None = None
    operands: tuple["Node", ...] = ()
    batched: bool = False  # whether it differs from example to example
    wanted: bool = False  # whether it depends on a variable, so that a gradient passes through it
    level: int = field(init=False, default=0)
    """The longest path down to a leaf: nodes of one level do not depend on each other."""
    row: int = -1  # its place among the shared or among the batched numbers

    def __post_init__(self) -> None:
        self.level = 1 + max((x.level for x in self.operands), default=-1)


def stacks(op: Op | None, operands: tuple[Node, ...]) -> list[tuple[Node, ...]]:
    """The operands, put together where the operation takes any number of them."""
    size = len(operands) // STACKED[op] if op in STACKED else 1
    return [operands[i : i + size] for i in range(0, len(operands), size)]


class Graph:
    """The nodes of a recording, each after its operands.

    Args:
        result: what f gave: Values or numbers, in f's own structure.
        since: nodes with a smaller creation number come from outside of f.
        arguments: the Values that stand for f's arguments → their nodes.

    Attributes:
        variables: the Values from outside that f uses, which the gradient is taken for.
        nodes: what has to be computed.
        outputs: the nodes of f's results.

    Raises:
        TypeError: the result is not made of Values and numbers.
    """

    def __init__(self, result: Any, since: int, arguments: dict[Value, Node]) -> None:
        self.since = since
        self.known = dict(arguments)
        self.variables: dict[Value, Node] = {}
        self.constants: dict[str, Node] = {}
        self.nodes: list[Node] = []
        self._made: dict[tuple[Op | None, tuple[Node, ...], bool], Node] = {}
        values = [out if isinstance(out, Value) else _constant(out) for out in tree_leaves(result)]
        graph = self._values(values)
        self.inside = self._links_of_sums(graph, values)
        for value in graph:
            if value not in self.known and value not in self.inside:
                self.known[value] = self._leaf(value) if self._is_leaf(value) else self._operation(value)
        self.outputs = [self.known[value] for value in values]

    def _values(self, outputs: list[Value]) -> list[Value]:
        """What the outputs were computed from, each after its operands; from outside, only what f itself used."""
        found: dict[Value, None] = {}
        for node in [*reverse_topological(*outputs, since=self.since)][::-1]:
            found.update(dict.fromkeys((*node.parents, node) if node.number >= self.since else (node,)))
        return [*found]

    def _is_leaf(self, value: Value) -> bool:
        """Whether the Value is an argument, a constant, or comes from outside, however it was computed there."""
        return value.rule is None or value.number < self.since

    def _links_of_sums(self, graph: list[Value], outputs: list[Value]) -> set[Value]:
        """The sums that are used once, as the left operand of a sum: a chain of them is one sum of many terms."""
        operations = [value for value in graph if not self._is_leaf(value)]
        uses = Counter([*outputs, *(x for value in operations for x in value.parents)])
        lefts = [value.parents[0] for value in operations if value.rule is rules.add]
        return {x for x in lefts if x.rule is rules.add and uses[x] == 1 and not self._is_leaf(x)}

    def _leaf(self, value: Value) -> Node:
        if value.role == "constant" or value.number >= self.since:  # written in f, or made there
            return self.constants.setdefault(float(value.data).hex(), Node())  # which tells −0 from 0
        return self.variables.setdefault(value, Node(wanted=True))

    def _operation(self, value: Value) -> Node:
        op = value.rule
        terms = self._terms(value) if op is rules.add else list(value.parents)
        if len(terms) > len(value.parents):
            op = rules.sum
        operands = tuple([self.known[x] for x in terms])
        if any(len({x.batched for x in stack}) > 1 for stack in stacks(op, operands)):
            # A shared number is repeated for each example, so that it can stand in one stack with columns.
            operands = tuple([x if x.batched else self._add(rules.copy, (x,), batched=True) for x in operands])
        return self._add(op, operands, any(x.batched for x in operands))

    def _terms(self, value: Value) -> list[Value]:
        """a, b, c, d for ((a + b) + c) + d, whose inner sums have no other use."""
        terms = []
        while True:
            terms.append(value.parents[1])
            value = value.parents[0]
            if value not in self.inside:
                return [value, *reversed(terms)]

    def _add(self, op: Op | None, operands: tuple[Node, ...], batched: bool) -> Node:
        """A new node, unless the same has been computed already."""
        key = op, operands, batched
        if key not in self._made:
            self._made[key] = Node(op, operands, batched, wanted=any(x.wanted for x in operands))
            self.nodes.append(self._made[key])
        return self._made[key]


def _constant(out: Any) -> Value:
    try:
        return Value(out, role="constant")
    except TypeError:
        raise TypeError(
            f"compile: expected f to give Values or numbers, in lists, tuples or dictionaries, got {type(out).__name__}"
        ) from None
