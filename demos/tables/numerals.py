"""Numbers as people write them into tables: thousands marks, signs of percent and of currencies."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

_SIGNS = "%‰$€£¥₹₽₩₺"
_CODES = "USD EUR GBP JPY CHF CNY INR CAD AUD SEK NOK DKK PLN CZK HUF"
_UNIT = rf"(?:[{_SIGNS}]|{'|'.join(_CODES.split())})"
_SPACES = "\u00a0\u202f\u2009"  # those that typesetters put between thousands
_EXPONENT = r"(?:[eE][+-]?\d+)?"
_WHOLE = re.compile(r"[+-]?\d+")


@dataclass(frozen=True)
class Numeral:
    """A number, its unit ("%", "€", "" for none), and whether it is a whole number that float64 does not hold."""

    value: float
    unit: str = ""
    rounded: bool = False


def numerals(texts: Sequence[str], decimal: str) -> list[Numeral | None]:
    """The numbers that the texts are; None for each that is none.

    >>> [found and (found.value, found.unit) for found in numerals(["1,234.5", "5 %", "-€3", "1,23", "word"], ".")]
    [(1234.5, ''), (5.0, '%'), (-3.0, '€'), None, None]
    """
    mark, other = re.escape(decimal), "," if decimal == "." else r"\."
    groups = "|".join(rf"\d{{1,3}}(?:{between}\d{{3}})+" for between in (other, "[ '’]"))
    pattern = re.compile(
        rf"(?P<sign>[+−-]?)(?P<before>{_UNIT}?)\s?(?P<inner>[+−-]?)"
        rf"(?P<number>(?:{groups}|\d+)(?:{mark}\d*)?{_EXPONENT}|{mark}\d+{_EXPONENT})"
        rf"\s?(?P<after>{_UNIT}?)"
    )
    return [_numeral(text, pattern, decimal) for text in texts]


def _numeral(text: str, pattern: re.Pattern[str], decimal: str) -> Numeral | None:
    for space in _SPACES:
        text = text.replace(space, " ")
    if text.lower().lstrip("+-") in ("inf", "infinity"):
        return Numeral(float(text))
    found = pattern.fullmatch(text)
    if found is None or (found["sign"] and found["inner"]) or (found["before"] and found["after"]):
        return None
    digits = re.sub(rf"[ '’{',' if decimal == '.' else '.'}]", "", found["number"]).replace(decimal, ".")
    negative = "−" in found["sign"] + found["inner"] or "-" in found["sign"] + found["inner"]
    value = float(digits)
    rounded = abs(value) >= 2**53 and _WHOLE.fullmatch(digits) is not None and int(digits) != value
    return Numeral(-value if negative else value, found["before"] or found["after"], rounded)
