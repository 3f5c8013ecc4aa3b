"""A plan as a graph that can be drawn."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from vector.compilation.fusion import Fused
from vector.compilation.planning import Plan
from vector.compilation.program import Array, Call, Number, Origin, name_of


@dataclass(eq=False, slots=True)
class PlanNode:
    """What a call of a plan makes, or an array that it is given; without a gradient, for the plan computes those."""

    op: str
    parents: tuple[PlanNode, ...]
    data: Any
    label: str
    role: str
    grad: None = None


def nodes(plan: Plan) -> list[PlanNode]:
    """What the plan returns and the arrays that it changes, each with all that it is computed from.

    Views are left out: a transposed matrix is the matrix. A loop of several calls is one node.
    """
    changed = {x.of for call in plan.calls for x in call.writes}
    known: dict[Array | Number, PlanNode] = {}
    arguments = {x: f"argument {i}" for i, x in enumerate(plan.program.arguments)}

    def node(x: Array | Number) -> PlanNode:
        whole = x.of if isinstance(x, Array) else x
        if whole not in known:
            role = "input" if whole in arguments else "parameter" if whole in changed else "constant"
            known[whole] = PlanNode("", (), whole.value, arguments.get(whole, ""), role)
        return known[whole]

    for call in plan.calls:
        if call.is_view:
            continue
        parents = tuple(node(x) for x in call.operands())
        for x in (*call.results, *call.writes):
            whole = x.of if isinstance(x, Array) else x
            data = plan.places.get(x, x.value) if isinstance(x, Array) else x.value
            known[whole] = PlanNode(_title(call), parents, data, "", "operation")
    ends = [*plan.program.outputs(), *(x for x in changed if x.origin is Origin.outside)]
    return [node(x) for x in dict.fromkeys(x.of for x in ends)]


def _title(call: Call | Fused) -> str:
    return ", ".join(name_of(one.function) for one in call.calls) if isinstance(call, Fused) else name_of(call.function)
