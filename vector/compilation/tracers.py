"""Tracers, which stand for arrays and numbers while a step is recorded, and report each operation on them."""

import operator
import sys
from collections.abc import Callable, Iterator
from typing import Any, NoReturn

import numpy as np

from vector.batching import Batch
from vector.compilation.program import Number, Symbol
from vector.numpy_protocol import users_line
from vector.tensor import Tensor

_OUTER = {Tensor, Batch}
"""What may hold a tracer."""


class CaptureError(RuntimeError):
    """The step does something that a replay could not repeat."""


class _MissingError(CaptureError, AttributeError):
    """A refusal for which `hasattr` answers False."""


def refusal(expected: str) -> CaptureError:
    """The error for what a replay could not repeat: "expected …, got …", and the user's line."""
    return CaptureError(f"compile: expected {expected}{users_line()}")


def _refuse(how: str, instead: str = "") -> Callable[..., NoReturn]:
    def refuse(self: Any, *args: Any, **kwargs: Any) -> NoReturn:
        raise refusal(
            f"a step that only computes with arrays, got {how} of an array while it was recorded, whose number every "
            "replay would repeat; return the array and read it outside the step; "
            + (instead or "for a choice that depends on the numbers, write np.where")
        )

    return refuse


class Tracer(np.lib.mixins.NDArrayOperatorsMixin):
    """What a traced array and a traced number share: NumPy's functions on them are recorded."""

    __slots__ = ("recorder", "symbol")

    def __init__(self, symbol: Any, recorder: Any) -> None:
        self.symbol = symbol
        self.recorder = recorder

    def __array_ufunc__(self, ufunc: np.ufunc, method: str, *inputs: Any, **kwargs: Any) -> Any:
        if any(type(x) in _OUTER for x in inputs):  # which take part by what is in them
            return NotImplemented
        function = ufunc if method == "__call__" else getattr(ufunc, method)
        return self.recorder.call(function, inputs, kwargs)

    def __array_function__(self, function: Callable[..., Any], types: Any, args: Any, kwargs: Any) -> Any:
        return NotImplemented if _OUTER & {*types} else self.recorder.call(function, args, kwargs)

    def _class(self) -> Any:
        """For the step's own code, which may ask `isinstance(x, np.ndarray)`, the class of what it stands for."""
        library = sys._getframe(1).f_globals.get("__name__", "").partition(".")[0]
        engine = library in ("vector", "numpy", "contextlib")
        return type(self) if engine else type(getattr(self.symbol, "value", None))

    __class__: Any = property(_class)

    __bool__ = _refuse("bool()")
    __float__ = _refuse("float()")
    __int__ = _refuse("int()", "pass a size or a bound as an int, which is compared; x[i] takes an array for an index")
    __index__ = __int__
    __array__ = _refuse("np.asarray()", "it is an array already: write np.copy(x), x.astype(dtype), np.stack([x, y])")
    item = _refuse("item()")
    tolist = _refuse("tolist()")
    __hash__ = object.__hash__


_POWERS: dict[Any, Any] = {0: np.ones_like, -1: lambda x: 1 / x, 0.5: np.sqrt, 1: np.positive, 2: np.square}
"""Exponents for which an array's ** does not ask `np.power`, which calls a function for each number."""


