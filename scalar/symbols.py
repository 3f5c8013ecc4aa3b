"""The rule table read with symbols: sympy does the algebra, and is imported only when a formula is asked for."""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from scalar.names import latex_name

if TYPE_CHECKING:
    from scalar.op import Op
    from scalar.value import Value

_OPERATORS: dict[str, Callable[..., Any]] = {
    "+": operator.add,
    "−": operator.sub,
    "×": operator.mul,
    "÷": operator.truediv,
    "**": operator.pow,
    "neg": operator.neg,
    "sum": lambda *x: sum(x),
}
_SUPERSCRIPTS = str.maketrans("0123456789", "⁰¹²³⁴⁵⁶⁷⁸⁹")


def apply(op: Op, *inputs: Any) -> Any:
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


def local_derivative(child: Value, argument: int, names: Mapping[Value, str]) -> Any:
    """∂child/∂operand as a sympy expression in the names of child and its operands; numbers stay numbers.

    Raises:
        ImportError: sympy is not installed.
    """
    try:
        import sympy
    except ImportError:
        raise ImportError('formulas need sympy: pip install "twingrad[formulas]"') from None

    def symbol(node: Value) -> Any:
        if node.role == "constant":
            return sympy.Integer(node.data) if node.data.is_integer() else sympy.Float(node.data)
        return sympy.Symbol(names[node], real=True)

    if child.rule is None:
        raise ValueError("formula: expected the result of an operation, got a leaf")
    expression = sympy.sympify(child.rule.local(symbol(child), *map(symbol, child.parents))[argument])
    return expression.xreplace({x: sympy.Integer(x) for x in expression.atoms(sympy.Float) if float(x).is_integer()})


def plain(expression: Any) -> str:
    """A formula as text: x₁², 1/x, y·(1 − y).

    >>> import sympy
    >>> x = sympy.Symbol("x")
    >>> plain(2 * x**2 * (1 - x))
    '2·x²·(1 − x)'
    >>> plain(x**0.5)
    'x^0.5'
    """
    import sympy

    text = sympy.sstr(expression, full_prec=False)
    text = re.sub(r"\*\*(\d+)(?![.\d])", lambda power: power[1].translate(_SUPERSCRIPTS), text)
    return text.replace("**", "^").replace("*", "·").replace(" - ", " − ").replace("-", "−")


def latex(expression: Any) -> str:
    """A formula in LaTeX, in brackets where it is a sum, for use as a factor."""
    import sympy

    names = {symbol: latex_name(symbol.name) for symbol in expression.free_symbols}
    formula = sympy.latex(expression, symbol_names=names)
    return f"\\left({formula}\\right)" if expression.is_Add or formula.startswith("-") else formula
