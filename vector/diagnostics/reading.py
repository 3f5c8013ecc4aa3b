"""How numbers come about: the row's own rule, read with expressions, as lines that can be followed one by one.

A line is an expression with a name; what has a name in it is a leaf, or stands on a line before.
"""

from __future__ import annotations

import functools
import inspect
import itertools
import operator
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from vector.diagnostics.expression import Expression, applied, cast, read, value_of
from vector.names import bar
from vector.node import Node
from vector.op import Each, Op
from vector.sweep import fitted, masked_product
from vector.trees import tree_map

if TYPE_CHECKING:
    from vector.diagnostics.ledger import ChainRule, Step, Term


Taken = dict[str, tuple[Any, Any]]
"""By the names that are given away: what for, the tensor whose lines they stand on, and the number."""


class Lines:
    """The lines of each tensor, and of what each use sends back to it, made when they are first asked for."""

    def __init__(self, ledger: ChainRule) -> None:
        self.ledger = ledger
        self._taken: Taken = dict.fromkeys([*ledger.names.values(), *ledger.bars], (None, None))
        self._found: dict[Node, list[Expression]] = {}
        self._back: dict[tuple[Node, int], list[Expression]] = {}  # of the use that was asked for last
        self._inputs: dict[Node, list[Expression]] = {}

    def inputs(self, node: Node) -> list[Expression]:
        """The operands; numbers say themselves."""
        if node not in self._inputs:
            names = ["" if x.role == "constant" and x.size == 1 else self.ledger.names[x] for x in node.parents]
            self._inputs[node] = [Expression(x, name=name) for x, name in zip(node.inputs, names, strict=True)]
        return self._inputs[node]

    def of(self, node: Node) -> list[Expression]:
        """How the tensor is computed."""
        if node not in self._found:
            made = forward(node, self.inputs(node))
            self._found[node] = _lines(node, self._taken, self.ledger.names[node], *made)
        return self._found[node]

    def back(self, term: Term) -> list[Expression]:
        """How the product of one use is worked out."""
        key = term.child, term.argument
        if key not in self._back:
            self._back = {key: _backward(term, self._taken)}
        return self._back[key]


def forward(node: Node, operands: Sequence[Expression]) -> tuple[Any, Mapping[str, Any]]:
    """How a node's own numbers come about, and what its rule computes on the way; a leaf's are given."""
    op, known = node.rule, node.rule.forward if node.rule else None
    spelt_out = op and op.linear and getattr(known, "__name__", "") == "<lambda>"
    if op and (plain := op.plain or (known if spelt_out else None)):
        return read(plain, *operands, **node.params)
    return Expression(node.data, known if isinstance(known, np.ufunc) else op, operands, node.params), {}


def _backward(term: Term, taken: Taken) -> list[Expression]:
    """How what one use of a tensor sends back to it is computed from the upstream gradient; the last line is it."""
    node, argument, names = term.child, term.argument, term.ledger.names
    given, operand, op = term.ledger.lines.inputs(node), node.parents[argument], node.rule or Op("", np.copy)
    g, out = Expression(term.upstream, name=bar(names[node])), Expression(node.data, name=names[node])
    found: Mapping[str, Any] = {}
    if op.partials:
        slope, found = read(op.partials[argument], out, *given)
        product = applied(masked_product, (g, slope), {})
    elif not isinstance(op.vjps, Each):
        product, found = read(op.vjps[argument], g, out, *given, **node.params)
    elif inspect.isfunction(op.vjps.vjp):
        product, found = read(op.vjps.vjp, argument, g, out, *given, **node.params)
    else:  # a user's own function, which reads arrays
        product = Expression(term.product, Op(f"{op.name}.backward", lambda *arrays: term.product), (g, *given))
    return _lines(node, taken, bar(names[operand]), fitted(product, operand._array), found)


def total(step: Step, ledger: ChainRule, most: int | None) -> list[tuple[list[Expression], Term | None]]:
    """How a gradient comes about: the lines of each product, with what it is sent for, and of several their sum.

    Of a sum of more parts than `most` the first are written, with the number of the others and their sum.
    """
    name, terms = bar(ledger.names[step.variable]), step.terms
    if len(terms) < 2:
        return [(term.lines, term) for term in terms] or [([Expression(step.total, name=name)], None)]
    shown = terms if most is None or len(terms) <= most else terms[: max(1, most - 2)]
    products: list[tuple[list[Expression], Term | None]] = []
    uses = Counter[Node]()
    for term in shown:
        *before, x = term.lines
        via = f"{name}[via {ledger.names[term.child]}{'′' * uses[term.child]}]"
        uses[term.child] += 1
        products.append(([*before, Expression(x.value, x.function, x.arguments, x.params, via)], term))
    leaves = [lines[-1] for lines, _ in products]
    others = terms[len(shown) :]
    more = [Expression(sum(term.product for term in others), name=f"{len(others)} more of {name}")] if others else []
    sum_ = functools.reduce(operator.add, [*leaves, *more])
    sum_.value, sum_.name = step.total, name
    return [*products, ([*more, sum_], None)]


MOST = 8  # uses with which a gradient's sum is written
_LOW = str.maketrans("0123456789", "₀₁₂₃₄₅₆₇₈₉")


def transposed(x: Any) -> Any:
    """The last two axes exchanged."""
    return np.swapaxes(x, -1, -2)


