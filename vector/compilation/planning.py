"""From a recorded step to a plan: passes leave out what need not be done, and every result gets its memory."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

from vector.arrays import aligned
from vector.compilation.common_subexpressions import without_common_subexpressions
from vector.compilation.expressions import loop_shape
from vector.compilation.fusion import Fused, fused, with_fused_updates
from vector.compilation.memory import layouts
from vector.compilation.program import Array, Call, Number, Program


@dataclass(slots=True)
class Plan:
    """The calls to repeat, and where their results lie.

    Attributes:
        recorded: how many calls the step made.
        places: the memory of each result that is not a view, made once; several results take turns in one block.
        blocks: that memory.
    """

    program: Program
    calls: list[Call | Fused]
    recorded: int
    places: dict[Array, npt.NDArray[Any]] = field(default_factory=dict)
    blocks: list[npt.NDArray[np.uint8]] = field(default_factory=list)


def make_plan(program: Program, *, native: bool = False) -> Plan:
    """The plan of a program; a native one has its elementwise calls put together in loops."""
    recorded = len(program.calls)
    program = without_common_subexpressions(program)
    calls = [*without_dead_code(program.calls, program.outputs())]
    views = [call for call in calls if call.is_view]
    written = {x.of for call in calls for x in call.writes}
    early = [all(x.of.origin == "argument" and x.of not in written for x in call.reads()) for call in calls]
    checks = [call for call, first in zip(calls, early, strict=True) if first and call.kind == "check"]
    steps: Sequence[Any] = [call for call in calls if not call.is_view and call not in checks]
    if native:
        steps = with_fused_updates(fused(steps, program.outputs(), loop_shape), program.outputs())
    calls = without_dead_code([*views, *checks, *steps], program.outputs())
    plan = Plan(program, calls, recorded)
    _place(plan)
    return plan


def without_dead_code(calls: Sequence[Call | Fused], outputs: Iterable[Array | Number]) -> list[Call | Fused]:
    """The calls without those whose results no other reads, such as the gradient of a mask."""
    outputs = list(outputs)
    wanted = {x.of for x in outputs}
    numbers: set[Any] = set(outputs)
    kept: list[Call | Fused] = []
    for call in reversed(calls):
        changes = any(x.of in wanted or x.lasts for x in call.writes)
        made = any(x in numbers or getattr(x, "of", None) in wanted for x in call.results)
        if changes or made or call.kind != "plain":
            kept.append(call)
            wanted.update(x.of for x in (*call.reads(), *call.writes))
            numbers.update(call.operands())
    return kept[::-1]


def _place(plan: Plan) -> None:
    """Give each result a block of memory; a block is reused after the last call that touches it."""
    outputs = plan.program.outputs()
    uses: dict[Array, int] = {}
    for i, call in enumerate(plan.calls):
        if not call.is_view:
            uses.update((x.of, i) for x in (*call.reads(), *call.writes, *call.results) if isinstance(x, Array))
    uses.update((x.of, len(plan.calls)) for x in outputs if isinstance(x, Array))
    free: list[npt.NDArray[np.uint8]] = []
    held: dict[Array, npt.NDArray[np.uint8]] = {}
    for i, call in enumerate(plan.calls):
        free += [held.pop(x) for x in list(held) if uses[x] == i and _overwritable(call, x)]
        for made in call.results:
            if isinstance(made, Array) and made.of is made:
                held[made] = block = _block(free, max(made.value.nbytes, 1), plan.blocks)
                value = made.value
                plan.places[made] = np.ndarray(value.shape, value.dtype, block, strides=value.strides)
        free += [held.pop(x) for x in list(held) if uses[x] <= i]


def _overwritable(call: Call | Fused, dying: Array) -> bool:
    """Whether an elementwise call may write its result over an operand: each element is read before it is written."""
    elementwise = isinstance(call, Fused) or (isinstance(call.function, np.ufunc) and not call.function.signature)
    if not elementwise or len(call.results) != 1:
        return False
    out = call.results[0]
    same = isinstance(out, Array) and layouts([out.value]) == layouts([dying.value])
    return same and all(x is dying for x in call.reads() if x.of is dying)


def _block(free: list[npt.NDArray[np.uint8]], size: int, blocks: list[npt.NDArray[np.uint8]]) -> npt.NDArray[np.uint8]:
    """The smallest free block that is large enough and not four times too large; else a new one."""
    fitting = [block for block in free if size <= block.nbytes <= 4 * size]
    if fitting:
        best = min(fitting, key=lambda block: block.nbytes)
        free[:] = [block for block in free if block is not best]
        return best
    blocks.append(aligned(np.zeros(size, np.uint8)))
    return blocks[-1]
