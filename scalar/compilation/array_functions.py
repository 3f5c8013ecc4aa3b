"""NumPy's functions that stand in for the rule table's functions of floats.

Each gives for arrays what the row gives for floats, special cases included. Sums, products, quotients, roots and
choices are the same bit for bit; the elementary functions are NumPy's own, within 5e-16 of the C library's. Most come
from the rows themselves, as `scalar.compilation.formulas` reads them; here stand the others.
"""

from collections.abc import Callable
from typing import Any

import numpy as np

from scalar import rules
from scalar.compilation.branches import COMPARISONS, select
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
    rules.copy: np.positive,
    rules.sigmoid: _sigmoid,
    rules.logsigmoid: lambda x: -_softplus(-x),
    rules.softplus: _softplus,
    rules.step: lambda x: np.heaviside(x, 0.0),
    rules.sum: add_up,
    rules.dot: _inner,
    select: np.where,
    **{op: lambda x, y, compare=compare: compare(x, y) * 1.0 for compare, op in COMPARISONS.items()},
}
"""Those that neither the row's own line nor NumPy's function of its name gives, or not as fast."""

STACKED: dict[Op, int] = {rules.sum: 1, rules.dot: 2}
"""The operations of any number of operands, which come stacked: how many stacks there are."""


def number_by_number(forward: Callable[..., float]) -> Callable[..., Array]:
    """A function of floats as one of arrays."""
    return lambda *x: np.frompyfunc(forward, len(x), 1)(*x).astype(float)
