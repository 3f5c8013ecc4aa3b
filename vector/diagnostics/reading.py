"""How numbers come about: the row's own rule, read with expressions, as lines that can be followed one by one.

A line is an expression with a name; what has a name in it is a leaf, or stands on a line before.
"""

from __future__ import annotations

import inspect
import itertools
import operator
from collections import Counter
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from vector.diagnostics.expression import Expression, applied, cast, read, value_of
from vector.names import bar
from vector.op import Each, Op
from vector.sweep import fitted, masked_product
from vector.trees import tree_map

if TYPE_CHECKING:
    from vector.diagnostics.ledger import ChainRule, Step, Term
    from vector.node import Node


def forward(node: Node, ledger: ChainRule) -> list[Expression]:
    """How a node's own numbers come about; a leaf's are given."""
    op, inputs = node.rule, _inputs(node, ledger)
    plain = op and (
        op.plain or (op.forward if op.linear and getattr(op.forward, "__name__", "") == "<lambda>" else None)
    )
    if plain:
        return _lines(ledger, ledger.names[node], *read(plain, *inputs, **node.params))
    known = {operator.pow: np.power}.get(op.forward, op.forward) if op else None
    function = known if isinstance(known, np.ufunc) else op
    return _lines(ledger, ledger.names[node], Expression(node.data, function, inputs, node.params), {})


def backward(term: Term) -> list[Expression]:
    """How what one use of a tensor sends back to it is computed from the upstream gradient; the last line is it."""
    node, argument, names = term.child, term.argument, term.ledger.names
    inputs, operand, op = _inputs(node, term.ledger), node.parents[argument], node.rule or Op("", np.copy)
    g, out = Expression(term.upstream, name=bar(names[node])), Expression(node.data, name=names[node])
    found: Mapping[str, Any] = {}
    if op.partials:
        slope, found = read(op.partials[argument], out, *inputs)
        product = applied(masked_product, (g, slope), {})
    elif not isinstance(op.vjps, Each):
        product, found = read(op.vjps[argument], g, out, *inputs, **node.params)
    elif inspect.isfunction(op.vjps.vjp):
        product, found = read(op.vjps.vjp, argument, g, out, *inputs, **node.params)
    else:  # a user's own function, which reads arrays
        product = Expression(term.product, Op(f"{op.name}.backward", lambda *arrays: term.product), (g, *inputs))
    return _lines(term.ledger, bar(names[operand]), fitted(product, operand._array), found)


def total(step: Step, ledger: ChainRule) -> list[Expression]:
    """How a gradient comes about: product by product, and of several their sum."""
    name = bar(ledger.names[step.variable])
    products = [backward(term) for term in step.terms] or [[Expression(step.total, name=name)]]
    if len(products) > 1:
        sum_: Any = None
        for i, (term, lines) in enumerate(zip(step.terms, products, strict=True)):
            uses = sum(other.child is term.child for other in step.terms[:i])
            lines[-1].name = f"{name}[via {ledger.names[term.child]}{'′' * uses}]"
            leaf = Expression(term.product, name=lines[-1].name)
            sum_ = leaf if sum_ is None else sum_ + leaf
        sum_.name = name
        products.append([sum_])
    return [line for lines in products for line in lines]


def reason(op: Op | None, argument: int | None = None) -> str:
    """What a row, or the function of its product for an operand, says of itself."""
    said = op and op.__doc__
    if op and not op.partials and not said and argument is not None:
        said = (op.vjps.vjp if isinstance(op.vjps, Each) else op.vjps[argument]).__doc__
    return f"{op.__name__}: {said}" if op and said else ""


def _inputs(node: Node, ledger: ChainRule) -> list[Expression]:
    """The operands; numbers say themselves."""
    names = ["" if x.role == "constant" and x.size == 1 else ledger.names[x] for x in node.parents]
    return [Expression(x, name=name) for x, name in zip(node.inputs, names, strict=True)]


def transposed(x: Any) -> Any:
    """The last two axes exchanged."""
    return np.swapaxes(x, -1, -2)


VIEWS = {transposed, np.transpose, np.reshape, np.ravel, np.expand_dims, np.broadcast_to, cast, operator.getitem}
_LIGHT = VIEWS | {operator.pow, np.where, masked_product}
"""What a formula says in passing, beside the functions of each element."""


def _lines(ledger: ChainRule, name: str, root: Expression, found: Mapping[str, Any]) -> list[Expression]:
    """The expression as lines: what its author gave a name, or what is no mere formula, stands on one of its own."""
    known: dict[int, Any] = {id(x): Expression(x) for x in found.values() if isinstance(x, np.ndarray) and x.ndim}
    root = core = _simplified(root, known)
    given = {id(known[id(x)]): local for local, x in reversed([*found.items()]) if id(x) in known}
    uses = Counter(operand for x in root.walk() for operand in x.operands)
    taken = set(ledger.taken)
    while core.function in VIEWS:
        core = core.arguments[0]
    lines: list[Expression] = []
    count = itertools.count(1)
    for x in root.walk():
        function = x.function
        if x is root or x is core or x.name or isinstance(x.value, tuple) or (function is None and x.size == 1):
            continue
        light = isinstance(function, np.ufunc) or function in _LIGHT or bool(getattr(function, "partials", None))
        if (light and id(x) not in given and uses[x] == 1) or (function in VIEWS and not x.arguments[0].function):
            continue
        local = given.get(id(x), "").strip("_")
        x.name = bar(local[1:]) if local[:1] == "g" and local[1:] in found else local or f"t{next(count)}"
        while x.name in taken:
            x.name += "′"
        taken.add(x.name)
        lines.append(x)
    root = Expression(root.value, cast, (root, root.dtype)) if root.name else root
    root.name = name
    return [*lines, root]


_UNCHANGED = {np.reshape, np.ravel, np.expand_dims, np.broadcast_to, np.copy, np.positive, cast}
"""What does nothing, where shape and dtype stay."""
_GUARDS = {np.equal, np.isinf}
"""What a condition asks that is there for the odd case, and need not be read where none is."""


def _simplified(x: Any, known: dict[int, Any]) -> Any:
    """The expression without what changes nothing, (A·B)ᵀ as Bᵀ·Aᵀ, and arrays from outside as leaves."""
    if id(x) in known:
        return known[id(x)]
    if isinstance(x, Expression) and x.function:

        def simpler(y: Any) -> Any:
            plain = isinstance(y, np.ndarray) and id(y) not in known and (x.function is operator.getitem or y.ndim == 0)
            return y if plain else _simplified(y, known)

        params = tree_map(lambda y: known.get(id(y), y), dict(x.params))
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
    if function in _UNCHANGED and (x.shape, x.dtype) == (first.shape, first.dtype):
        return first
    if function is np.clip and np.array_equal(x.value, first.value):
        return first
    if function is np.power and not any(y.name or y.ndim for y in x.operands[1:]):  # a number, perhaps y − 1
        power = value_of(rest[0])
        return (
            first
            if power == 1
            else Expression(x.value, *((np.square, [first]) if power == 2 else (np.power, [first, power])))
        )
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
