"""How one element of an array comes from elements of its operands: a tensor engine's rows, read for single numbers.

Four readings serve all rows. An elementwise row is the number engine's row of the same name. A linear one is a sum with
weights, which its transpose tells; where it only moves numbers, it tells which when it is given 1, 2, 3, … A sum of
products is read from its subscripts. Any other row is opened: what means the same in simpler operations on tensors is
read instead.

Of a tensor this asks more than `viz.node`: `rule`, the row, which can be called; `inputs`, what it was given; `params`.
"""

import functools
import itertools
import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np


class Reading(NamedTuple):
    """How an element is computed: a function of the number engine, and its operands' elements as (operand, place).

    Without a function, it is the sum of terms, each a weight times elements.
    """

    function: Callable[..., Any] | None
    uses: Sequence[tuple[int, int]] = ()
    terms: Sequence[tuple[float, Sequence[tuple[int, int]]]] = ()


def _low(x: Any, axis: Any) -> Any:
    return x - type(x)(x.data.max(axis=axis, keepdims=True), label="max")


def _var(x: Any, axis: Any = None, ddof: float = 0, keepdims: bool = False) -> Any:
    squares = ((x - x.mean(axis, keepdims=True)) ** 2).sum(axis, keepdims=keepdims)
    return squares / (x.size / squares.size - ddof)


# fmt: off
OPENED: Mapping[str, Callable[..., Any]] = {
    "@": lambda x, y: np.einsum(("...ij" if x.ndim > 1 else "j") + (",...jk" if y.ndim > 1 else ",j"), x, y),
    "linear": lambda x, weight, bias: x @ weight.T + bias,
    "softmax": lambda x, axis=-1: (e := _low(x, axis).exp()) / e.sum(axis, keepdims=True),
    "log_softmax": lambda x, axis=-1: (low := _low(x, axis)) - low.exp().sum(axis, keepdims=True).log(),
    "softmax_cross_entropy": lambda x, targets: (-OPENED["log_softmax"](x)[np.arange(len(targets)), targets]).mean(),
    "logsumexp": lambda x, axis=-1, keepdims=False: (
        _low(x, axis).exp().sum(axis, keepdims=keepdims).log() + x.data.max(axis=axis, keepdims=keepdims)),
    "var": _var,
    "std": lambda x, **params: _var(x, **params).sqrt(),
    "norm": lambda x, ord, axis, keepdims: (abs(x) ** ord).sum(axis, keepdims=keepdims) ** (1 / ord),
    "square": lambda x: x * x,
    "reciprocal": lambda x: 1 / x,
    "exp2": lambda x: 2**x,
    "logaddexp": lambda x, y: x + (y - x).softplus(),
}
FOLDED = {"max": "maximum", "min": "minimum", "prod": "multiply", "cumprod": "multiply"}
"""Rows that put what they read together two by two, and the number engine's row that does."""
# fmt: on
LINEAR_TWINS = frozenset({"add", "subtract", "negative", "copy"})


def readings(node: Any, engine: Any) -> Callable[[int], Reading] | None:
    """From the place of an element in a node's flat array to its reading; None where none is known."""
    rule = node.rule
    if rule.__name__ in LINEAR_TWINS or (rule.partials and hasattr(engine, rule.__name__)):
        function = getattr(engine, rule.__name__)
        places = [np.broadcast_to(_numbers(x), node.shape).reshape(-1) for x in node.inputs]
        return lambda place: Reading(function, [(i, int(flat[place])) for i, flat in enumerate(places)])
    if rule.name == "einsum":
        return functools.partial(_products, node)
    if rule.name == "convolve":
        return functools.partial(_convolved, *map(np.size, node.inputs))
    if source := moved(node):
        return lambda place: Reading(None, terms=[(1.0, [use])] if (use := source(place)) else [])
    if rule.linear or rule.partials or rule.name in ("sort", "partition", *FOLDED):
        alone = rule(*leaves(node), **node.params)  # the operation without what lies below
        if rule.name in FOLDED:
            return functools.partial(_folded, alone, getattr(engine, FOLDED[rule.name]))
        return functools.partial(_weighted, alone)
    return None


def leaves(node: Any) -> list[Any]:
    """A node's operands as tensors of their own."""
    return [type(x)(x.data, requires_grad=x.dtype.kind == "f", label=x.label) for x in node.parents]


