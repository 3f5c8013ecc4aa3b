"""Arrays that write down how they are computed: what the rules, which are plain NumPy, are read with to be shown."""

import operator
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from types import FrameType
from typing import Any

import numpy as np
from numpy.lib.mixins import NDArrayOperatorsMixin

from vector.trees import tree_leaves, tree_map

# What is asked of an array's shape or dtype alone gives a plain array.
_OF_SHAPES = {np.zeros_like, np.ones_like, np.full_like, np.shape, np.ndim, np.size, np.result_type}
_REDUCTIONS: Mapping[np.ufunc, Any] = {np.add: np.sum, np.maximum: np.max, np.minimum: np.min}


class Expression(NDArrayOperatorsMixin):
    """An array with the function and the arguments that it was computed from, of which a leaf has none, and a name."""

    __slots__ = ("arguments", "function", "name", "params", "value")
    __hash__ = object.__hash__

    def __init__(
        self, value: Any, function: Any = None, arguments: Sequence[Any] = (), params: Any = None, name: str = ""
    ) -> None:
        self.value, self.function, self.arguments = value, function, arguments
        self.params: Mapping[str, Any] = params or {}
        self.name = name

    @property
    def operands(self) -> list["Expression"]:
        """The expressions among arguments and parameters, those in lists too."""
        given = [*self.arguments, *self.params.values()]
        return [x for x in tree_leaves(given) if isinstance(x, Expression)] if given else []

    def walk(self) -> Iterator["Expression"]:
        """All that it is made of and itself, operands first, each once."""
        yield from dict.fromkeys(x for operand in self.operands for x in operand.walk())
        yield self

    def __array_ufunc__(self, ufunc: np.ufunc, method: str, *inputs: Any, **params: Any) -> Any:
        params.pop("out", None)  # x += y gives the name x a new expression
        if method == "__call__":
            return applied(ufunc, inputs, params)
        return applied(_REDUCTIONS[ufunc], inputs, {"axis": 0, **params})

    def __array_function__(self, function: Any, types: Any, args: Sequence[Any], params: Mapping[str, Any]) -> Any:
        if function in _OF_SHAPES:
            return function(*tree_map(value_of, list(args)), **params)
        return applied(function, args, params)

    @staticmethod
    def _apply(op: Any, inputs: Sequence[Any], params: Any = None) -> Any:
        return applied(op.forward if isinstance(op.forward, np.ufunc) else op, inputs, params or {})

    def __getattr__(self, name: str) -> Any:
        """What the array has, such as its shape; its methods are written down."""
        if name.startswith("_"):  # NumPy asks for ways to make an array of it
            raise AttributeError(name)
        if name == "T":
            return np.transpose(self)
        found = getattr(np.asarray(self.value), name)
        function: Any = cast if name == "astype" else getattr(np, name, None)
        return (lambda *rest, **more: applied(function, (self, *rest), more)) if callable(found) else found

    def __getitem__(self, index: Any) -> Any:
        return applied(operator.getitem, (self, index), {})

    def __len__(self) -> int:
        return len(self.value)

    def __bool__(self) -> bool:
        return bool(self.value)


def value_of(x: Any) -> Any:
    """The array of an expression; anything else as it is."""
    return x.value if isinstance(x, Expression) else x


def cast(x: Any, dtype: Any) -> Any:
    """x in another dtype."""
    return np.asarray(x).astype(dtype)


def applied(function: Callable[..., Any], arguments: Sequence[Any], params: Mapping[str, Any]) -> Any:
    """The expression of function(*arguments, **params); of a function that gives several arrays, one for each."""
    with np.errstate(all="ignore"):
        value = function(*tree_map(value_of, list(arguments)), **tree_map(value_of, dict(params)))
    whole = Expression(value, function, arguments, params)
    several = isinstance(value, tuple)
    return tuple(Expression(part, operator.getitem, (whole, i)) for i, part in enumerate(value)) if several else whole


def read(rule: Callable[..., Any], *arguments: Any, **params: Any) -> tuple[Any, Mapping[str, Any]]:
    """What a rule gives, and by their names the local variables with what it computes on the way.

    They are those of its function as it returns, which is what a profiler is shown.
    """
    found: dict[str, Any] = {}
    code = getattr(rule, "__code__", None)

    def look(frame: FrameType, event: str, _: Any) -> None:
        if event == "return" and frame.f_code is code:
            found.update(frame.f_locals)

    profiler = sys.getprofile()
    sys.setprofile(look)
    try:
        return rule(*arguments, **params), found
    finally:
        sys.setprofile(None)
        getattr(profiler, "enable", lambda: sys.setprofile(profiler))()  # cProfile's own is no function
