"""A plan bound to its memory and run: the recorded calls once more, by NumPy or, where there are some, by kernels."""

from __future__ import annotations

import functools
import itertools
import timeit
from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeAlias

import numpy as np

from vector.compilation.lowering import lowered
from vector.compilation.machine_code import folder
from vector.compilation.native import Segment
from vector.compilation.planning import Plan
from vector.compilation.program import Call, Number, Symbol, symbols_in
from vector.compilation.report import title
from vector.trees import tree_leaves, tree_map, tree_unflatten

Step: TypeAlias = Callable[[], object]

_WITH_OUT = frozenset({
    "sum", "mean", "prod", "max", "min", "std", "var", "any", "all", "argmax", "argmin", "cumsum", "cumprod", "clip",
    "take", "concatenate", "stack", "dot", "einsum", "round",
})  # fmt: skip
"""Functions of NumPy, and methods of arrays, that take `out`, the array to write their result to."""

_FILLS = {np.zeros_like: 0, np.ones_like: 1}


class Replay:
    """A plan bound to its memory, ready to run.

    Every array and number of the step has a name in one dictionary: most arrays lie there once and for all, arguments,
    views of them and numbers are put there at each run. A call that reads such a one is a line of Python, with that
    dictionary for its globals.

    threads: how many share machine code; None leaves all calls to NumPy.
    """

    def __init__(self, plan: Plan, threads: int | None = None) -> None:
        self.plan = plan
        self._done = 0
        self._names: dict[Symbol, str] = {}
        self.now: dict[str, Any] = {"unflatten": tree_unflatten, "several": _several}
        self.now["now"] = self.now
        suppliers: dict[int, tuple[Callable[[], Sequence[float]], list[tuple[str, int]]]] = {}
        for x in dict.fromkeys([*plan.program.outputs, *(x for call in plan.calls for x in call.operands)]):
            if isinstance(x, Number) and x.supplier:
                suppliers.setdefault(id(x.supplier), (x.supplier, []))[1].append((self.name(x), x.index))
        self._suppliers = list(suppliers.values())
        self._arguments = [*map(self.name, plan.program.arguments)]
        for call in plan.calls:
            if call.is_view and not any(x.of.origin == "argument" for x in call.operands):
                made = call.function(*self._filled(call.args), **self._filled(dict(call.kwargs)))
                self.now.update(zip(map(self.name, call.results), _several(made), strict=True))
        self._parts = self._bound(threads)
        self._steps: list[Step] = [self._step_of(part) if isinstance(part, Call) else part for part in self._parts]
        returned, left = map(tree_leaves, plan.program.output)
        texts = [*map(self._text, returned)]
        self._new = [(self.name(x), x) for x in plan.places if x.origin == "returned"]
        given = {name for name, _ in self._new}
        self._returned = [(name, name in given and name not in texts[:i]) for i, name in enumerate(texts)]
        self._left = [(self._text(x), isinstance(x, Symbol) and not x.lasts) for x in left]

    def run(self, arguments: Sequence[Any]) -> list[Any]:
        """One step: the leaves of what the step returned, in memory of their own, and of what it left outside."""
        self._begin(arguments)
        for i, step in enumerate(self._steps):
            self._done = i
            step()
        now = self.now
        values = [now[name] if own else _copied(now[name]) for name, own in self._returned]
        if self._left:  # two places may have been given one array
            left = {name: _copied(now[name]) if ours else now[name] for name, ours in self._left}
            values += [left[name] for name, _ in self._left]
        return values

    def has_changed(self) -> bool:
        """Whether a run that raised had changed something outside before."""
        return any(part.lasts for part in self._parts[: self._done])

    def origin(self) -> list[str]:
        """Where its machine code comes from, in words; nothing if there is none."""
        segments = [part for part in self._parts if isinstance(part, Segment)]
        kernels, loaded = sum(len(it.kernels) for it in segments), sum(it.loaded for it in segments)
        place = folder() or "no folder, for there is none that the user alone may write to"
        return [f"{kernels} kernels of machine code, {loaded} of them from {place}"] if segments else []

    def timed(self, arguments: Sequence[Any]) -> list[tuple[str, float]]:
        """One step, part by part: what each one does, and the seconds that it takes."""
        begin = functools.partial(self._begin, arguments)
        parts = [("begin: arguments and Python numbers", timeit.timeit(begin, number=1))]
        for part, step in zip(self._parts, self._steps, strict=True):
            if isinstance(part, Call):
                parts.append((f"NumPy: {title(part)}", timeit.timeit(step, number=1)))
            else:
                parts += part.timed()
        return parts

    def _begin(self, arguments: Sequence[Any]) -> None:
        now = self.now
        now.update(zip(self._arguments, arguments, strict=True))
        for name, x in self._new:
            now[name] = self.plan.places[x] = np.empty_like(x.value)
        for supplier, wanted in self._suppliers:
            values = supplier()
            for name, i in wanted:
                now[name] = values[i]

    def array(self, x: Symbol) -> Any:
        """The memory of an array, now; or a number. Before the first run, of an argument, what was recorded."""
        return self.now[self.name(x)]

    def name(self, x: Symbol) -> str:
        """Its name in `now`."""
        if x not in self._names:
            self._names[x] = f"v{len(self._names)}"
            self.now[self._names[x]] = self.plan.places.get(x, x.value)
        return self._names[x]

    def _varies(self, call: Call) -> bool:
        """Whether an array that it touches lies elsewhere at each run."""
        return any(x.moves for x in (*call.operands, *call.made))

    def _bound(self, threads: int | None) -> list[Call | Segment]:
        """What to do at each run: compiled segments, and between them what must stay with NumPy."""
        parts: list[Call | Segment] = []
        working = [call for call in self.plan.calls if not call.is_view and not (call.parts and 0 in call.shape)]
        kernels = [(call, threads and lowered(call, self.array)) for call in working]
        for compiled, group in itertools.groupby(kernels, lambda pair: bool(pair[1])):
            if compiled and threads:
                parts.append(Segment([kernel for _, kernel in group if kernel], self, threads))
            else:
                parts += [call for call, _ in group]
        # NumPy's own calls, and the caller, read views of arguments; machine code has their addresses.
        wanted = {*self.plan.program.outputs, *(x for call, kernel in kernels if not kernel for x in call.operands)}
        for call in reversed(self.plan.calls):
            if call.is_view and self._varies(call) and not wanted.isdisjoint(call.results):
                parts.insert(0, call)
                wanted.update(call.operands)
        return parts

    def _step_of(self, call: Call) -> Step:
        """What repeats a call, with its result going where it belongs."""
        function, args, kwargs = _into_place(call)
        if not self._varies(call) and not _is_made_anew(call):
            return functools.partial(function, *self._filled(args), **self._filled(dict(kwargs)))
        given = [self._text(x) for x in args] + [f"{name}={self._text(x)}" for name, x in kwargs.items()]
        line = f"{self._text(function)}({', '.join(given)})"
        if _is_made_anew(call):
            line = f"now.update(zip({[*map(self.name, call.results)]}, several({line})))"
        return eval(f"lambda: {line}", self.now)  # noqa: S307  # names given here, and those of NumPy's parameters

    def _text(self, x: Any) -> str:
        """The expression of an operand: a name, or a structure filled with what varies."""
        if isinstance(x, Symbol):
            return self.name(x)
        name = f"c{len(self.now)}"
        inside = symbols_in(x)
        self.now[name] = self._filled(x) if inside else x
        if any(y.moves for y in inside):
            self.now[name] = x
            return f"unflatten({name}, iter(({', '.join(map(self._text, tree_leaves(x)))},)))"
        return name

    def _filled(self, tree: Any) -> Any:
        return tree_map(lambda x: self.array(x) if isinstance(x, Symbol) else x, tree)


