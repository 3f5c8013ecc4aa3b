"""Graphs as flat lists, for pickle and deepcopy: no recursion, and fresh creation numbers on arrival."""

from typing import Any

from scalar import rules
from scalar.node import Node
from scalar.op import Op
from scalar.topology import reverse_topological

_FORMER = {"elu_alpha": "elu", "identity": "copy", "inner": "dot", "leaky": "leaky_relu", "total": "sum"}
"""What rows were called in graphs that were pickled before they had one name."""

_NAMES = {id(op): name for name, op in vars(rules).items() if isinstance(op, Op)}


def reduce(value: Node) -> tuple[Any, ...]:
    """What `Value.__reduce__` gives back.

    Leaves are objects of their own, so that graphs pickled together share them; operations are rows of plain data.
    """
    if value.rule is None:
        return _leaf, (type(value), value.data, value.grad, value.label, value.role)
    nodes = list(reverse_topological(value))[::-1]
    places = {node: place for place, node in enumerate(nodes)}

    def row(node: Node) -> tuple[Any, ...]:
        operands = tuple(places[parent] for parent in node.parents)
        return _NAMES[id(node.rule)], operands, tuple(node.locals), node.data, node.grad, node.label

    return _graph, ([node if node.rule is None else row(node) for node in nodes],)


def _leaf(kind: Any, data: float, grad: float, label: str, role: str) -> Any:
    leaf = kind(data, label, role=role)
    leaf.grad = grad
    return leaf


def _graph(rows: list[Any]) -> Any:
    nodes: list[Any] = []
    for row in rows:
        if not isinstance(row, tuple):
            nodes.append(row)
            continue
        op, operands, locals, data, grad, label = row
        parents: tuple[Any, ...] = tuple(nodes[place] for place in operands)
        rule = vars(rules)[_FORMER.get(op) or op]
        node = object.__new__(type(parents[0]))._fill(data, label, "operation", rule, parents, locals)
        node.grad = grad
        nodes.append(node)
    return nodes[-1]
