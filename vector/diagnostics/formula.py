"""An expression as a row of signs and factors, for every notation: in symbols with names, or with the numbers."""

import operator
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from vector.diagnostics.expression import Expression, cast, value_of
from vector.diagnostics.reading import VIEWS, transposed
from vector.names import bracketed, written
from vector.sweep import masked_product

Piece = str | Expression
"""A sign or a word; or a factor."""

DIGITS = 4
MOST_FACTORS = 5  # more matrices side by side are no longer read

# What stands between operands, and how closely it binds: comparisons 0, sums 1, products 2, signs behind 4.
_BETWEEN: Any = {
    np.add: (" + ", 1), np.subtract: (" − ", 1), np.multiply: (" ⊙ ", 2), masked_product: (" ⊙ ", 2),
    np.divide: ("/", 2), np.matmul: ("·", 2), np.greater: (" > ", 0), np.less: (" < ", 0),
    np.greater_equal: (" ≥ ", 0), np.less_equal: (" ≤ ", 0), np.equal: (" = ", 0), np.not_equal: (" ≠ ", 0),
    np.bitwise_and: (" and ", 0), np.bitwise_or: (" or ", 0), np.floor_divide: ("//", 2), np.remainder: (" mod ", 2),
}  # fmt: skip
_AROUND: Any = {np.absolute: ("|", "|"), np.fabs: ("|", "|"), np.sqrt: ("√(", ")"), np.invert: ("not (", ")")}
_HIGH = "⁰¹²³⁴⁵⁶⁷⁸⁹"
_TERMS = (np.add, np.subtract)
_PRODUCTS = (np.multiply, masked_product, np.matmul, np.negative, np.divide)


def symbols(x: Expression) -> list[Piece]:
    """The expression with names; a leaf is itself."""
    return _in_brackets(*_written(x, False, True), 1)


def numbers(x: Expression) -> list[Piece]:
    """The expression with the numbers of its factors; nothing where it is but one, or there are too many."""
    pieces = _in_brackets(*_written(x, True, True), 1)
    return pieces if len(pieces) > 1 and sum(isinstance(y, Expression) for y in pieces) <= MOST_FACTORS else []


def plain(sign: str) -> str:
    """A sign in text: brackets of an exponent, as "^)" and "^}", that only LaTeX needs."""
    return sign.replace("^)", ")").replace("^{", "^").replace("^}", "") if "^" in sign else sign


def flat(x: Any, shown: Mapping[str, str]) -> str:
    """The expression, or number, on one line, with what is shown for its names."""

    def piece(before: Any, y: Any, after: Any) -> str:
        if isinstance(y, Expression):
            name = shown.get(y.name, y.name)
            y = (name and (name if (str(before)[-1:], str(after)) == ("(", ")") else bracketed(name))) or y.value
        return plain(y) if isinstance(y, str) else f"{np.shape(y)}" if np.ndim(y) else written(y, DIGITS)

    pieces = symbols(x) if isinstance(x, Expression) and x.function else [x]
    return "".join(map(piece, ["", *pieces], pieces, [*pieces[1:], ""]))


def in_symbols(lines: Sequence[Expression], shown: Mapping[str, str]) -> str:
    """The last line without its name and without numbers, and after it those that it needs."""
    *before, last = lines
    made = [f"{shown.get(line.name, line.name)} = {flat(line, shown)}" for line in before if line.function]
    return "; ".join([flat(last, shown), *made])


def _in_brackets(inner: int, pieces: list[Piece], level: int) -> list[Piece]:
    """The pieces in brackets where they bind less than is needed: [x > 0] is 1 where that is so, and 0 elsewhere."""
    if inner >= level:
        return pieces
    return ["(", *pieces, ")"] if inner else ["[", *pieces, "]"]


def _negative(piece: Piece, filled: bool) -> bool:
    """Whether it is a minus, or a number with one."""
    if isinstance(piece, str):
        return piece == "−"
    return (filled or not piece.name) and piece.ndim == 0 and bool(piece.value < 0)