def _is_made_anew(call: Call) -> bool:
    """Whether the result is a view or a number, which has no place."""
    return call.is_view or any(isinstance(x, Number) for x in call.results)


def _into_place(call: Call) -> tuple[Callable[..., Any], Sequence[Any], Mapping[str, Any]]:
    """The function and its arguments, such that it writes into the place of its result."""
    function, args, kwargs = call.function, call.args, call.kwargs
    if call.writes or call.kind == "check" or _is_made_anew(call):
        return function, args, kwargs
    if isinstance(function, np.ufunc):
        return function, args, {**kwargs, "out": call.results}
    if function in _FILLS and len(args) == 1 and not set(kwargs) - {"shape"}:
        return np.copyto, (call.results[0], _FILLS[function]), {}
    if function is np.ndarray.copy or (function is np.ndarray.astype and len(args) == 2):
        return np.copyto, (call.results[0], args[0]), {"casting": "unsafe"}
    reduces = isinstance(getattr(function, "__self__", None), np.ufunc)
    names = ("reduce", "accumulate", "outer", "reduceat") if reduces else _WITH_OUT
    if getattr(function, "__name__", "") in names and "out" not in kwargs:
        return function, args, {**kwargs, "out": call.results[0]}

    def copying(places: Sequence[Any], *args: Any, **kwargs: Any) -> None:
        for place, array in zip(places, _several(function(*args, **kwargs)), strict=True):
            if place is not None:
                np.copyto(place, array)

    return copying, ([None if x in call.operands else x for x in call.results], *args), kwargs


def _several(made: Any) -> Sequence[Any]:
    return made if isinstance(made, (tuple, list)) else (made,)


def _copied(x: Any) -> Any:
    """An array in memory of its own; or a number."""
    return x.copy(order="K") if isinstance(x, np.ndarray) else x
