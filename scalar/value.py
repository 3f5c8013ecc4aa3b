"""A number that remembers how it was computed."""

from __future__ import annotations

import itertools
import operator
from collections.abc import Callable, Iterator, Sequence
from threading import RLock
from typing import Any, NoReturn, SupportsFloat, TypeAlias

from scalar import modes, pickling, rules
from scalar.diagnostics import anomaly
from scalar.diagnostics.conventions import Convention, conventions
from scalar.diagnostics.ledger import ChainRule
from scalar.diagnostics.paths import Path, count_paths, paths
from scalar.methods import Methods
from scalar.names import name_all
from scalar.op import Op, number_from
from scalar.sweep import gradients


class _NotComputed(float):
    """The gradient before any backward pass: 0 in arithmetic, "not computed" in print."""

    __slots__ = ()

    def __repr__(self) -> str:
        return "not computed"

    def __format__(self, spec: str) -> str:
        return "not computed"

    def __reduce__(self) -> str:
        return "NOT_COMPUTED"  # the one there is, by its name; a copy would be another


NOT_COMPUTED = _NotComputed(0.0)

_creation_numbers = itertools.count(1)
_adding = RLock()  # held while a thread adds to gradients, to which others may add too


def _operators(op: Op) -> tuple[Callable[[Value, Operand], Value], Callable[[Value, Operand], Value]]:
    """`self ∘ other`, and `other ∘ self` for an `other` that is no Value."""

    def method(self: Value, other: Operand) -> Value:
        return Value._apply(op, self, other)

    def reflected(self: Value, other: Operand) -> Value:
        return Value._apply(op, other, self)

    return method, reflected


def _in_place(op: Op, written: str) -> Callable[[Value, Operand], Value]:
    """An operator such as `total += loss`, which gives the name a new Value: of a parameter, a mistake."""

    def method(self: Value, other: Operand) -> Value:
        if self.role == "parameter":
            raise TypeError(
                f"p {written} …: expected p.data {written} …, which moves a parameter, got p {written} … of "
                f"{self!r}, which would only call a new Value p; where that is meant, write p = p {written[:-1]} …"
            )
        return Value._apply(op, self, other)

    return method


def _comparison(compare: Callable[[float, float], bool]) -> Callable[[Value, Operand], bool]:
    return lambda self, other: compare(self.data, data_of(other))


def _loses_gradient(self: Value, *_: Any) -> NoReturn:
    """What Python and `math` call for a number without a derivative."""
    raise TypeError(
        "expected a function that records itself, such as scalar.exp(x) for math.exp(x), got float(), int(), round() "
        f"or a function of math for a Value of {self.data}, whose derivative would be lost; where the number alone is "
        'meant, write x.data, and to print it f"{x:.3f}"'
    )


