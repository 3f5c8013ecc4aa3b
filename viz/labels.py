"""How names, numbers and arrays are written in a drawing."""

import unicodedata
import warnings
from typing import Any

NOT_COMPUTED = "not computed"
FULL_SIZE = 6  # arrays up to this many elements are written in full


def clean(text: str) -> str:
    r"""The text with what no picture format can hold replaced: control characters, lone surrogates, noncharacters.

    Newlines stay, tabs become spaces, all else that is unprintable becomes U+FFFD.

    >>> clean("a\tb\x1b[31m")
    'a b�[31m'
    """
    text = text.replace("\r\n", "\n").replace("\t", " ")
    return "".join("\N{REPLACEMENT CHARACTER}" if _unprintable(character) else character for character in text)


def _unprintable(character: str) -> bool:
    if character == "\n":
        return False
    return unicodedata.category(character) in ("Cc", "Cs") or ord(character) & 0xFFFE == 0xFFFE


def number(value: Any, precision: int) -> str:
    """A number with `precision` significant digits; integers in full.

    >>> number(24.7041, 4), number(-0.0, 4), number(1e300, 4), number(float("nan"), 4), number(70000, 4)
    ('24.7', '-0', '1e+300', 'nan', '70000')
    """
    return str(int(value)) if isinstance(value, int) else format(value, f".{precision}g")


def is_array(data: Any) -> bool:
    """Whether `data` is an array rather than a number (NumPy's float64 is a float, and stays a number)."""
    return hasattr(data, "shape") and not isinstance(data, int | float | complex)


def shape(array: Any) -> str:
    """Shape and dtype, as "(2, 3) float32"."""
    return f"{tuple(array.shape)} {array.dtype}"


def data(value: Any, precision: int) -> str:
    """A number, a small array in full, a large one as "min … max, mean", and None as "not computed"."""
    if value is None:
        return NOT_COMPUTED
    if not is_array(value):
        return number(value, precision)
    if value.size <= FULL_SIZE:
        return _nested(value.tolist(), precision)
    with warnings.catch_warnings():  # the mean of inf and -inf is nan, and that is what the picture should say
        warnings.simplefilter("ignore", RuntimeWarning)
        lowest, mean, highest = (number(float(f()), precision) for f in (value.min, value.mean, value.max))
    return f"{lowest} … {highest}, mean {mean}"


def _nested(values: Any, precision: int) -> str:
    if isinstance(values, list):
        return "[" + ", ".join(_nested(value, precision) for value in values) + "]"
    return number(values, precision)
