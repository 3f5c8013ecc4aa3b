"""Common subexpressions: calls that repeat what an earlier one computed are left out of a plan."""

import dataclasses
from collections import Counter
from typing import Any

from vector.compilation.program import Array, Call, Program, Symbol, frozen
from vector.trees import tree_map


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
            call = dataclasses.replace(old, args=args, kwargs=kwargs, writes=writes)
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
    return dataclasses.replace(program, calls=kept, output=tree_map(now, program.output))


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
