"""Numbers as people write them into tables: thousands marks, percent, currencies, units, times of day."""

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
_TIME = re.compile(r"(\d{1,3}):([0-5]\d)(?::([0-5]\d(?:\.\d+)?))?\s?(?:([AaPp])\.?[Mm]\.?)?")
_MEASURED = re.compile(r"[^A-Za-z]*[\d.]\s?([A-Za-zµμ°Ω][A-Za-zµμ°Ω/·^²³%]{0,11}[²³\d]?)")  # 12 km/h, 5 m2


@dataclass(frozen=True)
class Numeral:
    """A number, its unit ("%", "€", "" for none), and whether it is a whole number that float64 does not hold."""

    value: float
    unit: str = ""
    rounded: bool = False


def numerals(texts: Sequence[str], decimal: str, *, measured: bool = True) -> list[Numeral | None]:
    """The numbers that the texts are; None for each that is none. Times are hours.

    measured: whether a word that stands behind all of the numbers is their unit.

    >>> [found and (found.value, found.unit) for found in numerals(["1,234.5", "5 %", "-€3", "1,23", "word"], ".")]
    [(1234.5, ''), (5.0, '%'), (-3.0, '€'), None, None]
    >>> [found and (found.value, found.unit) for found in numerals(["2:30 pm", "07:45"], ".")]
    [(14.5, 'h'), (7.75, 'h')]
    >>> [found and (found.value, found.unit) for found in numerals(["12 km", "7.5 km"], ".")]
    [(12.0, 'km'), (7.5, 'km')]
    """
    found = _numerals(texts, decimal, "")
    if measured and None in found and len(words := {_word_of(text) for text in texts}) == 1 and (word := words.pop()):
        return _numerals(texts, decimal, word)
    return found


def _word_of(text: str) -> str | None:
    found = _MEASURED.fullmatch(text)
    return found and found[1]


def _numerals(texts: Sequence[str], decimal: str, word: str) -> list[Numeral | None]:
    mark, other = re.escape(decimal), "," if decimal == "." else r"\."
    groups = "|".join(rf"\d{{1,3}}(?:{between}\d{{3}})+" for between in (other, "[ '’]"))
    pattern = re.compile(
        rf"(?P<sign>[+−-]?)(?P<before>{_UNIT}?)\s?(?P<inner>[+−-]?)"
        rf"(?P<number>(?:{groups}|\d+)(?:{mark}\d*)?{_EXPONENT}|{mark}\d+{_EXPONENT})"
        rf"\s?(?P<after>{re.escape(word) if word else rf'{_UNIT}?'})"
    )
    return [_numeral(text, pattern, decimal) for text in texts]


def _numeral(text: str, pattern: re.Pattern[str], decimal: str) -> Numeral | None:
    for space in _SPACES:
        text = text.replace(space, " ")
    if text.lower().lstrip("+-") in ("inf", "infinity"):
        return Numeral(float(text))
    if time := _TIME.fullmatch(text):
        return _hours(*time.groups())
    found = pattern.fullmatch(text)
    if found is None or (found["sign"] and found["inner"]) or (found["before"] and found["after"]):
        return None
    digits = re.sub(rf"[ '’{',' if decimal == '.' else '.'}]", "", found["number"]).replace(decimal, ".")
    negative = "−" in found["sign"] + found["inner"] or "-" in found["sign"] + found["inner"]
    value = float(digits)
    rounded = abs(value) >= 2**53 and _WHOLE.fullmatch(digits) is not None and int(digits) != value
    return Numeral(-value if negative else value, found["before"] or found["after"], rounded)


def _hours(hours: str, minutes: str, seconds: str | None, half: str | None) -> Numeral | None:
    """A time of day, or how long something took; after noon from 12 on."""
    whole = int(hours)
    if half:
        if not 1 <= whole <= 12:
            return None
        whole = whole % 12 + 12 * (half in "Pp")
    return Numeral(whole + int(minutes) / 60 + float(seconds or 0) / 3600, "h")
