"""From a recorded step to a plan: passes leave out what need not be done, and every result gets its memory."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import numpy.typing as npt

from vector.arrays import aligned, layout
from vector.compilation.fusion import fused, with_fused_updates
from vector.compilation.program import Array, Call, Program, Symbol, frozen, symbols_in
from vector.trees import tree_map


@dataclass(slots=True)
class Plan:
    """The calls to repeat, and where their results lie.

    recorded: how many calls the step made. blocks: the memory of the results, made once.
    places: of each result that is not a view, its part of that; several results take turns in one block.
    """

    program: Program
    calls: list[Call]
    recorded: int
    places: dict[Symbol, npt.NDArray[Any]] = field(default_factory=dict)
    blocks: list[npt.NDArray[np.uint8]] = field(default_factory=list)


def make_plan(program: Program, *, native: bool = False) -> Plan:
    """The plan of a program; a native one has its elementwise calls put together in loops."""
    recorded = len(program.calls)
    program = without_common_subexpressions(program)
    calls = without_dead_code(program.calls, program.outputs)
    views = [call for call in calls if call.is_view]
    written = {x.of for call in calls for x in call.writes}
    checks = [it for it in calls if it.kind == "check" and all(x.moves and x.of not in written for x in it.reads())]
    steps: Sequence[Call] = [it for it in calls if not it.is_view and it not in checks]
    if native:
        steps = with_fused_updates(fused(steps, program.outputs), program.outputs)
    plan = Plan(program, without_dead_code([*views, *checks, *steps], program.outputs), recorded)
    _give_away(plan)
    _place(plan)
    return plan


def without_common_subexpressions(program: Program) -> Program:
    """The program with each result computed once.

    The forward pass of a softmax's cross-entropy and its gradient need the same exponentials, and a rule that is read
    alone computes them again. A call is left out if the same function had the same operands before, none of which
    was changed in between, and if neither result is changed later.
    """
    written = {x.of for call in program.calls for x in call.writes}
    changes: Counter[Symbol] = Counter()
    known: dict[Any, tuple[Any, ...]] = {}
    instead: dict[Any, Any] = {}

    def now(x: Any) -> Any:
        return instead.get(x, x) if isinstance(x, Symbol) else x

    kept = []
    for old in program.calls:
        call = old
        if not instead.keys().isdisjoint([*old.operands, *old.writes]):
            args, kwargs, writes = tree_map(now, (old.args, dict(old.kwargs), old.writes))
            call = replace(old, args=args, kwargs=kwargs, writes=writes)
        key = _key(call, changes)
        if key is not None and (call.is_view or not any(x.of in written for x in call.results)):
            if key in known:
                instead.update(zip(call.results, known[key], strict=True))
                continue
            known[key] = call.results
        for x in call.results:
            x.whole = now(x.whole)
        changes.update(x.of for x in call.writes)
        kept.append(call)
    return replace(program, calls=kept, output=tree_map(now, program.output))


def _key(call: Call, changes: Counter[Symbol]) -> Any:
    """What two calls with equal results have in common; None for one whose result must be its own."""
    if call.kind != "plain" or call.writes or not all(isinstance(x, Array) for x in call.results):
        return None
    versions = tuple(changes[x.of] for x in call.reads())
    key = call.function, frozen(call.args), frozen(dict(call.kwargs)), versions
    try:
        hash(key)
    except TypeError:
        return None
    return key


def without_dead_code(calls: Sequence[Call], outputs: Iterable[Symbol]) -> list[Call]:
    """The calls without those whose results no other reads, such as the gradient of a mask."""
    wanted = {x.of for x in outputs}
    kept: list[Call] = []
    for call in reversed(calls):
        if call.kind != "plain" or any(x.of in wanted for x in call.made) or any(x.lasts for x in call.writes):
            kept.append(call)
            wanted.update(x.of for x in (*call.operands, *call.writes))
    return kept[::-1]


_WORTH_IT = 16_384
"""Bytes from which on memory of its own for a result costs less than a copy of it."""


def _give_away(plan: Plan) -> None:
    """Let calls write large results that the step returns where they are to stay."""
    made = {x for call in plan.calls if not call.is_view for x in call.results if x not in call.operands}
    for x in symbols_in(plan.program.output[0]):
        if x in made and x.origin == "result" and isinstance(x, Array) and x.value.nbytes >= _WORTH_IT:
            x.origin = "returned"


def _place(plan: Plan) -> None:
    """Give each result a block of memory; a block is reused after the last call that touches it."""
    uses: dict[Symbol, int] = {}
    for i, call in enumerate(plan.calls):
        if not call.is_view:
            uses.update((x.of, i) for x in (*call.operands, *call.made))
    uses.update((x.of, len(plan.calls)) for x in plan.program.outputs)
    free: list[npt.NDArray[np.uint8]] = []
    held: dict[Symbol, npt.NDArray[np.uint8]] = {}
    for i, call in enumerate(plan.calls):
        free += [held.pop(x) for x in list(held) if uses[x] == i and _overwritable(call, x)]
        for made in () if call.is_view else call.results:
            if isinstance(made, Array) and made not in call.operands:
                value = made.value
                if made.origin == "returned":
                    plan.places[made] = np.empty_like(value)
                    continue
                held[made] = block = _block(free, max(value.nbytes, 1), plan.blocks)
                plan.places[made] = np.ndarray(value.shape, value.dtype, block, strides=value.strides)
        free += [held.pop(x) for x in list(held) if uses[x] <= i]


def _overwritable(call: Call, dying: Symbol) -> bool:
    """Whether an elementwise call may write its result over an operand: each element is read before it is written."""
    elementwise = call.parts or (isinstance(call.function, np.ufunc) and not call.function.signature)
    if not elementwise or len(call.results) != 1 or not isinstance(call.results[0], Array):
        return False
    same = layout(call.results[0].value) == layout(dying.value)
    return same and all(x is dying for x in call.reads() if x.of is dying)


def _block(free: list[npt.NDArray[np.uint8]], size: int, blocks: list[npt.NDArray[np.uint8]]) -> npt.NDArray[np.uint8]:
    """The smallest free block that is large enough and not four times too large; else a new one."""
    fitting = [i for i, block in enumerate(free) if size <= block.nbytes <= 4 * size]
    if fitting:
        return free.pop(min(fitting, key=lambda i: free[i].nbytes))
    blocks.append(aligned(np.zeros(size, np.uint8)))
    return blocks[-1]
