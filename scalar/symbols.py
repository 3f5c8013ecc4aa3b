"""The rule table read with sympy's symbols; sympy is imported only when its algebra is asked for."""

import operator
from collections.abc import Callable
from typing import Any

_OPERATORS: dict[str, Callable[..., Any]] = {
    "+": operator.add, "−": operator.sub, "×": operator.mul, "÷": operator.truediv, "**": operator.pow,
    "neg": operator.neg, "abs": abs, "sum": lambda *x: sum(x),
}  # fmt: skip


def apply(op: Any, *inputs: Any) -> Any:
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


def expression(formula: Any) -> Any:
    """A formula of `scalar.formulas` as a sympy expression; whole numbers are exact.

    Raises ImportError: sympy is not installed.
    """
    try:
        import sympy
    except ImportError:
        raise ImportError('expressions need sympy: pip install "twingrad[formulas]"') from None
    if isinstance(formula, str):
        return sympy.Symbol(str(formula), real=True)
    if isinstance(formula, float):
        return sympy.Integer(formula) if formula.is_integer() and abs(formula) < 1e15 else sympy.sympify(formula)
    return apply(formula[0], *map(expression, formula[1:]))
