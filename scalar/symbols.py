"""The rule table read with symbols: sympy does the algebra, and is imported only when a formula is asked for."""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from scalar.diagnostics import anomaly
from scalar.names import Name, bracketed

if TYPE_CHECKING:
    from scalar.node import Node, Rule

_OPERATORS: dict[str, Callable[..., Any]] = {
    "+": operator.add,
    "−": operator.sub,
    "×": operator.mul,
    "÷": operator.truediv,
    "**": operator.pow,
    "neg": operator.neg,
    "abs": abs,
    "sum": lambda *x: sum(x),
}
_LONG = 10**15  # whole numbers from here on, and fractions of them, are written in powers of ten
_SUPERSCRIPTS = str.maketrans("0123456789", "⁰¹²³⁴⁵⁶⁷⁸⁹")


def apply(op: Rule, *inputs: Any) -> Any:
    """An operation of sympy expressions: sympy's own function of that name, else one known by its name alone.

    >>> import sympy
    >>> from scalar.rules import add, multiply
    >>> x, y = sympy.symbols("x y")
    >>> multiply(add(x, 1), y)
    y*(x + 1)
    """
    import sympy

    if op.name == "hypot":  # which sympy does not know
        return sympy.sqrt(sympy.Add(*(x**2 for x in inputs)))
    function = _OPERATORS.get(op.name) or getattr(sympy, op.name, None) or sympy.Function(op.name)
    return function(*inputs)


def local_derivative(child: Node, argument: int, names: Mapping[Node, str]) -> Any:
    """∂child/∂operand as a sympy expression in the names of child and its operands; numbers stay numbers.

    The rule is read with the Values themselves, so that where it chooses by a number, as at the kink of a norm, the
    formula is of the branch whose number is on record.

    Raises:
        ImportError: sympy is not installed.
    """
    try:
        import sympy
    except ImportError:
        raise ImportError('formulas need sympy: pip install "twingrad[formulas]"') from None

    if child.rule is None:
        raise ValueError("formula: expected the result of an operation, got a leaf")
    try:
        with anomaly.ignored():
            local = child.rule.local(child, *child.parents)[argument]
    except TypeError:  # known as a number only, as that of "mean f" is
        return sympy.Symbol(f"∂{child.op.split()[-1]}/∂{names[child.parents[argument]]}")
    nodes = child, *child.parents
    symbols = {node: sympy.Symbol(names[node], real=True) for node in nodes if node.role != "constant"}
    expression = _expression(local, symbols)
    constants = {node: sympy.Symbol(names[node]) for node in nodes if node.role == "constant"}
    large = expression.is_Add and any(abs(node.data) >= _LONG for node in constants)  # beside which a 1 has no digit
    if large or expression.has(sympy.oo, -sympy.oo, sympy.zoo, sympy.nan, sympy.I):  # of 1/0, ln 0 or ln(−2)
        expression = _expression(local, symbols | constants)
    return expression.xreplace({x: _number(x) for x in expression.atoms(sympy.Rational, sympy.Float)})


def _expression(x: Any, symbols: Mapping[Node, Any]) -> Any:
    """What was computed from the Values that have symbols, as an expression; as deep as a rule's own line."""
    if not hasattr(x, "rule"):
        return _number(x)
    if x in symbols or not x.rule:
        return symbols.get(x) or _number(x.data)
    return apply(x.rule, *[_expression(parent, symbols) for parent in x.parents])


def _number(x: Any) -> Any:
    """A number for sympy: whole ones and fractions exactly, if they are not too long."""
    import sympy

    x = sympy.sympify(x)
    if x.is_Float and (not x or 1 <= abs(x) < _LONG) and float(x).is_integer():
        return sympy.Integer(x)
    return sympy.Float(x) if x.is_Rational and max(abs(x.p), x.q) >= _LONG else x


def plain(expression: Any) -> str:
    """A formula as text: x₁², 1/x, y·(1 − y).

    >>> import sympy
    >>> x = sympy.Symbol("x")
    >>> plain(2 * x**2 * (1 - x))
    '2·x²·(1 − x)'
    >>> plain(x**0.5)
    'x^0.5'
    """
    from sympy.printing.str import StrPrinter

    # Private characters stand for the names until all signs are written, so that no sign in a name is rewritten.
    places = {symbol: chr(0xE000 + i) for i, symbol in enumerate(expression.free_symbols)}
    printer = StrPrinter({"full_prec": False})
    printer._print_Symbol = places.__getitem__
    text = re.sub(r"\.0(?=e)", "", printer.doprint(expression))
    text = re.sub(r"\*\*(\d+)(?![.\d])", lambda power: power[1].translate(_SUPERSCRIPTS), text)
    text = text.replace("**", "^").replace("*", "·").replace("-", "−")
    for symbol, place in places.items():
        text = (
            text
            if bracketed(symbol.name) == symbol.name
            else text.replace(f"({place})", place).replace(place, f"({place})")
        )
    return text.translate({ord(place): symbol.name for symbol, place in places.items()})


def latex(expression: Any, latex_names: Mapping[str, str]) -> str:
    """A formula in LaTeX, in brackets where it is a sum, for use as a factor; `latex_names`: name → LaTeX."""
    import sympy

    names = {x: latex_names.get(x.name) or Name(x.name).latex for x in expression.free_symbols}
    names = {x: name if bracketed(x.name) == x.name else f"\\left({name}\\right)" for x, name in names.items()}
    formula = sympy.latex(expression, symbol_names=names)
    return f"\\left({formula}\\right)" if expression.is_Add or formula.startswith("-") else formula
