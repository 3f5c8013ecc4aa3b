"""Products fused with what follows them: an update θ ← θ − η·x·y, or a copy elsewhere, is one call of BLAS there."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np

from vector.compilation.fusion import Fused
from vector.compilation.program import Array, Call, Number


def subtract_product(x: Any, y: Any, rate: float, out: Any) -> None:
    """out ← out − rate·x·y."""
    out -= rate * np.matmul(x, y)


def product_into(x: Any, y: Any, out: Any) -> None:
    """out ← x·y."""
    np.matmul(x, y, out=out)


def with_fused_updates(steps: Sequence[Call | Fused], outputs: Iterable[Array | Number]) -> list[Call | Fused]:
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
        readers = [step for step in kept if any(x.of is gradient.of for x in step.reads())]
        product = next((step for step in kept if gradient.of in step.results), None)
        if readers != [update] or gradient.of in shown or not isinstance(product, Call) or not _is_matmul(product):
            continue
        target = _as(gradient, parameter)
        start, end = kept.index(product), kept.index(update)
        between = kept[start + 1 : end]
        touched = {x.of for step in between for x in (*step.reads(), *step.writes)} | {x.of for x in product.reads()}
        made = {x for step in between for x in step.results}
        if target is None or parameter.of in touched or not made.isdisjoint(rates):
            continue
        function = subtract_product if rates else product_into
        kept[start] = Call(function, (*product.args, *rates, target), {}, writes=(target,))
        del kept[end]
    return kept


def _descent_or_copy(step: Call | Fused) -> tuple[tuple[Number, ...], Array, Array] | None:
    """(η,), g and θ for θ ← θ − η·g and nothing else; (), source and target for a copy and nothing else."""
    functions = [call.function for call in step.calls] if isinstance(step, Fused) else []
    if not isinstance(step, Fused) or functions not in ([np.multiply, np.subtract], [np.copyto]):
        return None
    if len(functions) == 1:
        target, source = step.calls[0].args
        return ((), source, target) if isinstance(source, Array) else None
    scaled, moved = step.calls
    rate, gradient = scaled.args if isinstance(scaled.args[0], Number) else scaled.args[::-1]
    plain = isinstance(rate, Number) and isinstance(gradient, Array) and len(moved.writes) == 1 and not step.results
    if not plain or moved.args != (moved.writes[0], scaled.results[0]):
        return None
    return (rate,), gradient, moved.writes[0]


def _is_matmul(call: Call) -> bool:
    """Whether a call is a product of two matrices."""
    return call.function is np.matmul and all(isinstance(x, Array) and x.value.ndim == 2 for x in call.args)


def _as(gradient: Array, parameter: Array) -> Array | None:
    """The parameter's memory seen as the product is laid out, if both, and the gradient, are one row of it all."""
    product = gradient.of
    there, here, row = parameter.value, product.value, gradient.value
    same = there.ndim == row.ndim == 1 and all(x.flags.c_contiguous for x in (there, here, row))
    same = same and there.size == here.size == row.size and np.may_share_memory(row[:1], here.reshape(-1)[:1])
    if not same or parameter.of.origin != "outside" or there.dtype != here.dtype:
        return None
    return Array(product.number, there.reshape(here.shape), "outside", parameter.of)
