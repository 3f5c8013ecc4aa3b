"""Formulas of sympy's as text."""

from __future__ import annotations

import re
from typing import Any

from scalar.names import bracketed

_SUPERSCRIPTS = str.maketrans("0123456789", "⁰¹²³⁴⁵⁶⁷⁸⁹")


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
