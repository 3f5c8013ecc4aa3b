"""A plan bound to its memory and run: the recorded calls once more, by NumPy or, where there are some, by kernels."""

from __future__ import annotations

import functools
import itertools
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeAlias

import numpy as np

from vector.compilation.lowering import lowered
from vector.compilation.native import Segment
from vector.compilation.planning import Plan
from vector.compilation.program import Array, Call, Number, Symbol, symbols_in
from vector.compilation.report import title
from vector.trees import tree_map

Step: TypeAlias = Callable[[], object]

_WITH_OUT = {
    np.sum, np.mean, np.prod, np.max, np.min, np.std, np.var, np.any, np.all, np.argmax, np.argmin, np.cumsum,
    np.cumprod, np.clip, np.take, np.concatenate, np.stack, np.dot, np.einsum, np.round,
    np.ndarray.sum, np.ndarray.mean, np.ndarray.prod, np.ndarray.max, np.ndarray.min, np.ndarray.std, np.ndarray.var,
    np.ndarray.any, np.ndarray.all, np.ndarray.argmax, np.ndarray.argmin, np.ndarray.cumsum, np.ndarray.cumprod,
    np.ndarray.clip, np.ndarray.dot,
}  # fmt: skip
"""Functions that take `out`, the array to write their result to."""

_BLANK = {np.zeros_like: 0, np.ones_like: 1, np.empty_like: None}


