"""What a terminal without Unicode reads: a name or a sign in ASCII for each character that its encoding lacks."""

from __future__ import annotations

import codecs
import re
import unicodedata

ERRORS = "legible"
"""The name of the error handler, for streams."""

_SIGNS = {
    "−": "-", "×": "*", "·": "*", "÷": "/", "∂": "d", "→": "->", "←": "<-", "↵": "/", "…": "...", "≤": "<=", "≥": ">=",
    "≠": "!=", "≈": "~", "±": "+-", "√": "sqrt", "∛": "cbrt", "∞": "inf", "∇": "grad ", "∫": "integral", "∘": " o ",
    "⋮": ":", "⊙": "*", "⋅": "*", "∙": "*", "ᵀ": "^T", "Σ": "sum",
    "‖": "|", "⟨": "<", "⟩": ">", "⌊": "[", "⌋": "]", "‹": "<", "›": ">", "′": "'", "″": "''", "°": "deg", "µ": "u",
    "“": "\"", "”": "\"", "✓": "ok", "✗": "WRONG", "–": "-", "—": "-", "‾": "-", "█": "#", "\N{FRACTION SLASH}": "/",
    "\N{COMBINING MACRON}": "'", "\N{FIRST STRONG ISOLATE}": "", "\N{POP DIRECTIONAL ISOLATE}": "",
    "\N{REPLACEMENT CHARACTER}": "_", "‰": " per mille", "★": "*", "’": "'",
    "€": "EUR", "£": "GBP", "¥": "JPY", "₹": "INR", "₽": "RUB", "₩": "KRW", "₺": "TRY",
}  # fmt: skip
_MACRON = "\N{COMBINING MACRON}"
_BAR = re.compile(rf"(\w){_MACRON}([\w.]*)")


def readable(text: str, encoding: str) -> str:
    """The text; where the encoding lacks the bar of a gradient's name, with a prime behind the name.

    >>> readable("v̄12  = ȳ·y   = 3", "cp1252")
    "v12' = y'·y  = 3"
    >>> readable("ȳ", "utf-8")
    'ȳ'
    """
    try:
        text.encode(encoding)
    except UnicodeEncodeError:
        return "".join(map(_primed, text.splitlines(keepends=True)))
    return text


def _primed(line: str) -> str:
    """A line of columns: what the primes add is taken from the spaces that follow."""
    letters = ((letter, unicodedata.normalize("NFD", letter)) for letter in line)
    pieces = re.split("( {2,})", "".join(apart if apart.endswith(_MACRON) else letter for letter, apart in letters))
    for i, piece in enumerate(pieces):
        pieces[i], primes = _BAR.subn(r"\1\2'", piece)
        if i + 1 < len(pieces) and primes:
            pieces[i + 1] = " " * max(1, len(pieces[i + 1]) - primes)
    return "".join(pieces)


def _replaced(error: UnicodeError) -> tuple[str, int]:
    if not isinstance(error, UnicodeEncodeError):
        raise error
    return "".join(map(_in_ascii, error.object[error.start : error.end])), error.end


def _in_ascii(character: str) -> str:
    """A sign, a line of a table, a letter's name, or what it is made of; any other as in a Python string."""
    name = unicodedata.name(character, "")
    if character in _SIGNS:
        return _SIGNS[character]
    if name.startswith("BOX DRAWINGS"):
        return {"VERTICAL": "|", "HORIZONTAL": "-"}.get(name.split(maxsplit=3)[3], "+")
    if greek := re.match(r"GREEK (SMALL|CAPITAL) LETTER (FINAL )?(\w+)", name):
        word = greek[3].lower().replace("lamda", "lambda")
        return word if greek[1] == "SMALL" else word.capitalize()
    if unicodedata.combining(character):
        return ""
    plain = "".join(x if x.isascii() else _SIGNS.get(x, "") for x in unicodedata.normalize("NFKD", character))
    power = "^" if name.startswith("SUPERSCRIPT") and plain.isalnum() else ""
    return power + plain or character.encode("ascii", "backslashreplace").decode()


codecs.register_error(ERRORS, _replaced)