class ArrayTracer(Tracer):
    """Stands for an array."""

    __slots__ = ()
    symbol: Symbol

    def __getattr__(self, name: str) -> Any:
        if name == "T":
            return self.transpose()
        if name in ("shape", "ndim", "size", "dtype", "strides", "flags", "itemsize", "nbytes"):
            return getattr(self.symbol.value, name)
        method = getattr(np.ndarray, name, None)
        if not callable(method):
            raise _MissingError(str(refusal(f"what a recorded array has, got .{name}")))
        return lambda *args, **kwargs: self.recorder.call(method, (self, *args), kwargs)

    def __getitem__(self, index: Any) -> Any:
        return self.recorder.call(np.ndarray.__getitem__, (self, index), {})

    def __setitem__(self, index: Any, value: Any) -> None:
        self.recorder.call(np.ndarray.__setitem__, (self, index, value), {})

    def __pow__(self, y: Any) -> Any:
        fast = _POWERS.get(y) if type(y) in (int, float) and self.dtype.kind == "f" else None
        return fast(self) if fast else super().__pow__(y)

    def __len__(self) -> int:
        return len(self.symbol.value)

    def __iter__(self) -> Iterator[Any]:
        return (self[i] for i in range(len(self)))


class ScalarTracer(ArrayTracer):
    """Stands for a NumPy scalar, which no operator changes in place: `a += 1` binds the name to a new one."""

    __slots__ = ()

    def as_array(self) -> ArrayTracer:
        """An array of 0 axes, as a Tensor holds it."""
        return ArrayTracer(self.symbol, self.recorder)


def _answer(function: Callable[..., Any]) -> Callable[..., Any]:
    return lambda self, *args: function(self._fixed(), *args)


class StaleGradient(Tracer):
    """Stands for the gradient that a tensor has from earlier calls, None, until the step clears it."""

    __slots__ = ()

    def __array_ufunc__(self, ufunc: Any, method: str, *inputs: Any, **kwargs: Any) -> Any:
        if ufunc is np.add and inputs[0] is self:
            return self.recorder.first_gradient(self.symbol, inputs[1])
        return self._refused()

    def _refused(self, *args: Any, **kwargs: Any) -> NoReturn:
        raise refusal(f"a step that reads no gradient that is not there yet, got {self.symbol.path}; clear it first")

    __array_function__: Any = _refused
    __getattr__: Any = _refused


class NumberTracer(Tracer):
    """Stands for a Python number, which takes the dtype of the arrays it is combined with."""

    __slots__ = ()
    symbol: Number

    def __array_ufunc__(self, ufunc: np.ufunc, method: str, *inputs: Any, **kwargs: Any) -> Any:
        alone = not any(isinstance(x, (ArrayTracer, Tensor, np.ndarray, np.generic)) for x in inputs)
        if method == "__call__" and not kwargs and alone:
            if ufunc in _PYTHON:
                return self.recorder.scalar(_PYTHON[ufunc], inputs)
            return ufunc(*[x._fixed() if isinstance(x, NumberTracer) else x for x in inputs])
        return super().__array_ufunc__(ufunc, method, *inputs, **kwargs)

    def as_array(self) -> Any:
        """An array of 0 axes with the number in it."""
        return self.recorder.call(np.asarray, (self,), {})

    def _fixed(self) -> float:
        """The number itself, for an answer that depends on it; from then on a guard compares it."""
        self.recorder.fix(self.symbol)
        return self.symbol.value

    __bool__: Any = _answer(bool)
    __float__: Any = _answer(float)
    __int__: Any = _answer(int)
    __str__ = _answer(str)
    __format__ = _answer(format)


for _name in ("add", "sub", "mul", "truediv", "floordiv", "mod", "pow", "matmul", "and", "or", "xor"):
    for _class in (ScalarTracer, NumberTracer):
        setattr(_class, f"__i{_name}__", getattr(_class, f"__{_name}__"))

_PYTHON: dict[np.ufunc, Callable[..., Any]] = {
    np.add: operator.add, np.subtract: operator.sub, np.multiply: operator.mul, np.true_divide: operator.truediv,
    np.power: operator.pow, np.negative: operator.neg, np.positive: operator.pos, np.absolute: abs,
}  # fmt: skip


def value_of(x: Any) -> Any:
    """The array or number that a tracer stands for; anything else as it is."""
    return x.symbol.value if isinstance(x, (ArrayTracer, NumberTracer)) else None if isinstance(x, StaleGradient) else x