def collected(x: Any, places: Any, size: int) -> Any:
    """For each of the numbers 1 … size the sum of those elements that have it as their place."""
    return np.bincount(places, x, size + 1)[1:]


VIEWS = {transposed, np.transpose, np.reshape, np.ravel, np.expand_dims, np.broadcast_to, cast, operator.getitem}
_LIGHT = VIEWS | {operator.pow, np.where, masked_product}
"""What a formula says in passing, beside the functions of each element."""


def _lines(node: Node, taken: Taken, name: str, root: Expression, found: Mapping[str, Any]) -> list[Expression]:
    """The expression as lines: what its author gave a name, or what is no mere formula, stands on one of its own.

    The number that an author calls alike in several rules of a node, such as p, has one name.
    """
    known: dict[int, Any] = {id(x): Expression(x) for x in found.values() if isinstance(x, np.ndarray) and x.ndim}
    root = core = simplified(root, known)
    given = {id(known[id(x)]): local for local, x in reversed([*found.items()]) if id(x) in known}
    while core.function in VIEWS:
        core = core.arguments[0]
    inner = [
        x for x in root.walk()
        if not (x is root or x is core or x.name or isinstance(x.value, tuple) or (x.function is None and x.size == 1))
    ]  # fmt: skip
    uses = Counter(operand for x in root.walk() for operand in x.operands) if inner else {}
    lines: list[Expression] = []
    for x in inner:
        function = x.function
        light = isinstance(function, np.ufunc) or function in _LIGHT or bool(getattr(function, "partials", None))
        if (light and id(x) not in given and uses[x] == 1) or (function in VIEWS and not x.arguments[0].function):
            continue
        local = given.get(id(x), "").strip("_")
        local = bar(local[1:]) if local[:1] == "g" and local[1:] in found else local
        numbered = ((local or "t") + str(i).translate(_LOW) for i in itertools.count(1 + bool(local)))
        for x.name in itertools.chain([local] * bool(local), numbered):
            if x.name not in taken or (taken[x.name][0] is node and np.array_equal(taken[x.name][1], x.value)):
                break
        taken[x.name] = node, x.value
        lines.append(x)
    root = Expression(root.value, cast, (root, root.dtype)) if root.name else root
    root.name = name
    return [*lines, root]


_UNCHANGED = {np.reshape, np.ravel, np.expand_dims, np.broadcast_to, np.copy, np.positive, cast}
"""What does nothing, where shape and dtype stay."""
_GUARDS = {np.equal, np.isinf}
"""What a condition asks that is there for the odd case, and need not be read where none is."""


def simplified(x: Any, known: dict[int, Any]) -> Any:
    """The expression without what changes nothing, (A·B)ᵀ as Bᵀ·Aᵀ, and arrays from outside as leaves."""
    if id(x) in known:
        return known[id(x)]
    if isinstance(x, Expression) and x.function:

        def simpler(y: Any) -> Any:
            plain = isinstance(y, np.ndarray) and id(y) not in known and (x.function is operator.getitem or y.ndim == 0)
            return y if plain else simplified(y, known)

        params = x.params and tree_map(lambda y: known.get(id(y), y), dict(x.params))
        known[id(x)] = _rewritten(Expression(x.value, x.function, tree_map(simpler, list(x.arguments)), params))
    else:
        known[id(x)] = Expression(x) if isinstance(x, np.ndarray) else x
    return known[id(x)]


def _rewritten(x: Expression) -> Any:
    function, (first, *rest) = x.function, x.arguments
    if not isinstance(first, Expression):
        return x
    if function is np.where and not np.any(first.value) and any(y.function in _GUARDS for y in first.walk()):
        return rest[1]
    same = function in _UNCHANGED and (x.shape, x.dtype) == (first.shape, first.dtype)
    if same or (function is np.clip and np.array_equal(x.value, first.value)):
        return first
    if function is operator.getitem and getattr(first.function, "name", "") == "scatter":
        return Expression(x.value, collected, [first.arguments[0], first.params["index"], len(x.value)])
    if function is np.power and not any(y.name or y.ndim for z in x.operands[1:] for y in z.walk()):  # perhaps 2 − 1
        power = value_of(rest[0])
        made = (np.square, [first]) if power == 2 else (np.power, [first, power])
        return first if power == 1 else Expression(x.value, *made)
    if function is np.swapaxes and rest == [-1, -2]:
        return _turned(first)
    if function is np.transpose and x.ndim < 3 and rest in ([], [None]):
        return _turned(first) if x.ndim == 2 else first
    if function is np.matmul and not first.function and not first.name and first.ndim == 1 and np.all(first.value == 1):
        return Expression(x.value, np.sum, rest, {"axis": 0})
    if function is np.multiply and first is rest[0]:
        return Expression(x.value, np.square, [first])
    return first.arguments[0] if function is first.function is np.negative else x


def _turned(x: Expression) -> Expression:
    """The transposed matrix: what it is the transposed one of, or the factors' in the other order."""
    if x.function is transposed:
        return x.arguments[0]
    if x.function is np.matmul and min(y.ndim for y in x.operands) > 1:
        return Expression(transposed(x.value), np.matmul, [_turned(y) for y in x.operands[::-1]])
    return Expression(transposed(x.value), transposed, [x])
