"""A plan in words."""

from __future__ import annotations

import statistics
from collections.abc import Sequence

from vector.compilation.fusion import Fused
from vector.compilation.planning import Plan
from vector.compilation.program import Array, Call, name_of


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


def title(step: Call | Fused) -> str:
    """What a step does, in a few words: "matmul (64, 784) (784, 128)", "add, maximum over (64, 128)"."""
    if isinstance(step, Fused):
        return f"{', '.join(name_of(call.function) for call in step.calls)} over {step.shape}"
    return f"{name_of(step.function)} {' '.join(str(x.value.shape) for x in step.reads())}"


def times(turns: Sequence[Sequence[tuple[str, float]]], whole: float) -> str:
    """Where the time of a step goes: the median of each part over some turns, and what is left of the whole.

    Args:
        turns: of each turn, what each part does and its seconds. whole: seconds of a step that is not taken apart.
    """
    parts = [(turn[0][0], statistics.median(seconds for _, seconds in turn)) for turn in zip(*turns, strict=True)]
    lines = [f"{whole * 1e6:10.1f} µs  100 %  the whole step"]
    for name, seconds in parts:
        bar = "█" * round(40 * seconds / whole)
        lines.append(f"{seconds * 1e6:10.1f} µs  {seconds / whole:5.1%}  {name}{'  ' + bar if bar else ''}")
    return "\n".join(lines)


def _line(call: Call | Fused, plan: Plan, names: dict[int, int]) -> str:
    notes = []
    for x in call.results:
        if isinstance(x, Array):
            lies = f"block {names[plan.places[x].ctypes.data]}" if x in plan.places else f"view of {x.of}"
            notes.append(f"{x.value.dtype} {x.value.shape}, {lies}")
    notes += [f"writes {x}" for x in call.writes]
    return f"  {call!s:60}  {'; '.join(notes)}".rstrip()
