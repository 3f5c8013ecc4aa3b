"""The rule table read with formulas: each value, and each local derivative, as a function of arrays.

A rule with an `if` is read for many numbers at once: both ways, and the two results are joined by `where`.

Each value is what the row gives for floats, special cases included. Sums, products, quotients, roots and choices are
the same bit for bit; the elementary functions are NumPy's own, within 5e-16 of the C library's.
"""

import functools
import operator
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from demos.scalar_compile import branches
from scalar import rules
from scalar.op import Op

Array = Any  # an array of float64 whose last axes are nodes and examples; or one number for all of them


def add_up(terms: Array) -> Array:
    """x₁ + … + xₙ along the first axis, from left to right, as Python adds."""
    if terms[0].size == 1:  # where NumPy would add in pairs
        return np.add.accumulate(terms)[-1]
    return np.add.reduce(terms)


def _inner(x: Array, y: Array) -> Array:
    """x₁y₁ + … + xₙyₙ along the first axis, from left to right; one by one when all products would fill the cache."""
    if len(x) * np.broadcast(x[0], y[0]).size <= 2**16:
        return add_up(x * y)
    out = x[0] * y[0]
    for a, b in zip(x[1:], y[1:], strict=True):
        out += a * b
    return out


def _sigmoid(x: Array) -> Array:
    e = np.exp(-np.abs(x))
    return np.where(x >= 0, 1.0, e) / (1 + e)


def _softplus(x: Array) -> Array:
    return np.maximum(x, 0.0) + np.log1p(np.exp(-np.abs(x)))


ARRAY_FUNCTIONS: dict[Op, Callable[..., Array]] = {
    rules.copy: np.positive, rules.sum: add_up, rules.dot: _inner, branches.select: np.where, rules.sigmoid: _sigmoid,
    rules.softplus: _softplus, rules.logsigmoid: lambda x: -_softplus(-x), rules.step: lambda x: np.heaviside(x, 0.0),
    **{op: lambda x, y, compare=compare: compare(x, y) * 1.0 for compare, op in branches.COMPARISONS.items()},
}  # fmt: skip
"""What neither the row's own line nor NumPy's function of its name gives, or not as fast."""

STACKED: dict[Op, int] = {rules.sum: 1, rules.dot: 2}
"""The operations of any number of operands, which come stacked: how many stacks there are."""

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
        if isinstance(numpys, np.ufunc):
            return numpys
        return lambda *x: np.frompyfunc(op.forward, len(x), 1)(*x).astype(float)  # number by number
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