def _written(x: Any, filled: bool, top: bool = False, product: bool = False) -> tuple[int, list[Piece]]:
    """How closely it binds, and its pieces."""
    if not isinstance(x, Expression) and not isinstance(x, (int, float, np.ndarray, np.generic)):
        return 5, [_short(x)]
    x = x if isinstance(x, Expression) else Expression(x)
    function, arguments = x.function, [y for y in x.arguments if y is not None]
    opens = function in _PRODUCTS or isinstance(x.value, tuple) or (function in _TERMS and not product)
    if function is None or (not top and (x.name or (filled and not opens))):
        return 1 if _negative(x, filled) else 5, [x]
    product = product or function in _PRODUCTS
    if function in _BETWEEN and len(arguments) == 2:
        return _between(x, arguments, filled, product)
    inner = top and (function in VIEWS or function is np.negative) and not getattr(arguments[0], "name", "")
    level, pieces = _written(arguments[0], filled, inner, product)
    if function is np.negative:
        return 1, ["−", *_in_brackets(level, pieces, 2)]
    if function in (np.square, transposed):
        return 4, [*_in_brackets(level, pieces, 5), "²" if function is np.square else "ᵀ"]
    if function is np.power:
        y = arguments[1]
        if not isinstance(y, Expression) and np.ndim(y) == 0 and y in range(10):
            return 4, [*_in_brackets(level, pieces, 5), _HIGH[int(y)]]
        holds, exponent = _written(y, filled)
        opening, closing = ("^{", "^}") if len(exponent) == 1 and holds == 5 else ("^(", "^)")
        return 4, [*_in_brackets(level, pieces, 5), opening, *exponent, closing]
    if function is operator.getitem and (index := _index(x.arguments[1])):
        return 5, [*_in_brackets(level, pieces, 5), index]
    if function in (cast, operator.getitem) or (
        function in VIEWS and np.array_equal(*(np.squeeze(value_of(y)) for y in (x, arguments[0])))
    ):
        return level, pieces
    return _called(x, arguments, filled)


def _called(x: Expression, arguments: list[Any], filled: bool) -> tuple[int, list[Piece]]:
    """A function before its arguments."""
    if "subscripts" in x.params:
        return 1, _einstein(x.operands, x.params["subscripts"], filled)
    name = getattr(x.function, "name", "") or x.function.__name__
    if name == "sum" or (name in _FOLDS and x.params.get("axis") is not None):
        return 2, [_over(name, arguments[0], x.params.get("axis")), *_in_brackets(*_written(arguments[0], filled), 3)]
    before, after = _AROUND.get(x.function, (name + "(", ")"))
    if x.function in (np.reshape, np.broadcast_to):
        arguments = [arguments[0], x.shape]
    listed = [piece for y in arguments for piece in [", ", *_argument(y, filled)]][1:]
    more = [f", {name}={_short(y)}" for name, y in x.params.items() if y is not None and name not in _UNSAID]
    return 5, [before, *listed, *more, after]


def _argument(y: Any, filled: bool) -> list[Piece]:
    """One that is an array, or a list of them, or a parameter."""
    parts = [z for z in y if isinstance(z, (Expression, np.ndarray))] if isinstance(y, (list, tuple)) else []
    listed = [piece for z in parts for piece in [", ", *_written(z, filled)[1]]][1:]
    return ["[", *listed, "]"] if parts else _written(y, filled)[1]


_FOLDS = ("mean", "max", "min", "prod")
_UNSAID = ("keepdims", "optimize", "dtype", "kind", "mode")


