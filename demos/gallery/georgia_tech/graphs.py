"""Directed acyclic graphs: T8."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import permutations

from demos.gallery import pytorch
from demos.gallery.example import Comparison, Result
from demos.gallery.georgia_tech.course import course
from scalar import Value
from scalar.node import Node


@course.example("T8", "Directed acyclic graphs", engines="scalar")
def directed_acyclic_graphs() -> Result:
    """A computation is a directed acyclic graph: it can be put in a topological order, each node after its operands.

    The backward pass may follow any topological order, from the end: each gives the same gradient. Another order gives
    a wrong one, for a node that passes on its gradient before all its uses have reported passes on too little. With
    the operators no cycle can be built, because operands exist before their result; one made by hand is refused.

    Source: Georgia Tech, CS 7643, computation graphs.
    """
    a, b = Value(2.0, "a"), Value(3.0, "b")
    s = a + b
    u = s + a
    v = s * b
    f = u * v
    s.label, u.label, v.label, f.label = "s", "u", "v", "f"
    nodes = [a, b, s, u, v, f]
    f.backward()

    def is_topological(order: Sequence[Node]) -> bool:
        place = {node: i for i, node in enumerate(order)}
        return all(place[parent] < place[node] for node in order for parent in node.parents)

    def backward(order: Sequence[Node]) -> list[float]:
        """∂f/∂a and ∂f/∂b, where each node in turn sends to its operands what it has received so far."""
        received: dict[Node, float] = {**dict.fromkeys(nodes, 0.0), f: 1.0}
        for node in order:
            for parent, local in zip(node.parents, node.locals, strict=True):
                received[parent] += received[node] * local
        return [received[a], received[b]]

    orders = [order for order in permutations(nodes) if is_topological(order)]
    gradients = [backward(order[::-1]) for order in orders]
    too_early = (f, s, u, v, a, b)  # s, before u and v have reported

    created_in_order = all(parent.number < node.number for node in nodes for parent in node.parents)
    total = first = Value(0.0, "total")
    total = total + 1  # a name moves on to a new node: no cycle either
    x, y = Value(1.0, "x"), Value(2.0, "y")
    x_y = x * y
    x_y.parents = (x_y, y)
    refusal = ""
    try:
        x_y.backward()
    except ValueError as error:
        refusal = str(error)
    return Result(
        numbers={
            "topological orders": len(orders),
            "of all orders": len(list(permutations(nodes))),
            "∇f by each of them": gradients,
            "∇f where s passes on too early": backward(too_early),
            "the engine's own order is topological": is_topological([s.variable for s in f.chain_rule()][::-1]),
            "each operand is older than its result": created_in_order,
            "total = total + 1 is a new node": total is not first and total.parents[0] is first,
            "x·y made an operand of itself, backward": refusal,
        },
        comparisons=[
            Comparison(
                name="(∂f/∂a, ∂f/∂b)",
                engine=[a.grad, b.grad],
                closed_form=gradients[0],
                torch=pytorch.gradient(lambda torch, a, b: (a + b + a) * ((a + b) * b), 2.0, 3.0),
            )
        ],
        graphs={"f = (s + a)·(s·b), s = a + b": f},
        notes={"All topological orders": "\n".join(" → ".join(node.label for node in order) for order in orders)},
    )