class Replay:
    """A plan bound to its memory, ready to run.

    What does not change from run to run, most arrays, is bound once; arguments, views of them and Python numbers are
    filled in at each run, through `now`.

    Args:
        threads: how many share machine code; None leaves all calls to NumPy.
    """

    def __init__(self, plan: Plan, threads: int | None = None) -> None:
        self.plan = plan
        self.now: dict[Symbol, Any] = {}
        self._done = 0
        self._fixed: dict[Symbol, Any] = dict(plan.places)
        suppliers: dict[int, tuple[Callable[[], Sequence[float]], list[Number]]] = {}
        for x in dict.fromkeys([*plan.program.outputs, *(x for call in plan.calls for x in call.operands)]):
            if isinstance(x, Number) and x.supplier:
                suppliers.setdefault(id(x.supplier), (x.supplier, []))[1].append(x)
        self._suppliers = list(suppliers.values())
        for call in plan.calls:
            if call.is_view and not self.varies(call):
                self._evaluate(call, self._fixed)
        self._parts = self._bound(threads)
        self._steps = [step for _, step in self._parts]
        self._returned, self._left = map(symbols_in, plan.program.output)

    def run(self, arguments: Sequence[Any]) -> list[Any]:
        """One step: what the recorded step returned, in memory of its own, and what it left outside."""
        self._begin(arguments)
        for i, step in enumerate(self._steps):
            self._done = i
            step()
        values = [self._copied(x) for x in self._returned]
        if self._left:  # two places may have been given one array
            left = {x: self._copied(x) if x.of.origin == "result" else self.array(x) for x in self._left}
            values += [left[x] for x in self._left]
        return values

    def _copied(self, x: Symbol) -> Any:
        """An array in memory of its own; or a number."""
        return self.array(x).copy(order="K") if isinstance(x, Array) else self.array(x)

    def has_changed(self) -> bool:
        """Whether a run that raised had changed something outside before."""
        return any(part.lasts for part, _ in self._parts[: self._done])

    def timed(self, arguments: Sequence[Any]) -> list[tuple[str, float]]:
        """One step, part by part: what each one does, and the seconds that it takes."""
        start = time.perf_counter()
        self._begin(arguments)
        parts = [("begin: arguments and Python numbers", time.perf_counter() - start)]
        for part, step in self._parts:
            start = time.perf_counter()
            if isinstance(part, Call):
                step()
                parts.append((f"NumPy: {title(part)}", time.perf_counter() - start))
            else:
                parts += part.timed()
        return parts

    def _begin(self, arguments: Sequence[Any]) -> None:
        now = self.now
        now.update(zip(self.plan.program.arguments, arguments, strict=True))
        for supplier, wanted in self._suppliers:
            values = supplier()
            for x in wanted:
                now[x] = values[x.index]

    def array(self, x: Symbol) -> Any:
        """The memory of an array, now; or a number."""
        if x in self._fixed:
            return self._fixed[x]
        return x.value if x.of.origin == "outside" else self.now[x]

    def varies(self, call: Call) -> bool:
        """Whether an operand lies elsewhere at each run."""
        return any(x.moves for x in (*call.operands, *call.writes))

    def memory(self, x: Symbol) -> Any:
        """Where an array lies; one of the step's arguments lies elsewhere each time, but never in another's memory."""
        return x.value if x.moves else self.array(x)

    def _bound(self, threads: int | None) -> list[tuple[Call | Segment, Step]]:
        """What to do at each run: compiled segments, and between them what must stay with NumPy."""
        parts: list[tuple[Call | Segment, Step]] = []
        working = [call for call in self.plan.calls if not call.is_view and not (call.parts and 0 in call.shape)]
        kernels = [(call, threads and lowered(call, self.memory)) for call in working]
        for compiled, group in itertools.groupby(kernels, lambda pair: bool(pair[1])):
            if compiled and threads:
                segment = Segment([kernel for _, kernel in group if kernel], self, threads)
                parts.append((segment, segment))
            else:
                parts += [(call, self.step_of(call)) for call, _ in group]
        # NumPy's own calls, and the caller, read views of arguments; machine code has their addresses.
        wanted = {*self.plan.program.outputs, *(x for call, kernel in kernels if not kernel for x in call.operands)}
        for call in reversed(self.plan.calls):
            if call.is_view and self.varies(call) and not wanted.isdisjoint(call.results):
                parts.insert(0, (call, self.step_of(call)))
                wanted.update(call.operands)
        return parts

    def step_of(self, call: Call) -> Step:
        """What repeats a call, with its result going where it belongs."""
        if call.is_view or any(isinstance(x, Number) for x in call.results):
            return functools.partial(self._evaluate, call, self.now)
        function, args, kwargs = self._into_place(call)
        if not self.varies(call):
            return functools.partial(function, *self._filled(args), **self._filled(dict(kwargs)))
        moving = {i: x for i, x in enumerate(args) if isinstance(x, Symbol) and x.moves}
        if len(moving) < sum(x.moves for x in symbols_in((args, dict(kwargs)))):  # one that moves is inside a structure
            return lambda: function(*self._filled(args), **self._filled(dict(kwargs)))
        fixed = [None if i in moving else self._filled(x) for i, x in enumerate(args)]
        named, now, places = self._filled(dict(kwargs)), self.now, [*moving.items()]

        def step() -> None:
            given = fixed.copy()
            for i, x in places:
                given[i] = now[x]
            function(*given, **named)

        return step

    def _into_place(self, call: Call) -> tuple[Callable[..., Any], tuple[Any, ...], Mapping[str, Any]]:
        """The function and its arguments, such that it writes into the place of its result."""
        places: list[Any] = [self._fixed.get(x) for x in call.results]  # None for an argument that is given back
        function = call.function
        if call.writes or call.kind == "check":
            return function, call.args, call.kwargs
        if isinstance(function, np.ufunc):
            return function, call.args, {**call.kwargs, "out": tuple(places)}
        if function in _BLANK and len(call.args) == 1 and not call.kwargs:
            value = _BLANK[function]
            return (places[0].fill, (value,), {}) if value is not None else ((lambda: None), (), {})
        if function is np.ndarray.copy or (function is np.ndarray.astype and len(call.args) == 2):
            return functools.partial(np.copyto, places[0], casting="unsafe"), call.args[:1], {}
        reduces = isinstance(getattr(function, "__self__", None), np.ufunc)
        names = ("reduce", "accumulate", "outer", "reduceat")
        if function.__name__ in names if reduces else function in _WITH_OUT and "out" not in call.kwargs:
            return function, call.args, {**call.kwargs, "out": places[0]}

        def copying(*args: Any, **kwargs: Any) -> None:
            made = function(*args, **kwargs)
            for place, array in zip(places, made if isinstance(made, (tuple, list)) else (made,), strict=True):
                if place is not None:
                    np.copyto(place, array)

        return copying, call.args, call.kwargs

    def _evaluate(self, call: Call, target: dict[Any, Any]) -> None:
        """Make a view, or several, or a number."""
        made = call.function(*self._filled(call.args), **self._filled(dict(call.kwargs)))
        target.update(zip(call.results, made if isinstance(made, (tuple, list)) else (made,), strict=True))

    def _filled(self, tree: Any) -> Any:
        return tree_map(lambda x: self.array(x) if isinstance(x, Symbol) else x, tree)