def _between(x: Expression, arguments: list[Any], filled: bool, product: bool) -> tuple[int, list[Piece]]:
    """Two operands with a sign between them."""
    function, (left, right) = x.function, arguments
    sign, level = _BETWEEN[function]
    sizes = [np.size(value_of(y)) for y in arguments]
    (inner, start), (last, end) = (_written(y, filled, False, product) for y in arguments)
    if sign == " ⊙ " and 1 in sizes:
        if not isinstance(left, Expression) and left == 1:  # makes numbers of truth values
            return level, _in_brackets(last, end, level)
        sign = "·"
    if sign == "·" and filled and max(sizes) > 1:
        sign = " · "
    if function is masked_product and np.isinf(value_of(right)).any():
        end = [*end, " (where 0·∞ is 0)"]
    signed = level == 2 and str(start[0]) == "−" and getattr(left, "function", None) not in _TERMS  # −x·y
    apart = getattr(right, "function", None) in (np.divide, np.matmul) and function is not np.matmul
    apart = apart or (sign == " ⊙ " and "·" in "".join(y for y in end if isinstance(y, str)))
    tight = apart if level == 2 else level == 1 and _negative(end[0], filled)
    tight = tight or function in (np.subtract, np.divide, np.floor_divide, np.remainder)
    return level - signed, [*_in_brackets(inner, start, level - signed), sign, *_in_brackets(last, end, level + tight)]


def _over(name: str, x: Expression, axis: Any) -> str:
    """Σ, or what else folds axes away, over what: of a matrix its rows or columns; over everything, nothing more."""
    axes = sorted({int(i) % x.ndim for i in (axis if isinstance(axis, tuple) else () if axis is None else (axis,))})
    words = ("rows ", "columns ") if x.ndim == 2 else [f"axis {i} " for i in range(x.ndim)]
    return {"sum": "Σ"}.get(name, name) + " " + "".join(words[i] for i in axes if len(axes) < x.ndim)


def _index(index: Any) -> str:
    """What stands in square brackets; "" for an index that only adds axes."""
    parts = index if isinstance(index, tuple) else (index,)
    plain = all(part is None or part is Ellipsis or (isinstance(part, slice) and part == slice(None)) for part in parts)
    return "" if plain else f"[{', '.join(map(_short, parts))}]"


def _short(value: Any) -> str:
    """A parameter, or a part of an index."""
    if isinstance(value, Expression):
        return value.name or _short(value.value)
    if value is Ellipsis:
        return "…"
    if isinstance(value, slice):
        ends = (value.start, value.stop, value.step)
        return ":".join("" if end is None else str(end) for end in ends).removesuffix(":").replace("-", "−")
    if isinstance(value, tuple) and not all(isinstance(part, int) for part in value):
        return f"[{', '.join(map(_short, value))}]"
    if isinstance(value, np.ndarray) and value.size > 2 and np.array_equal(value, np.arange(value.size)):
        return f"0…{value.size - 1}"
    text = " ".join(str(value.tolist() if isinstance(value, np.ndarray) else value).split()).replace("-", "−")
    return text if len(text) <= 40 or not isinstance(value, np.ndarray) else f"array of {value.shape}"


def _einstein(operands: Sequence[Expression], subscripts: str, filled: bool) -> list[Piece]:
    """Σ k x[i,k]·y[k,j] → [i,j]."""
    terms, _, result = subscripts.partition("->")
    summed = "".join(dict.fromkeys(letter for letter in terms if letter.isalpha() and letter not in result))
    factors = [
        piece
        for x, term in zip(operands, terms.split(","), strict=True)
        for piece in ["·", *_written(x, filled)[1], f"[{','.join(term)}]"]
    ]
    return [f"Σ {summed} " if summed else "", *factors[1:], f" → [{','.join(result)}]"]


def made(x: Expression, place: Callable[[Any], int]) -> Any:
    """How an element of it is made: {"sign": …, "of": […]} of sums and products, else the `place` of the array."""
    function, arguments = x.function, x.arguments
    if function in (cast, np.reshape) and arguments[0].function and not arguments[0].name:
        return made(arguments[0], place)
    if function is np.sum and arguments[0].ndim == 2 and x.params.get("axis") in (0, 1):
        return {"sign": "Σ", "of": [place(arguments[0].value)], "axis": x.params["axis"]}
    if function in _PRODUCTS + _TERMS and len(arguments) == 2:
        parts = [y if isinstance(y, Expression) else Expression(y) for y in arguments]
        of = [place(y.value) if y.name else made(y, place) for y in parts]
        return {"sign": _BETWEEN[function][0].strip(), "of": of}
    return place(x.value)
