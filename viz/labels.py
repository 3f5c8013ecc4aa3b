"""How names, numbers and arrays are written in a drawing."""

import contextlib
import functools
import math
import re
import unicodedata
import warnings
from collections.abc import Callable, Iterable, Sequence
from typing import Any

NOT_COMPUTED = "not computed"
NOT_KEPT = "none kept"  # a backward pass has run, and left no gradient here
NOT_REQUIRED = "not required"  # requires_grad is False
MISSING = frozenset({NOT_COMPUTED, NOT_KEPT, NOT_REQUIRED})
_WORD = re.compile(
    r"(?![\d.])([^\W⁰¹²³⁴-⁹]|[.'′″\u0300-\u036f]|(?<=[₀-₉]),(?=[₀-₉]))+(⁽[⁰¹²³⁴-⁹]+⁾|\[[^][]*\]|\([^()]*\))*"
    r"|[\d.]+(e[+−]\d+)?|∞"
)
FULL_SIZE = 6  # arrays up to this many elements are written in full
LISTED = 6  # longer lists are cut short
_BETWEEN = {"×": "·", "÷": "/", "@": "·", "sum": " + "}  # in formulas; a card shows the operation's own sign
_HIGH = str.maketrans("0123456789", "⁰¹²³⁴⁵⁶⁷⁸⁹")


def clean(text: str) -> str:
    r"""The text with what no picture format can hold replaced: control characters, lone surrogates, noncharacters.

    Newlines stay, tabs become spaces, all else that is unprintable becomes U+FFFD.

    >>> clean("a\tb\x1b[31m")
    'a b�[31m'
    """
    if text.isprintable():
        return text
    text = text.replace("\r\n", "\n").replace("\t", " ")
    bad = [x for x in {*text} - {"\n"} if unicodedata.category(x) in ("Cc", "Cs") or ord(x) & 0xFFFE == 0xFFFE]
    return text.translate(dict.fromkeys(map(ord, bad), "\N{REPLACEMENT CHARACTER}"))


def symbol(op: str) -> str:
    """An operation as a card shows it: as a reader writes it, not as Python does."""
    return clean({"**": "^", "neg": "−", "@": "·"}.get(op, op))


def operation(node: Any) -> str:
    """What made a node; the product of two arrays, element by element, has a sign of its own."""
    sizes = [getattr(x.data, "size", 1) for x in node.parents]
    return "⊙" if node.op == "×" and min(sizes, default=1) > 1 else node.op


def is_word(name: str) -> bool:
    """Whether a name, or a number, can stand beside a sign as it is: others, such as "a + b", need brackets."""
    return _WORD.fullmatch(name) is not None


def operand(name: str, op: str, place: int, operands: int) -> str:
    """A name, or number, in an operation: in brackets beside a sign, but for a negative number as the first summand."""
    bare = name.removeprefix("−") if place == 0 and op in ("+", "−", "sum") else name
    return name if is_word(bare) or not is_infix(op, operands) else f"({name})"


def number(value: Any, precision: int | str) -> str:
    """A number with `precision` significant digits, whole ones in full; or in the format that `precision` is.

    >>> number(24.7041, 4), number(-0.0, 4), number(-1e-300, 4), number(float("nan"), 4), number(-70000.0, 4)
    ('24.7', '0', '−1e−300', 'NaN', '−70000')
    >>> number(24.7041, ".1f"), number(70000, ".1e"), number(-0.001, ".1f")
    ('24.7', '7.0e+04', '0.0')
    """
    whole = isinstance(value, float) and value.is_integer()
    digits = precision if isinstance(precision, str) else f".{max(15, precision) if whole else precision}g"
    text = format(value, "d" if isinstance(value, int) and not isinstance(precision, str) else digits)
    text = text.removeprefix("-") if text[0] == "-" and re.fullmatch(r"-[0.e+%]+", text) else text.replace("-", "−")
    return text.replace("inf", "∞").replace("nan", "NaN")


def enough(tell: Callable[..., Any], numbers: Sequence[Any], precision: int | str) -> int | str:
    """The fewest digits, from `precision` on, with which the numbers, as they are written, lead to what is told.

    >>> enough(lambda x, y: number(x - y, 4), [1.0, 1.0000001], 4)
    8
    """
    plain = [x.item() if getattr(x, "shape", None) == () else x for x in numbers]
    if isinstance(precision, int) and all(isinstance(x, int | float) for x in plain):
        with warnings.catch_warnings(), contextlib.suppress(ArithmeticError, LookupError, TypeError, ValueError):
            warnings.simplefilter("ignore")
            for digits in range(precision, 18):
                read = [float(number(x, digits).replace("−", "-").replace("∞", "inf")) for x in plain]
                if tell(*read) == tell(*plain):
                    return digits
    return precision


def needed(node: Any, precision: int | str) -> int | str:
    """With how many digits the operands of a node give its number as it is written."""
    evaluate, operands = getattr(node, "evaluate", None), [parent.data for parent in node.parents]
    if not evaluate or not operands:
        return precision
    typed: Any = lambda x: (old * 0 + new if is_array(old) else new for old, new in zip(operands, x, strict=True))  # noqa: E731
    return enough(lambda *x: data(evaluate(*typed(x)), precision), operands, precision)


