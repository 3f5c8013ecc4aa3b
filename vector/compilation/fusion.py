"""Fusion: elementwise calls become one loop, and a product with the update or copy that follows it one call of BLAS."""

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np

from vector.compilation.expressions import loop_shape, operands_of
from vector.compilation.program import Array, Call, Number, Symbol

_LONGEST = 64
"""Calls in one loop; longer ones take a compiler seconds."""


def loop(*operands: Any) -> None:
    """What stands for the function of several calls in one loop; the calls say what it does."""


def fused(calls: Sequence[Call], outputs: Iterable[Symbol]) -> list[Call]:
    """The calls with neighbours that share a loop put together.

    Results that nothing after the loop reads never leave the registers.
    """
    groups: list[tuple[tuple[int, ...] | None, list[Call]]] = []
    for call in calls:
        shape = loop_shape(call) if _can_join([], call) else None
        joins = shape is not None and groups and groups[-1][0] == shape and len(groups[-1][1]) < _LONGEST
        if joins and _can_join(groups[-1][1], call):
            groups[-1][1].append(call)
        else:
            groups.append((shape, [call]))
    wanted = {x.of for x in outputs}
    steps: list[Call] = []
    for shape, group in reversed([(shape, part) for shape, joined in groups for part in _apart(joined)]):
        step = group[0] if shape is None else _loop(group, wanted)
        wanted.update(x.of for x in (*step.operands, *step.writes))
        steps.append(step)
    return steps[::-1]


def _can_join(calls: Sequence[Call], call: Call) -> bool:
    """Whether the call reads in the same loop what it would read after it.

    It does if the loop touches no other array of a memory that it changes: with `w += w.T`, or with a row that is
    written while the others are read, the order of the elements would matter.
    """
    changed = {x.of: x for one in (*calls, call) for x in one.made}
    return all(changed.get(x.of, x) is x for one in (*calls, call) for x in (*one.operands, *one.made))


def _apart(calls: Sequence[Call]) -> list[list[Call]]:
    """The calls in groups that have no array in common, such as the updates of several parameters of one shape.

    One loop of them all would save no pass, and be another text for each number of them.
    """
    groups: list[tuple[set[Symbol], list[Call]]] = []
    for call in calls:
        touched = {x.of for x in (*operands_of(call), *call.made) if isinstance(x, Array)} if calls[1:] else set()
        near = [group for group in groups if not touched.isdisjoint(group[0])]
        groups = [group for group in groups if group not in near]
        groups.append((touched.union(*(own for own, _ in near)), [*(it for _, own in near for it in own), call]))
    return [own for _, own in groups]


def _loop(calls: Sequence[Call], wanted: set[Symbol]) -> Call:
    made = dict.fromkeys(x for call in calls for x in call.results)
    written = {x.of: x for call in calls for x in call.writes}
    operands = tuple(x for call in calls for x in operands_of(call) if x not in made)
    results = tuple(x for x in made if x.of in wanted)
    writes = tuple(x for x in written.values() if x.of in wanted or x.lasts)
    return Call(loop, operands, {}, results, writes, parts=calls)


def product_into(x: Any, y: Any, out: Any, *rate: float) -> None:
    """out ← x·y; or, given a rate, out ← out − rate·x·y."""
    out[...] = out - rate[0] * np.matmul(x, y) if rate else np.matmul(x, y)


def with_fused_updates(steps: Sequence[Call], outputs: Iterable[Symbol]) -> list[Call]:
    """The steps with each product that plain gradient descent alone reads, or a copy alone, computed where it goes.

    Adam and its relatives read each element of the gradient more than once, so theirs stays in memory.
    """
    kept = list(steps)
    shown = {x.of for x in outputs}
    for update in steps:
        found = _descent_or_copy(update)
        if found is None:
            continue
        rates, gradient, parameter = found
        readers = [step for step in kept if any(x.of is gradient.of for x in step.operands)]
        product = next((step for step in kept if gradient.of in step.results), None)
        if readers != [update] or gradient.of in shown or product is None:
            continue
        if product.function is not np.matmul or product.kwargs or any(x.value.ndim != 2 for x in product.reads()):
            continue
        target = _as(gradient, parameter)
        start, end = kept.index(product), kept.index(update)
        between = kept[start + 1 : end]
        touched = {x.of for step in between for x in (*step.operands, *step.writes)} | {x.of for x in product.operands}
        made = {x for step in between for x in step.results}
        if target is None or parameter.of in touched or not made.isdisjoint(rates):
            continue
        kept[start] = Call(product_into, (*product.args, target, *rates), {}, writes=(target,))
        del kept[end]
    return kept


def _descent_or_copy(step: Call) -> tuple[tuple[Number, ...], Array, Symbol] | None:
    """(η,), g and θ for θ ← θ − η·g and nothing else; (), source and target for a copy and nothing else."""
    functions = [call.function for call in step.parts]
    if functions == [np.copyto]:
        target, source = step.parts[0].args
        return ((), source, target) if isinstance(source, Array) else None
    if functions != [np.multiply, np.subtract]:
        return None
    scaled, moved = step.parts
    rate, gradient = scaled.args if isinstance(scaled.args[0], Number) else scaled.args[::-1]
    plain = isinstance(rate, Number) and isinstance(gradient, Array) and len(moved.writes) == 1 and not step.results
    if not plain or moved.args != (moved.writes[0], scaled.results[0]):
        return None
    return (rate,), gradient, moved.args[0]


def _as(gradient: Symbol, parameter: Symbol) -> Array | None:
    """The parameter's memory seen as the product is laid out, if both, and the gradient, are one row of it all."""
    product = gradient.of
    there, here, row = parameter.value, product.value, gradient.value
    same = there.ndim == row.ndim == 1 and all(x.flags.c_contiguous for x in (there, here, row))
    same = same and there.size == here.size == row.size and np.may_share_memory(row[:1], here.reshape(-1)[:1])
    if not same or parameter.of.origin != "outside" or there.dtype != here.dtype:
        return None
    return Array(product.number, there.reshape(here.shape), "outside", parameter.of)
