"""`vector.compile`: a training step recorded twice, and from then on replayed."""

from __future__ import annotations

import functools
import statistics
import threading
import time
import types
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from vector import modes
from vector.compilation import blas, picture, report
from vector.compilation import native as machine
from vector.compilation.comparison import difference
from vector.compilation.planning import planned
from vector.compilation.program import Program
from vector.compilation.recorder import Recorder
from vector.compilation.replay import Replay
from vector.compilation.traced import CaptureError, Stand
from vector.nn.module import Module
from vector.optim.optimizer import Optimizer
from vector.structure import leaves, like, mapped
from vector.tensor import Tensor

_ATTEMPTS = 5
"""Recordings of one signature after which it is clear that they will never agree."""


def compile(step: Callable[..., Any], *, native: bool | None = None, threads: int | None = None) -> Compiled:
    """Record a training step (forward, backward, update) and replay it from a plan.

    The first two calls run the step as it is and write down its calls of NumPy; if both wrote the same, the following
    ones only repeat these calls: no graph is built, results go into memory that was set aside once, and what nobody
    reads is left out. With the extra `compile` installed, elementwise calls that follow each other become one loop of
    machine code (by numba), and no Python runs between loops and products: the numbers are then the same to rounding
    (about 1e-6 in float32); without it, or with native=False, bit for bit.

    Args:
        step: a function of arrays and Tensors (new shapes, dtypes or layouts are recorded anew), floats (free to
            change, such as a learning rate) and anything else (recorded anew when it is not equal). What the step
            closes over, such as parameters, optimizers and running means, is read and changed where it lies.
        native: whether to compile machine code; by default, if numba is installed.
        threads: how many share the machine code's work; by default, as many as BLAS has.

    What the step returns, in nested lists, tuples and dictionaries, comes back in arrays of its own, Tensors without
    history; parameters keep no `grad`: return the gradients that you want to see. The optimizers of `vector.optim`
    are asked for their hyperparameters at each step, and the modules for `training`; after any other change of what the
    step reads besides its arguments, call `forget()`.

    Raises:
        ImportError: native=True without numba.
        CaptureError: at a recording, when the step reads a number out of an array, decides by one, or does something
            else each time.

    >>> import numpy as np
    >>> from vector import nn, optim
    >>> model = nn.MLP(2, [3, 1], generator=np.random.default_rng(0))
    >>> optimizer = optim.SGD(model.parameters(), lr=0.1)
    >>> @compile
    ... def step(x, y):
    ...     optimizer.zero_grad()
    ...     loss = nn.mse_loss(model(x), y)
    ...     loss.backward()
    ...     optimizer.step()
    ...     return loss
    >>> x, y = np.ones((4, 2), np.float32), np.zeros((4, 1), np.float32)
    >>> losses = [step(x, y).item() for _ in range(50)]
    >>> losses[-1] < 1e-3 < losses[0]
    True
    """
    return Compiled(step, machine.chosen(native), threads)