class Value(Methods):
    """A float, the operation that made it, and the operands it was made from.

    data: the number. label: the name in drawings and chain-rule steps.

    Attributes:
        data: float. Changing it after the forward pass does not change the local derivatives already recorded.
        grad: ∂output/∂self, accumulated by each `backward`; 0 that prints as "not computed" before the first.
        op: the operation's name, "" for a leaf.
        rule: the operation's row of the rule table, None for a leaf.
        parents: the operands, in order, with repetition: `x * x` has two.
        locals: the local derivatives ∂self/∂parent as they were at the forward pass, one per parent.
        label: the name in drawings and chain-rule steps, or "".
        role: "input", "parameter", "constant" (a number written in an expression) or "operation".

    Each operation of the rule table is a method too, `x.exp()` for `scalar.exp(x)`; see `scalar.methods`.
    Comparisons and format specifications read the numbers; hashing is by identity, so Values can be dictionary keys.
    `float(x)`, `math.exp(x)` and the like raise TypeError: what they gave would have lost its derivative. What is
    computed from `x.data` is a constant as well, with no mark in the graph; so is the choice that `max(x, y)` makes.

    >>> x = Value(3.0, "x")
    >>> y = x * x + 1
    >>> y.backward()
    >>> x
    Value(data=3.0, grad=6.0, label='x')
    """

    __slots__ = ("data", "grad", "label", "locals", "number", "parents", "role", "rule")
    __array_ufunc__ = None  # so that `np.float64(2) * value` asks Value.__rmul__ instead of building an object array

    data: float
    grad: float
    label: str
    locals: Sequence[float]
    number: int
    parents: tuple[Value, ...]
    role: str
    rule: Op | None

    def __init__(self, data: SupportsFloat, label: str = "", *, role: str = "input") -> None:
        if isinstance(data, Value):
            raise TypeError("Value: expected a number, got a Value; use it as it is, or its .data for a new leaf")
        self._fill(number_from(data, "Value"), label, role, None, (), ())

    def _fill(
        self, data: float, label: str, role: str, op: Op | None, parents: tuple[Value, ...], locals: Sequence[float]
    ) -> Value:
        self.data = data
        self.grad = NOT_COMPUTED
        self.label = label
        self.role = role
        self.rule = op
        self.parents = parents
        self.locals = locals
        # An operand exists before its result, so sorting by this number sorts any graph topologically.
        self.number = next(_creation_numbers)
        return self

    @staticmethod
    def _apply(op: Op, *inputs: Any) -> Value:
        """Compute `op` and record it with its local derivatives."""
        parents = tuple([x if isinstance(x, Value) else _constant(x, op) for x in inputs])
        try:
            data = [parent.data for parent in parents]
        except modes.UnknownNumber:  # a compiler is recording
            return modes.hooks.get().on_operation(op, parents)
        out = op.forward(*data)
        if out - out != 0.0:  # NaN and ±∞ only
            anomaly.report(op, data, out)
        return Value.__new__(Value)._fill(out, "", "operation", op, parents, op.local(out, *data))

    @property
    def op(self) -> str:
        """The operation's name, "" for a leaf."""
        return self.rule.name if self.rule else ""

    def evaluate(self, *operands: float) -> float:
        """What this node's operation gives for other numbers; for checks such as finite differences.

        Raises ValueError: self is a leaf.
        """
        if self.rule is None:
            raise ValueError("evaluate: expected the result of an operation, got a leaf")
        return self.rule.forward(*operands)

    def backward(self) -> None:
        """Add ∂self/∂node to the `grad` of self and of every node below it, constants excepted.

        Gradients are summed in local storage and written once, so a second call adds the same numbers again.

        Raises TypeError: the data of a Value below is a Value, which would keep the graph of every step before.
        """
        data: object = self.data
        if isinstance(data, Value):
            raise TypeError("backward: expected numbers as data, got a Value; write p.data -= …, p.data = (p - …).data")
        found = gradients(self)
        with _adding:
            for node, gradient in found.items():
                if node.role != "constant":
                    node.grad = node.grad + gradient

    def chain_rule(self) -> ChainRule:
        """The ledger: how the derivative of self with respect to each variable below it comes about.

        >>> x = Value(3.0, "x")
        >>> y = x * x
        >>> y.label = "y"
        >>> print(y.chain_rule())
        ȳ                         = 1   seed
        x̄ = ȳ·x + ȳ·x = 1·3 + 1·3 = 6   multivariate
            y = x·x = 3·3 = 9, so ∂y/∂x = x = 3
        <BLANKLINE>
        Rules, each with operands x, y and a result out of its own:
            out = x·y, so ∂out/∂x = y and ∂out/∂y = x. Swaps: each factor gets the gradient times the other.
        """
        return ChainRule(self)

    name_all = staticmethod(name_all)

    def conventions(self) -> list[Convention]:
        """Each kink or tie below self, with the derivative chosen there and the interval it was chosen from.

        >>> print(Value(0.0).relu().conventions()[0])
        relu(0): operand 0 has a slope in [0, 1], chosen 0
        """
        return conventions(self)

    def count_paths(self, x: Value) -> int:
        """The number of paths from x to self, counted without being walked.

        >>> y = x = Value(1.0)
        >>> for _ in range(100):
        ...     y = y + y
        >>> y.count_paths(x) == 2**100
        True
        """
        return count_paths(self, x)

    def paths(self, x: Value, limit: int = 10_000) -> Iterator[Path]:
        """Each path from x to self; the sum of their products is ∂self/∂x.

        Raises ValueError: there are more than `limit`.

        >>> x = Value(3.0)
        >>> [path.product for path in (x * x + x).paths(x)]
        [3.0, 3.0, 1.0]
        """
        return paths(self, x, limit)

    __add__, __radd__ = _operators(rules.add)
    __sub__, __rsub__ = _operators(rules.subtract)
    __mul__, __rmul__ = _operators(rules.multiply)
    __truediv__, __rtruediv__ = _operators(rules.divide)
    __pow__, __rpow__ = _operators(rules.power)

    __neg__, __abs__ = Methods.negative, Methods.absolute

    def __pos__(self) -> Value:
        return self

    __iadd__ = _in_place(rules.add, "+=")
    __isub__ = _in_place(rules.subtract, "-=")
    __imul__ = _in_place(rules.multiply, "*=")
    __itruediv__ = _in_place(rules.divide, "/=")
    __ipow__ = _in_place(rules.power, "**=")

    __float__ = __int__ = __index__ = __complex__ = _loses_gradient
    __round__ = __trunc__ = __floor__ = __ceil__ = _loses_gradient

    def __format__(self, spec: str) -> str:
        return format(self.data, spec) if spec else str(self)

    def __bool__(self) -> bool:
        return self.data != 0

    def __eq__(self, other: object) -> bool:
        return self.data == data_of(other) if hasattr(other, "__float__") else NotImplemented

    __lt__, __le__ = _comparison(operator.lt), _comparison(operator.le)
    __gt__, __ge__ = _comparison(operator.gt), _comparison(operator.ge)

    __hash__ = object.__hash__

    def __copy__(self) -> Value:
        """Another node with the same number, operands and label."""
        return Value.__new__(Value)._fill(self.data, self.label, self.role, self.rule, self.parents, self.locals)

    def __reduce__(self) -> tuple[Any, ...]:
        """Pickle a whole graph as one flat list, so that depth is no limit; see `scalar.pickling`."""
        return pickling.reduce(self)

    def __repr__(self) -> str:
        label = f", label={self.label!r}" if self.label else ""
        return f"Value(data={self.data}, grad={self.grad}{label})"


Operand: TypeAlias = "Value | float"


def data_of(x: Any) -> float:
    """The number of a Value; any other number as a float."""
    return x.data if isinstance(x, Value) else number_from(x, "comparison")


def _constant(x: Any, op: Op) -> Value:
    """A number written in an expression, as a node of its own."""
    return Value.__new__(Value)._fill(number_from(x, op.name), "", "constant", None, (), ())