def reached(node: Any, masks: Sequence[Any]) -> Any:
    """Which elements of a node depend on those of its operands that the masks mark: where NaN arrives from there."""
    if node.rule.partials:
        return functools.reduce(np.logical_or, masks, np.zeros(node.shape, bool))
    if node.op in ("sort", "partition"):  # NaN would take another place
        return np.ones(node.shape, bool)
    with np.errstate(all="ignore"):
        marked = [np.where(mask, np.nan, x) if np.any(mask) else x for mask, x in zip(masks, node.inputs, strict=True)]
        return np.isnan(node.evaluate(*marked))


def moved(node: Any) -> Callable[[int], tuple[int, int] | None] | None:
    """From the place of an element to the operand and the place there whose number it is, or None for a zero.

    None where elements are no such numbers: sums and means give themselves away by the squares of 1, 2, 3, …
    """
    if not node.parents or not (node.rule.linear or node.op == "where") or node.rule.__name__ in LINEAR_TWINS:
        return None
    ends = np.cumsum([0, *map(np.size, node.inputs)])
    numbers = [_numbers(x, first) for x, first in zip(node.inputs, ends + 1, strict=False)]
    squares = [n * n for n in numbers]
    if node.op == "where":  # the condition decides
        numbers[0] = squares[0] = node.inputs[0]
    once, squared = node.evaluate(*numbers), node.evaluate(*squares)
    if not np.array_equal(once * once, squared):
        return None
    found = once.reshape(-1).astype(int) - 1

    def source(place: int) -> tuple[int, int] | None:
        operand = int(np.searchsorted(ends, found[place], side="right")) - 1
        return (operand, int(found[place] - ends[operand])) if operand >= 0 else None

    return source


def _numbers(x: Any, first: int = 0) -> Any:
    """first, first + 1, … in x's shape."""
    return np.arange(first, first + np.size(x)).reshape(np.shape(x))


def _slopes(alone: Any, place: int, seed: float) -> list[Any]:
    """The derivatives of the element at a place by each operand's elements, times the seed."""
    g = np.zeros(alone.shape, alone.dtype)
    g.reshape(-1)[place] = seed
    totals = {id(step.variable): step.total for step in alone.chain_rule(g)}
    return [np.reshape(totals[id(x)], -1) if id(x) in totals else np.zeros(x.size) for x in alone.parents]


def _weighted(alone: Any, place: int) -> Reading:
    slopes = enumerate(_slopes(alone, place, 1.0))
    return Reading(None, terms=[(slope[at], [(i, at)]) for i, slope in slopes for at in np.flatnonzero(slope).tolist()])


def _folded(alone: Any, function: Callable[..., Any], place: int) -> Reading:
    members = np.flatnonzero(np.isnan(_slopes(alone, place, np.nan)[0])).tolist()
    ties = np.sum(np.reshape(alone.parents[0].data, -1)[members] == np.reshape(alone.data, -1)[place])
    if ties > 2 and function.__name__ in ("maximum", "minimum"):  # all share alike, which two by two they do not
        return _weighted(alone, place)
    return Reading(lambda *x: functools.reduce(function, x), [(0, member) for member in members])


def _products(node: Any, place: int) -> Reading:
    *given, result = re.split("->|,", node.params["subscripts"])
    shapes = [*map(np.shape, node.inputs)]
    sizes: dict[str, int] = {}
    for letter, n in zip("".join(given), itertools.chain(*shapes), strict=True):
        sizes[letter] = max(n, sizes.get(letter, 1)) if n else 0
    summed = [letter for letter in sizes if letter not in result]
    at = dict(zip(result, map(int, np.unravel_index(place, node.shape)), strict=True))
    terms = []
    for index in itertools.product(*(range(sizes[letter]) for letter in summed)):
        at |= zip(summed, index, strict=True)
        uses = []
        for i, (letters, shape) in enumerate(zip(given, shapes, strict=True)):
            flat = 0
            for letter, n in zip(letters, shape, strict=True):
                flat = flat * n + (at[letter] if n > 1 else 0)
            uses.append((i, flat))
        terms.append((1.0, uses))
    return Reading(None, terms=terms)


def _convolved(n: int, m: int, place: int) -> Reading:
    return Reading(None, terms=[(1.0, [(0, i), (1, place - i)]) for i in range(n) if 0 <= place - i < m])
