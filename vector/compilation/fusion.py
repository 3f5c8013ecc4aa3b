"""Fusion: elementwise calls become one loop, and a product with the update or copy that follows it one call of BLAS."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from vector.compilation.program import Array, Call, Kind, Number


@dataclass(eq=False, slots=True)
class Fused:
    """Several calls in one loop; seen from outside, one call.

    Attributes:
        shape: of the loop.
        results: what later calls read; the rest never leaves the registers.
        writes: the arrays that are changed in place.
    """

    shape: tuple[int, ...]
    calls: list[Call] = field(default_factory=list)
    results: tuple[Array, ...] = ()
    writes: tuple[Array, ...] = ()
    kind: Kind = "plain"
    is_view: bool = False

    def operands(self) -> Iterator[Array | Number]:
        """The arrays and numbers that come from outside the loop."""
        made = {x for call in self.calls for x in call.results}
        return (x for call in self.calls for x in call.operands() if x not in made)

    def reads(self) -> Iterator[Array]:
        """The arrays that come from outside the loop."""
        return (x for x in self.operands() if isinstance(x, Array))

    def admits(self, call: Call) -> bool:
        """Whether the call reads in the same loop what it would read after it.

        It does if the loop touches no other array of a memory that it changes: with `w += w.T`, or with a row that is
        written while the others are read, the order of the elements would matter.
        """
        calls = [*self.calls, call]
        changed: dict[Any, Any] = {x.of: x for one in calls for x in (*one.results, *one.writes)}
        touched = (x for one in calls for x in (*one.reads(), *one.results, *one.writes))
        return all(changed.get(x.of, x) is x for x in touched)

    def __str__(self) -> str:
        return f"loop over {self.shape}: " + "; ".join(map(str, self.calls))


def fused(
    calls: Sequence[Call], outputs: Iterable[Array | Number], shape_of: Callable[[Call], tuple[int, ...] | None]
) -> list[Call | Fused]:
    """The calls with neighbours that share a loop put together; `shape_of` tells a call's loop, None if it has none."""
    steps: list[Call | Fused] = []
    for call in calls:
        shape = shape_of(call)
        last = steps[-1] if steps else None
        if shape is None or not Fused(shape).admits(call):
            steps.append(call)
        elif isinstance(last, Fused) and last.shape == shape and last.admits(call):
            last.calls.append(call)
        else:
            steps.append(Fused(shape, [call]))
    wanted = {x.of for x in outputs}
    for step in reversed(steps):
        if isinstance(step, Fused):
            made = [x for call in step.calls for x in call.results if isinstance(x, Array)]
            written = {x.of: x for call in step.calls for x in call.writes}
            step.results = tuple(x for x in made if x.of in wanted)
            step.writes = tuple(x for x in written.values() if x.of in wanted or x.lasts)
        wanted.update(x.of for x in (*step.reads(), *step.writes))
    return steps


# ---------------------------------------------------------------- products


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
        if readers != [update] or gradient.of in shown or not isinstance(product, Call):
            continue
        if product.function is not np.matmul or product.kwargs or any(x.value.ndim != 2 for x in product.reads()):
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


def _as(gradient: Array, parameter: Array) -> Array | None:
    """The parameter's memory seen as the product is laid out, if both, and the gradient, are one row of it all."""
    product = gradient.of
    there, here, row = parameter.value, product.value, gradient.value
    same = there.ndim == row.ndim == 1 and all(x.flags.c_contiguous for x in (there, here, row))
    same = same and there.size == here.size == row.size and np.may_share_memory(row[:1], here.reshape(-1)[:1])
    if not same or parameter.of.origin != "outside" or there.dtype != here.dtype:
        return None
    return Array(product.number, there.reshape(here.shape), "outside", parameter.of)
