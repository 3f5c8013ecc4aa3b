"""The rule table read with formulas: each value, and each local derivative, as a function of arrays.

A rule with an `if` is read for many numbers at once: both ways, and the two results are joined by `where`.
"""

import functools
import operator
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from scalar.compilation import branches
from scalar.compilation.array_functions import ARRAY_FUNCTIONS, Array, number_by_number
from scalar.op import Op

_SYMBOLS = {
    np.add: "{} + {}", np.subtract: "{} − {}", np.multiply: "{}·{}", np.divide: "{}/{}", np.negative: "−{}",
    np.equal: "{} = {}", np.greater_equal: "{} ≥ {}", np.where: "{1} if {0} else {2}",
}  # fmt: skip


class Formula(np.lib.mixins.NDArrayOperatorsMixin):
    """A function of arrays applied to formulas and numbers; or, without arguments, one of the given arrays.

    Args:
        name: how a given array is printed.
    """

    __slots__ = ("arguments", "function", "name")

    def __init__(self, function: Callable[..., Array], arguments: tuple[Any, ...], name: str = "") -> None:
        self.function = function
        self.arguments = arguments
        self.name = name

    @staticmethod
    def _apply(op: Op, *inputs: Any) -> Any:
        if op is branches.select and str(inputs[1]) == str(inputs[2]):
            return inputs[2]
        return Formula(array_form(op), inputs, op.name)

    def __array_ufunc__(self, ufunc: np.ufunc, method: str, *inputs: Any) -> "Formula":
        return Formula(ufunc, inputs)  # of an operator

    __hash__ = object.__hash__

    def __bool__(self) -> bool:
        return branches.answer(self)

    def __str__(self) -> str:
        if not self.arguments:
            return self.name
        arguments = [f"({x})" if " " in str(x) else str(x) for x in self.arguments]
        if self.function in _SYMBOLS:
            return _SYMBOLS[self.function].format(*arguments)
        return f"{self.name or self.function.__name__}({', '.join(map(str, self.arguments))})"


Given = Sequence[Array]  # the result of an operation, and its operands


def read(op: Op, arity: int) -> list[Any]:
    """The local derivatives of `op` as formulas in `out` and its operands, or as numbers."""
    return _read(op.local, ["out", *("xyz" if arity <= 3 else [f"x{i}" for i in range(arity)])][: arity + 1])


@functools.cache
def array_form(op: Op) -> Callable[..., Array]:
    """The function of arrays that computes `op`: the row's own line, read with formulas, or NumPy's of its name."""
    if op in ARRAY_FUNCTIONS:
        return ARRAY_FUNCTIONS[op]
    try:
        (value,) = _read(lambda *x: [op.forward(*x)], op.operands)
    except TypeError:  # it asks for floats, as functions of math do
        numpys = getattr(np, op.__name__, None)
        return numpys if isinstance(numpys, np.ufunc) else number_by_number(op.forward)
    if all(isinstance(x, Formula) and not x.arguments for x in value.arguments):
        return value.function
    compute = evaluator(value)
    return lambda *x: compute(x)


def _read(line: Callable[..., Sequence[Any]], names: Sequence[str]) -> list[Any]:
    return list(
        branches.every_branch(line, [Formula(operator.itemgetter(i), (), name) for i, name in enumerate(names)])
    )


def evaluator(formula: Any) -> Callable[[Given], Array]:
    """The function that computes the formula from the given arrays."""
    if not isinstance(formula, Formula):
        return lambda given: formula
    if not formula.arguments:
        return formula.function
    function, arguments = formula.function, [evaluator(x) for x in formula.arguments]
    return lambda given: function(*[argument(given) for argument in arguments])
