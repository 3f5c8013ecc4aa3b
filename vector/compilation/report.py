"""A plan in words."""

from __future__ import annotations

from vector.compilation.fusion import Fused
from vector.compilation.planning import Plan
from vector.compilation.program import Array, Call


def listing(plan: Plan) -> str:
    """Each call with the shape of its result and its block of memory, then what was saved."""
    names = {block.ctypes.data: i for i, block in enumerate(plan.blocks)}
    views = sum(call.is_view for call in plan.calls)
    lines = [_line(call, plan, names) for call in plan.calls]
    return "\n".join(
        [
            f"{len(plan.calls) - views} calls and {views} views, of {plan.recorded} recorded; "
            f"{len(plan.blocks)} blocks of memory, {plan.reserved:,} bytes for {plan.asked:,} bytes of results",
            *lines,
        ]
    )


def _line(call: Call | Fused, plan: Plan, names: dict[int, int]) -> str:
    notes = []
    for x in call.results:
        if isinstance(x, Array):
            lies = f"block {names[plan.places[x].ctypes.data]}" if x in plan.places else f"view of {x.of}"
            notes.append(f"{x.value.dtype} {x.value.shape}, {lies}")
    notes += [f"writes {x}" for x in call.writes]
    return f"  {call!s:60}  {'; '.join(notes)}".rstrip()
