"""How names, numbers and arrays are written in a drawing."""

import math
import re
import unicodedata
import warnings
from typing import Any

NOT_COMPUTED = "not computed"
NOT_KEPT = "none kept"  # a backward pass has run, and left no gradient here
NOT_REQUIRED = "not required"  # requires_grad is False
MISSING = frozenset({NOT_COMPUTED, NOT_KEPT, NOT_REQUIRED})
_WORD = re.compile(
    r"(?![\d.])([^\W⁰¹²³⁴-⁹]|[.'′″\u0300-\u036f]|(?<=[₀-₉]),(?=[₀-₉]))+(⁽[⁰¹²³⁴-⁹]+⁾|\[[^][]*\]|\([^()]*\))*"
    r"|[\d.]+(e[+−]\d+)?|inf|nan"
)
FULL_SIZE = 6  # arrays up to this many elements are written in full


def clean(text: str) -> str:
    r"""The text with what no picture format can hold replaced: control characters, lone surrogates, noncharacters.

    Newlines stay, tabs become spaces, all else that is unprintable becomes U+FFFD.

    >>> clean("a\tb\x1b[31m")
    'a b�[31m'
    """
    if text.isprintable():
        return text
    text = text.replace("\r\n", "\n").replace("\t", " ")
    return "".join(map(_printable, text))


def symbol(op: str) -> str:
    """An operation as a card shows it: as a reader writes it, not as Python does."""
    return clean({"**": "^", "neg": "−"}.get(op, op))


def operation(node: Any) -> str:
    """What made a node; the product of two arrays, element by element, has a sign of its own."""
    sizes = [getattr(x.data, "size", 1) for x in node.parents]
    return "⊙" if node.op == "×" and min(sizes, default=1) > 1 else node.op


def is_word(name: str) -> bool:
    """Whether a name, or a number, can stand beside a sign as it is: others, such as "a + b", need brackets."""
    return _WORD.fullmatch(name) is not None


def _printable(character: str) -> str:
    bad = unicodedata.category(character) in ("Cc", "Cs") or ord(character) & 0xFFFE == 0xFFFE
    return "\N{REPLACEMENT CHARACTER}" if bad and character != "\n" else character


def number(value: Any, precision: int | str) -> str:
    """A number with `precision` significant digits, integers in full; or in the format that `precision` is.

    >>> number(24.7041, 4), number(-0.0, 4), number(-1e-300, 4), number(float("nan"), 4), number(-70000, 4)
    ('24.7', '0', '−1e−300', 'nan', '−70000')
    >>> number(24.7041, ".1f"), number(70000, ".1e"), number(-0.001, ".1f")
    ('24.7', '7.0e+04', '0.0')
    """
    written = precision if isinstance(precision, str) else "" if isinstance(value, int) else f".{precision}g"
    text = format(int(value) if not written else value, written)
    return text.removeprefix("-") if re.fullmatch(r"-[0.e+%]+", text) else text.replace("-", "−")


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


def isolated(text: str) -> str:
    """A text with letters that run from right to left so that it does not turn the numbers after it around."""
    if any(unicodedata.bidirectional(character) in ("R", "AL") for character in text):
        return f"\N{FIRST STRONG ISOLATE}{text}\N{POP DIRECTIONAL ISOLATE}"
    return text


def norm(array: Any) -> float:
    """√Σx², which overflows only where it is infinite itself."""
    return math.hypot(*abs(array).ravel().tolist())


def factor(value: Any, precision: int | str) -> str:
    """A number or a small array as `data` writes it; of a large array only the norm, √Σx²."""
    if not is_long(value):
        return data(value, precision)
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
