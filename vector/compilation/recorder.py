"""Recording one step: the step runs, and each of its calls of NumPy is written down."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from vector.compilation.program import Array, Call, Kind, Number, Origin, Program, name_of
from vector.compilation.traced import CaptureError, Stand, Traced, TracedNumber
from vector.structure import mapped
from vector.watcher import Watcher

if TYPE_CHECKING:
    from vector.tensor import Tensor

_DESCRIBING = {
    np.shape, np.ndim, np.size, np.result_type, np.can_cast, np.may_share_memory, np.iscomplexobj, np.isrealobj,
}  # fmt: skip
"""Functions that look at shapes and dtypes alone: their answers hold for every replay."""

_IN_PLACE = {
    np.copyto, np.fill_diagonal, np.place, np.put, np.put_along_axis, np.putmask,
    np.ndarray.__setitem__, np.ndarray.fill, np.ndarray.partition, np.ndarray.put, np.ndarray.sort,
}  # fmt: skip
"""Functions that change their first argument."""


class Recorder(Watcher):
    """Looks on while a step runs and writes its calls down.

    Every array that the engine reads is handed out as a stand-in, whose operations come back here: they are carried
    out on the numbers, so that the step is a step, and appended to `calls`.
    """

    careful = True  # nobody can look whether a gradient became NaN, so each message of zero stops at once

    def __init__(self) -> None:
        self.arguments: list[Array | Number] = []
        self.calls: list[Call] = []
        self.graded: list[Tensor] = []
        self.count = 0
        self._outside: dict[int, Traced] = {}
        self._suppliers: dict[int, Any] = {}

    # ---------------------------------------------------------------- what the engine tells

    def read(self, array: Any) -> Any:
        """The stand-in of an array; anything else as it is."""
        return self._from_outside(array) if isinstance(array, np.ndarray) else array

    def written(self, old: Any, new: Any) -> Any:
        """The array of a tensor to which `new` was assigned: the old one, into which the new numbers are written."""
        if not isinstance(new, Traced):
            return new
        if isinstance(old, np.ndarray):
            if new.symbol.value is not old:
                self.call(np.copyto, (self.read(old), new), {})
            return old
        return new

    def saw(self, name: str, result: Any, operands: Sequence[Any], where: str) -> None:
        """Nothing: each call comes by itself."""

    def kept(self, tensor: Tensor) -> None:
        """A tensor was given a gradient."""
        self.graded.append(tensor)

    def numbers(self, supplier: Callable[[], Sequence[float]]) -> tuple[Any, ...]:
        """Python numbers that are asked for anew at every replay, such as the learning rate."""
        values = tuple(supplier())
        return tuple(TracedNumber(Number(self._next(), x, supplier, i), self) for i, x in enumerate(values))

    def drawn(self, draw: Callable[..., Any], args: tuple[Any, ...]) -> Any:
        """Random numbers, which are drawn anew at every replay."""
        made = self._array(np.asarray(draw(*args)))
        self.calls.append(Call(draw, args, {}, (made,), kind=Kind.draw))
        return Traced(made, self)

    def checked(self, check: Callable[..., None], args: tuple[Any, ...]) -> None:
        """A check that raises where numbers are wrong, now and at every replay."""
        check(*mapped(_value, args))
        self.calls.append(Call(check, mapped(self._symbol, args), {}, kind=Kind.check))

    def noticed(self, look: Callable[..., None], args: tuple[Any, ...]) -> None:
        """A look that may warn: now, and not again."""
        look(*mapped(_value, args))

    # ---------------------------------------------------------------- what the stand-ins tell

    def argument(self, x: npt.NDArray[Any] | float) -> Any:
        """The stand-in of an argument of the step."""
        if isinstance(x, float):
            number = Number(self._next(), x)
            self.arguments.append(number)
            return TracedNumber(number, self)
        array = Array(self._next(), x, Origin.argument)
        self.arguments.append(array)
        return Traced(array, self)

    def call(self, function: Callable[..., Any], args: Sequence[Any], kwargs: Mapping[str, Any]) -> Any:
        """Carry out a call and write it down."""
        values, named = mapped(_value, tuple(args)), mapped(_value, dict(kwargs))
        result = function(*values, **named)
        if function in _DESCRIBING:
            return result
        symbols = mapped(self._symbol, tuple(args)), mapped(self._symbol, dict(kwargs))
        call = Call(function, *symbols)
        self.calls.append(call)
        targets = kwargs.get("out") or (args[0] if _changes_first(function) else ())
        targets = targets if isinstance(targets, tuple) else (targets,)
        if any(x is not None for x in targets):
            call.writes = tuple(self._symbol(x) for x in targets if x is not None)
            return result if result is None else targets if len(targets) > 1 else targets[0]
        return self._made(call, result)

    def scalar(self, function: Callable[..., Any], args: Sequence[Any]) -> Any:
        """Carry out arithmetic on Python numbers and write it down."""
        number = Number(self._next(), function(*mapped(_value, tuple(args))))
        self.calls.append(Call(function, mapped(self._symbol, tuple(args)), {}, (number,)))
        return TracedNumber(number, self)

    def program(self, output: Any) -> Program:
        """The whole step, of which this was returned."""
        return Program(self.arguments, self.calls, mapped(self._symbol, output))

    # ---------------------------------------------------------------- symbols

    def _made(self, call: Call, result: Any) -> Any:
        if isinstance(result, (tuple, list)):
            made = [self._result(call, x) for x in result]
            call.results = tuple(x.symbol for x in made)
            return type(result)(*made) if hasattr(result, "_fields") else type(result)(made)
        stand = self._result(call, result)
        if stand.symbol in call.results:
            return stand
        if any(stand.symbol is x for x in call.reads()):  # x.astype(x.dtype, copy=False) is x
            self.calls.remove(call)
            return stand
        call.results = (stand.symbol,)
        return stand

    def _result(self, call: Call, value: Any) -> Traced:
        if not isinstance(value, (np.ndarray, np.generic)):
            raise CaptureError(
                f"compile: np.{name_of(call.function)} gave the step a Python {type(value).__name__} that depends on "
                "the numbers of an array, which a replay could not know; return arrays and read them outside the step"
            )
        for operand in call.reads():
            if value is operand.value:
                return Traced(operand, self)
        array = np.asarray(value)
        whole = next((x.of for x in call.reads() if np.may_share_memory(array, x.of.value)), None)
        return Traced(self._array(array, whole), self)

    def _array(self, value: npt.NDArray[Any], whole: Array | None = None) -> Array:
        return Array(self._next(), value, whole.origin if whole else Origin.result, whole)

    def _from_outside(self, array: npt.NDArray[Any]) -> Traced:
        if id(array) not in self._outside:
            owner = array
            while isinstance(owner.base, np.ndarray):
                owner = owner.base
            whole = self._from_outside(owner).symbol if owner is not array else None
            self._outside[id(array)] = Traced(Array(self._next(), array, Origin.outside, whole), self)
        return self._outside[id(array)]

    def _symbol(self, x: Any) -> Any:
        x = self.read(x)
        return x.symbol if isinstance(x, Stand) else x

    def _next(self) -> int:
        self.count += 1
        return self.count


def _value(x: Any) -> Any:
    return x.symbol.value if isinstance(x, Stand) else x


def _changes_first(function: Callable[..., Any]) -> bool:
    ufunc = getattr(function, "__self__", None)
    return function in _IN_PLACE or (isinstance(ufunc, np.ufunc) and function.__name__ == "at")