class Compiled:
    """A step with its plans, one for each signature of its arguments; see `compile`."""

    def __init__(self, step: Callable[..., Any], native: bool = False, threads: int | None = None) -> None:
        functools.update_wrapper(self, step)
        self._threads = threads
        self.native = native
        self.step = step
        self._plans: dict[Any, tuple[Replay, Callable[[list[Any]], Any]]] = {}
        self._recordings: dict[Any, list[Program]] = {}
        seen = _seen(step)
        self._modules = [module for x in seen if isinstance(x, Module) for module in x.modules()]
        self._optimizers = [(x, x._hyperparameters()) for x in seen if isinstance(x, Optimizer)]
        self._running = threading.RLock()  # a plan has its memory once, whichever thread comes

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """One step."""
        key, arguments = self._read(args, kwargs)
        with self._running:
            if key not in self._plans:
                return self._record(key, [args, kwargs])
            replay, restored = self._plans[key]
            with np.errstate(all="ignore"):
                return restored(replay.run(arguments))

    def forget(self) -> None:
        """Drop all plans: the next calls record anew."""
        self._plans.clear()
        self._recordings.clear()

    def explain(self) -> str:
        """The plans in words: each call, where its result lies, and what was saved.

        Raises:
            RuntimeError: there is no plan yet; call the step twice.
        """
        if not self._plans:
            raise RuntimeError("explain: expected a step that was called at least twice, got no plan yet")
        return "\n\n".join(report.listing(replay.plan) for replay, _ in self._plans.values())

    def profile(self, *args: Any, turns: int = 100, **kwargs: Any) -> str:
        """Where the time of a step goes: a line for each phase of the plan, in the order of the step.

        Takes `turns` steps in one piece and as many taken apart, so that parameters move. What is left of the whole
        beside the parts is Python: the signature of the arguments, the results.

        Raises:
            RuntimeError: there is no plan for these arguments yet; call the step twice.
        """
        key, arguments = self._read(args, kwargs)
        if key not in self._plans:
            raise RuntimeError("profile: expected a step that was called twice with such arguments, got no plan yet")
        whole = []
        for _ in range(turns):
            start = time.perf_counter()
            self(*args, **kwargs)
            whole.append(time.perf_counter() - start)
        with self._running, np.errstate(all="ignore"):
            parts = [self._plans[key][0].timed(arguments) for _ in range(turns)]
        return report.times(parts, statistics.median(whole))

    def nodes(self) -> list[picture.PlanNode]:
        """The newest plan as a graph, for a drawing: `viz.draw(step.nodes())`.

        Raises:
            RuntimeError: there is no plan yet; call the step twice.
        """
        if not self._plans:
            raise RuntimeError("nodes: expected a step that was called at least twice, got no plan yet")
        return picture.nodes(list(self._plans.values())[-1][0].plan)

    def _read(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> tuple[Any, Sequence[Any]]:
        """The signature of a call, and what varies from call to call."""
        state = [module.training for module in self._modules]
        for optimizer, hyperparameters in self._optimizers:
            state += map(bool, hyperparameters(optimizer))
        # The usual call, with arrays alone, should cost little.
        if not kwargs and all([type(x) is np.ndarray for x in args]):  # noqa: C419  # a list is faster here
            return (tuple([(x.shape, x.dtype, x.strides) for x in args]), *state), args
        given = list(leaves([args, kwargs]))
        key = str(mapped(lambda x: 0, [args, kwargs])), tuple(map(_kind, given)), *state
        return key, [_numbers(x) for x in given if _varies(x)]

    def _record(self, key: Any, given: Any) -> Any:
        recorder = Recorder()
        args, kwargs = mapped(lambda x: _stand_in(x, recorder), given)
        with modes.switched(modes.watching, recorder):
            try:
                output = self.step(*args, **kwargs)
            finally:
                for tensor in recorder.graded:
                    tensor.grad = None
            arrays = mapped(lambda x: x.data if isinstance(x, Tensor) else x, output)
            self._keep(key, recorder.program(arrays), _restoring(output))
        return mapped(_value, output)

    def _keep(self, key: Any, program: Program, restored: Callable[[list[Any]], Any]) -> None:
        """Remember a recording; two in a row that are the same become a plan."""
        recordings = self._recordings.setdefault(key, [])
        parted = difference(recordings[-1], program) if recordings else "there is only one recording"
        recordings.append(program)
        if parted is None:
            steps_of = None
            if self.native:
                steps_of = functools.partial(machine.steps_of, threads=self._threads or blas.threads())
            self._plans[key] = Replay(planned(program, native=self.native), steps_of), restored
            del self._recordings[key]
        elif len(recordings) == _ATTEMPTS:
            del self._recordings[key]
            raise CaptureError(f"compile: expected a step that does the same each time, but {parted}")


def _restoring(output: Any) -> Callable[[list[Any]], Any]:
    """How what the step returned is made from the arrays in it: the same structure, with Tensors where it had some."""
    if isinstance(output, Tensor):
        return lambda arrays: Tensor(arrays[0])
    kinds = [type(x) if isinstance(x, (Tensor, Stand, np.ndarray)) else None for x in leaves(output)]
    constants = [None if kind else x for kind, x in zip(kinds, leaves(output), strict=True)]
    form = mapped(lambda x: 0, output)

    def restored(arrays: list[Any]) -> Any:
        coming = iter(arrays)
        made = [
            x if kind is None else Tensor(next(coming)) if kind is Tensor else next(coming)
            for kind, x in zip(kinds, constants, strict=True)
        ]
        return like(form, iter(made))

    return restored


def _varies(x: Any) -> bool:
    """Whether an argument may differ at each call of one signature."""
    if isinstance(x, Tensor):
        return not x.requires_grad
    return isinstance(x, (np.ndarray, np.generic)) or type(x) is float


def _numbers(x: Any) -> Any:
    return x if type(x) is float else np.asarray(x)


def _kind(x: Any) -> Any:
    """What two arguments must have in common to share a plan."""
    if type(x) is np.ndarray:
        return x.shape, x.dtype, x.strides
    if type(x) is float:
        return float
    if _varies(x):
        return _kind(np.asarray(x)), type(x)
    return (type(x), x) if getattr(x, "__hash__", None) and not isinstance(x, Tensor) else id(x)


def _stand_in(x: Any, recorder: Recorder) -> Any:
    """What the step gets for an argument while it is recorded."""
    if not _varies(x):
        return x
    stand = recorder.argument(_numbers(x))
    return Tensor(stand, label=x.label) if isinstance(x, Tensor) else stand


def _value(x: Any) -> Any:
    """A result of a recorded step as the user gets it."""
    if isinstance(x, Tensor):
        return Tensor(_value(x.data))
    return np.array(x.symbol.value) if isinstance(x, Stand) else x


def _seen(step: Callable[..., Any]) -> list[Any]:
    """The objects that a step can see: in its closure, among the globals that it names, in its object."""
    step = getattr(step, "func", step)  # of a partial
    function = getattr(step, "__func__", step)
    seen: list[Any] = [
        getattr(step, "__self__", None),
        *(cell.cell_contents for cell in getattr(function, "__closure__", None) or ()),
    ]
    if isinstance(function, types.FunctionType):
        seen += [function.__globals__[name] for name in function.__code__.co_names if name in function.__globals__]
    seen += [x for owner in seen[:1] for x in getattr(owner, "__dict__", {}).values()]
    return list(leaves(seen))