def digits(order: Iterable[Any], precision: int | str) -> dict[int, int]:
    """By the `id` of a node, with how many digits to show it, so that what is computed with it can be checked."""
    found: dict[int, int] = {}
    for node in order if isinstance(precision, int) else ():
        more = int(needed(node, precision))
        found |= {id(parent): max(more, found.get(id(parent), 0)) for parent in node.parents}
    return found


def is_infix(op: str, operands: int) -> bool:
    """Whether signs stand before or between the operands, so that a negative number among them needs brackets."""
    return op == "neg" or (operands > 1 and (not op.isidentifier() or op == "sum"))


def expression(op: str, operands: Sequence[str], sign: Callable[[str], str] = str) -> str:
    """An operation on operands that are written already, as a ledger has it; `sign` writes what stands between them.

    >>> expression("×", ["a", "b"]), expression("**", ["x", "2"]), expression("tanh", ["z"])
    ('a·b', 'x²', 'tanh(z)')
    >>> expression("·", ["w", "v", "x", "y"]), expression("⊙", ["A", "B"])
    ('w·x + v·y', 'A ⊙ B')
    """
    if op == "neg":
        return sign("−") + operands[0]
    if op == "**":
        return operands[0] + (operands[1].translate(_HIGH) if operands[1].isdecimal() else f"^{operands[1]}")
    if op == "·":  # an inner product's operands are one vector after the other
        half = len(operands) // 2
        operands = [sign("·").join(pair) for pair in zip(operands[:half], operands[half:], strict=True)]
        return sign(" + ").join(shortened(operands, sign("…")))
    if not is_infix(op, len(operands)):
        opening, closing = ("|", "|") if op == "abs" else (f"{op}(", ")")
        return sign(opening) + sign(", ").join(shortened(operands, sign("…"))) + sign(closing)
    return sign(_BETWEEN.get(op, f" {op} ")).join(shortened(operands, sign("…")))


def shortened(items: Sequence[str], ellipsis: str = "…") -> Sequence[str]:
    """The items, those in the middle of a long list left out."""
    return [*items[: LISTED - 2], ellipsis, items[-1]] if len(items) > LISTED else items


def is_array(data: Any) -> bool:
    """Whether `data` is an array rather than a number (NumPy's float64 is a float, and stays a number)."""
    return hasattr(data, "shape") and not isinstance(data, int | float | complex)


def is_long(data: Any) -> bool:
    """Whether `data` is an array too large to be written in full."""
    return is_array(data) and data.size > FULL_SIZE


def shape(array: Any) -> str:
    """Shape and dtype, as "(2, 3) float32"."""
    return f"{tuple(array.shape)} {array.dtype}"


def data(value: Any, precision: int | str) -> str:
    """A number, a small array in full, a large one as "min … max, mean", and None as "not computed"."""
    if value is None:
        return NOT_COMPUTED
    if not is_array(value):
        return number(value, precision)
    if not is_long(value):
        return nested(value.tolist(), precision)
    with warnings.catch_warnings():  # the mean of inf and -inf is nan, and that is what the picture should say
        warnings.simplefilter("ignore", RuntimeWarning)
        mean = f"mean {number(value.mean().item(), precision)}"
    if value.dtype.kind == "c":  # no order, so no smallest and no largest
        return mean
    return f"{number(value.min().item(), precision)} … {number(value.max().item(), precision)}, {mean}"


@functools.lru_cache(4096)
def cells(text: str) -> int:
    """Width in a terminal: 2 for East Asian wide characters and emoji, 0 for marks that join the one before."""
    joined = sum(unicodedata.category(character) in ("Mn", "Me", "Cf") for character in text)
    return len(text) - joined + sum(unicodedata.east_asian_width(character) in "WF" for character in text)


def isolated(text: str) -> str:
    """A text with letters that run from right to left so that it does not turn the numbers after it around."""
    if any(unicodedata.bidirectional(character) in ("R", "AL") for character in text):
        return f"\N{FIRST STRONG ISOLATE}{text}\N{POP DIRECTIONAL ISOLATE}"
    return text


def norm(array: Any) -> float:
    """√Σx², which overflows only where it is infinite itself."""
    return math.hypot(*abs(array).ravel().tolist())


def factor(value: Any, precision: int | str) -> str:
    """A number or a small array as `data` writes it; of a large array the norm, √Σx²; a Jacobian is not written out."""
    if value is None or not is_long(value):
        return "Jacobian" if value is None else data(value, precision)
    return f"norm {number(norm(value), precision)}"


def has_gradient(node: Any) -> bool:
    """Whether a backward pass has left a number here."""
    return node.role != "constant" and node.grad is not None and data(node.grad, 4) != NOT_COMPUTED


def gradient(node: Any, precision: int | str, *, after_backward: bool) -> str:
    """The gradient, or why there is none."""
    if node.grad is not None:
        return data(node.grad, precision)
    if not getattr(node, "requires_grad", True):
        return NOT_REQUIRED
    return NOT_KEPT if after_backward and node.parents else NOT_COMPUTED


def nested(values: Any, precision: int | str) -> str:
    """The elements of an array, in brackets for each axis."""
    if isinstance(values, list):
        return "[" + ", ".join(nested(value, precision) for value in values) + "]"
    return number(values, precision)
