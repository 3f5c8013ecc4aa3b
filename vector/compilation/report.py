"""A plan in words, and as a graph that can be drawn."""

from __future__ import annotations

import statistics
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from vector.compilation.planning import Plan
from vector.compilation.program import Array, Call, Symbol, name_of


def listing(plan: Plan) -> str:
    """Each call with the shape of its result and its block of memory, then what was saved."""
    names = {block.ctypes.data: i for i, block in enumerate(plan.blocks)}

    def line(call: Call) -> str:
        notes = []
        for x in call.results:
            if isinstance(x, Array):
                place = plan.places.get(x)
                block = "" if place is None else f"block {names.get(place.ctypes.data)}"
                lies = "memory of its own" if x.origin == "returned" else block or f"view of {x.of}"
                notes.append(f"{x.value.dtype} {x.value.shape}, {lies}")
        notes += [f"writes {x}" for x in call.writes]
        return f"  {call!s:60}  {'; '.join(notes)}".rstrip()

    views = sum(call.is_view for call in plan.calls)
    saved = (
        f"{len(plan.calls) - views} calls and {views} views, of {plan.recorded} recorded; "
        f"{len(plan.blocks)} blocks of memory, {sum(block.nbytes for block in plan.blocks):,} bytes for "
        f"{sum(place.nbytes for place in plan.places.values()):,} bytes of results"
    )
    return "\n".join([saved, *map(line, plan.calls)])


def title(call: Call) -> str:
    """What a call does, in a few words: "matmul (64, 784) (784, 128)", "add, maximum over (64, 128)"."""
    if call.parts:
        return f"{_names(call)} over {call.shape}"
    return f"{_names(call)} {' '.join(str(x.value.shape) for x in call.reads())}"


def times(turns: Sequence[Sequence[tuple[str, float]]], whole: float) -> str:
    """Where the time of a step goes: the median of each part over some turns, and its share of the whole.

    turns: of each turn, what each part does and its seconds. whole: seconds of a step that is not taken apart.
    """
    parts = [(turn[0][0], statistics.median(seconds for _, seconds in turn)) for turn in zip(*turns, strict=True)]
    lines = [f"{whole * 1e6:10.1f} µs  100 %  the whole step"]
    for name, seconds in parts:
        bar = "█" * round(40 * seconds / whole)
        lines.append(f"{seconds * 1e6:10.1f} µs  {seconds / whole:5.1%}  {name}{'  ' + bar if bar else ''}")
    return "\n".join(lines)


def _names(call: Call) -> str:
    return ", ".join(name_of(part.function) for part in call.parts or [call])


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
    known: dict[Symbol, PlanNode] = {}
    arguments = {x: f"argument {i}" for i, x in enumerate(plan.program.arguments)}

    def node(x: Symbol) -> PlanNode:
        if x.of not in known:
            role = "input" if x.of in arguments else "parameter" if x.of in changed else "constant"
            known[x.of] = PlanNode("", (), x.of.value, arguments.get(x.of, ""), role)
        return known[x.of]

    for call in plan.calls:
        if call.is_view:
            continue
        parents = tuple(node(x) for x in call.operands)
        for x in call.made:
            known[x.of] = PlanNode(_names(call), parents, plan.places.get(x, x.value), "", "operation")
    ends = [*plan.program.outputs, *(x for x in changed if x.origin == "outside")]
    return [node(x) for x in dict.fromkeys(x.of for x in ends)]
