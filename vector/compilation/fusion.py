"""Calls that work element by element, put together so that one pass over memory does them all."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from vector.compilation.program import Array, Call, Kind, Number


@dataclass(eq=False, slots=True)
class Fused:
    """Several calls in one loop; seen from outside, one call.

    Attributes:
        shape: of the loop.
        results: what somebody after the loop reads; the rest never leaves the registers.
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
        """Whether the call, in the same loop, sees what it would see after it.

        It does if whatever of a memory is changed by the loop is all that the loop touches of it: with `w += w.T`, or
        with a row that is written while the others are read, the order of the elements would matter.
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
