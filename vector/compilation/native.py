"""Carrying out a plan in machine code: loops by numba, products by BLAS, no Python between them."""

from __future__ import annotations

import functools
import importlib.util
import math
import time
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from vector.compilation import blas
from vector.compilation.board import Task
from vector.compilation.fusion import Fused
from vector.compilation.kernels import TYPES, Kernel
from vector.compilation.parts import Part, phases
from vector.compilation.program import Array, Call, Number, Origin
from vector.compilation.team import team
from vector.compilation.translation import translated

if TYPE_CHECKING:
    from vector.compilation.replay import Replay, Step


def chosen(native: bool | None) -> bool:
    """Whether to compile machine code: as asked for, or if what it needs is installed.

    Raises:
        ImportError: it was asked for, and numba or threadpoolctl is missing.
    """
    missing = [name for name in ("numba", "threadpoolctl") if importlib.util.find_spec(name) is None]
    if native and missing:
        raise ImportError(f'compile: native=True needs {" and ".join(missing)}: pip install "twingrad[compile]"')
    return not missing if native is None else native


class Segment:
    """Kernels to be run by a team of threads, and a table of what they are given."""

    def __init__(self, kernels: Sequence[Kernel], replay: Replay, threads: int) -> None:
        self.kernels = kernels
        self.lasts = any(kernel.lasts for kernel in kernels)
        self._replay = replay
        self._moving: dict[Array, list[tuple[int, int]]] = {}
        self._values: list[Number] = []
        self._threads = threads
        self.phases = phases(kernels, threads, functools.partial(_memory, replay))
        arguments: list[int] = []
        code = [[[self._code(part, arguments) for part in parts] for parts in phase] for phase in self.phases]
        self._arguments = np.array(arguments, np.int64)
        self._numbers = np.zeros(max(len(self._values), 1))
        self._code_of_phases = code
        self._task = Task(code, self._arguments, self._numbers)
        team(threads)  # its machine code is made with that of the kernels, not at the first run

    def __call__(self) -> None:
        """Run them."""
        self._bind()
        self._carry_out(self._task)

    def timed(self) -> Iterator[tuple[str, float]]:
        """Run them phase by phase: what each one does, and the seconds that it takes."""
        self._bind()
        for phase, code in zip(self.phases, self._code_of_phases, strict=True):
            piece = Task([code], self._arguments, self._numbers)
            titles = dict.fromkeys(part.kernel.title for parts in phase for part in parts)
            start = time.perf_counter()
            self._carry_out(piece)
            yield "; ".join(titles), time.perf_counter() - start

    def _carry_out(self, task: Task) -> None:
        if not team(self._threads).run(task):
            raise IndexError("compile: an index of the step is out of range")  # the step itself says more

    def _bind(self) -> None:
        """Fill in what varies from run to run."""
        now = self._replay.now
        for argument, places in self._moving.items():
            start = _address(now[argument])
            for i, offset in places:
                self._arguments[i] = start + offset
        for i, x in enumerate(self._values):
            self._numbers[i] = now[x]

    def _code(self, part: Part, arguments: list[int]) -> tuple[int, int]:
        start = len(arguments)
        for i, x in enumerate(part.kernel.arguments):
            arguments.append(self._bound(part, x, i, len(arguments)))
        return _kernel(part.kernel.text()), start

    def _bound(self, part: Part, x: Array | Number | int, i: int, place: int) -> int:
        """What stands in the table for an argument; the addresses of the step's own arguments come at each run."""
        if isinstance(x, Number):
            self._values += [] if x in self._values else [x]
            return self._values.index(x)
        if not isinstance(x, Array):
            return part.size(i, x)
        if x.of.origin is Origin.argument:
            offset = _address(x.value) - _address(x.of.value) + part.moved(x)
            self._moving.setdefault(x.of, []).append((place, offset))
            return 0
        return _address(self._replay.array(x)) + part.moved(x)


def steps_of(replay: Replay, calls: Sequence[Call | Fused], threads: int) -> list[Step]:
    """What to do at each run: compiled segments, and between them what must stay with NumPy."""
    memory = functools.partial(_memory, replay)
    steps: list[Step] = []
    waiting: list[Kernel] = []
    staying: list[Call] = []
    for call in calls:
        if call.is_view:
            continue
        kernels = translated(call, memory)
        if kernels is not None or isinstance(call, Fused):
            waiting += kernels or ()
            continue
        if waiting:
            steps.append(Segment(waiting, replay, threads))
            waiting = []
        steps.append(replay.step_of(call))
        staying.append(call)
    if waiting:
        steps.append(Segment(waiting, replay, threads))
    return [*map(replay.step_of, _looked_at(replay, calls, staying)), *steps]


def _looked_at(replay: Replay, calls: Sequence[Call | Fused], staying: Sequence[Call]) -> list[Call]:
    """The views of arguments that NumPy's own calls or the caller read; machine code finds its way by addresses."""
    wanted = {*replay.plan.program.outputs(), *(x for call in staying for x in call.operands())}
    looks = []
    for call in reversed(calls):
        if isinstance(call, Call) and call.is_view and replay.varies(call) and not wanted.isdisjoint(call.results):
            looks.append(call)
            wanted.update(call.operands())
    return looks[::-1]


def _memory(replay: Replay, x: Array) -> Any:
    """Where an array lies; one of the step's arguments lies elsewhere each time, but never in another's memory."""
    return x.value if x.of.origin is Origin.argument else replay.array(x)


def _address(array: Any) -> int:
    return array.__array_interface__["data"][0]


@functools.cache
def _kernel(text: str) -> int:
    """The address of a kernel in machine code, compiled once for all steps that have it."""
    import numba

    scope = dict(_scope())
    exec(text, scope)  # noqa: S102  # the text is made of a plan's own names: nothing of it was typed by anybody
    signature = numba.int64(numba.types.CPointer(numba.int64), numba.types.CPointer(numba.float64))
    # Sums may be taken in another order, so that several are taken at once; NaN and infinity stay what they are.
    orders = {"reassoc", "contract", "nsz", "arcp"}
    function = numba.cfunc(signature, error_model="numpy", fastmath=orders)(scope["kernel"])
    _kept.append(function)
    return int(function.address)


_kept: list[Any] = []
"""Machine code goes when nobody holds the function any more."""


@functools.cache
def _scope() -> dict[str, Any]:
    """The names that a kernel may use."""
    import numba

    from vector.compilation.intrinsics import pointer

    small = numba.njit(inline="always", error_model="numpy")
    return {
        "np": np,
        "math": math,
        "carray": numba.carray,
        "pointer": pointer,
        "ROW": 1 << 40,  # long enough for any memory
        "larger": small(lambda x, y: x if x > y or x != x else y),
        "smaller": small(lambda x, y: x if x < y or x != x else y),
        "int32": numba.int32,
        "uint64": numba.uint64,
        **{name: getattr(numba, name) for name in TYPES.values()},
        **{f"gemm_{name}": blas.gemm(np.dtype(char)) for char, name in TYPES.items() if char in "fd"},
    }
