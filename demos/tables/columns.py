"""A column of a table: numbers, words or moments, with nothing in some of its cells."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import numpy as np
from numpy.typing import NDArray

from demos.tables import moments
from demos.tables.numerals import Numeral, numerals
from demos.tables.reading import Cells, pandas
from vector.data import DataError

_FEW_MEASURES = 10
"""So many different ones of "2 doors", "4 doors" and the like are words; more are numbers with a unit."""
_MOST_CODES, _AGAIN = 20, 5
"""How many different codes a column has at most, and how often each comes on average at least."""


class Kind(StrEnum):
    """What a column's cells are."""

    number = "number"
    word = "word"
    moment = "moment"


@dataclass(frozen=True, eq=False)
class Column:
    """The cells of one column.

    Attributes:
        name: its name in the table.
        values: (rows,), float64 with NaN for nothing: numbers; of moments, days since 1970, in UTC; of words, the index
            in `words`.
        words: the different words, in alphabetical order.
        unit: "%", "€", …, written at each number; "" without.
        form: of moments, one of `moments.FORMS`.
        remark: what a user should know of how it was read.
    """

    name: str
    kind: Kind
    values: NDArray[np.float64]
    words: tuple[str, ...] = ()
    unit: str = ""
    form: str = ""
    remark: str = ""

    @property
    def missing(self) -> NDArray[np.bool_]:
        """(rows,), where there is nothing."""
        return np.isnan(self.values)


def column_of(cells: Cells, name: str, kind: Kind | None = None, form: str = "") -> Column:
    """Read a column's cells.

    Args:
        kind: what they are; None finds out.
        form: of moments; "" finds out.

    Raises:
        DataError: a cell is not what the others are; it names the column and the line.
    """
    try:
        return _Reader(cells, name).read(kind, form)
    except DataError as error:
        at = f"column {name!r}: " if not str(error).startswith(("line ", "row ")) else ""
        raise DataError(f"{at}{error}") from None


class _Reader:
    """The different texts of a column, and which rows have them."""

    def __init__(self, cells: Cells, name: str) -> None:
        self.cells, self.name, self.raw, self.remark = cells, name, cells.column(name), ""

    def read(self, kind: Kind | None, form: str) -> Column:
        numeric = self.raw.dtype.kind in "iuf"
        if numeric and kind in (None, Kind.number):
            return Column(self.name, Kind.number, self._finite(self.raw.to_numpy(np.float64, na_value=np.nan)))
        if self.raw.dtype.kind == "m" and kind in (None, Kind.number):
            hours = self.raw.dt.total_seconds().to_numpy(np.float64, na_value=np.nan) / 3600
            return Column(self.name, Kind.number, hours, unit="h")
        if self.raw.dtype.kind == "M" and kind in (None, Kind.moment):
            days = self.raw.to_numpy("datetime64[ms]", na_value=np.datetime64("NaT", "ms"))
            seconds = np.where(np.isnat(days), np.nan, days.astype(np.int64) / 1e3)
            return Column(self.name, Kind.moment, seconds / moments.DAY, form=form or moments.FORMS[0])
        self._find_texts()
        kind = self._kind() if kind is None else kind
        if kind is Kind.number:
            return self._numbers()
        return self._moments(form) if kind is Kind.moment else self._words()

    def _find_texts(self) -> None:
        """The different texts, their code in each row, −1 for nothing, and how many rows have each."""
        raw = self.raw.astype(object)
        codes, found = pandas().factorize(raw)
        texts = [_text(x) for x in found]
        self.texts = sorted({text for text in texts if text not in self.cells.missing})
        place = {text: i for i, text in enumerate(self.texts)}
        to = np.array([*(place.get(text, -1) for text in texts), -1])
        self.codes = to[codes]
        self.counts = np.bincount(self.codes[self.codes >= 0], minlength=len(self.texts))

    def _kind(self) -> Kind:
        """What at least half of the cells are."""
        half = self.counts.sum() / 2
        measured = len(self.texts) > _FEW_MEASURES
        numbers = np.array([found is not None for found in self._numerals(measured=measured)], bool)
        if self.counts[numbers].sum() >= half:
            return Kind.word if self._codes(numbers) else Kind.number
        dates = np.array([moments.looks_like_moment(text) for text in self.texts], bool)
        if self.counts[dates].sum() > half:
            return Kind.moment
        mark = self.cells.dialect.decimal
        other = np.array(
            [found is not None for found in numerals(self.texts, "," if mark == "." else ".", measured=False)], bool
        )
        if self.counts[other].sum() >= half:
            words = {".": "a decimal point", ",": "a decimal comma"}[mark]
            raise self._refusal(
                int(np.flatnonzero(other)[0]),
                f"expected numbers with {words}, got {self.texts[int(np.flatnonzero(other)[0])]!r}; see --decimal",
            )
        return Kind.word

    def _codes(self, numbers: NDArray[np.bool_]) -> bool:
        """Whether numbers and other texts, such as 0, 1, 2, 3+ or K, 1, 2, are codes: few that come again."""
        pairs = zip(self.texts, numbers, strict=True)
        other = [text for text, number in pairs if not number and text.lower() != "none"]
        few = len(self.texts) <= _MOST_CODES and len(self.texts) * _AGAIN <= self.counts.sum()
        if other and few:
            self.remark = f"words, for {other[0]!r} is no number{_hint(other[0])}"
        return bool(self.remark)

    def _numerals(self, *, measured: bool = True) -> list[Numeral | None]:
        return numerals(self.texts, self.cells.dialect.decimal, measured=measured)

    def _numbers(self) -> Column:
        found, values = self._numerals(), np.full(len(self.texts) + 1, np.nan)
        units: dict[str, int] = {}
        for code, one in enumerate(found):
            if one is None and self.texts[code].lower() == "none":
                continue
            if one is None:
                word = self.texts[code]
                raise self._refusal(
                    code,
                    f"expected a number, as in the other rows, got {word!r}{_hint(word) or '; --drop leaves it out'}",
                )
            if one.rounded:
                raise self._refusal(
                    code,
                    f"expected whole numbers that float64 holds, up to 2⁵³, got {self.texts[code]}; leave it out "
                    "(--drop), or write the difference to the smallest",
                )
            values[code] = one.value
            units.setdefault(one.unit, code)
        if len(units) > 1:
            first, second = list(units.values())[:2]
            both = f"{self.texts[first]!r} and {self.texts[second]!r}"
            raise self._refusal(second, f"expected numbers of one unit, got {both}")
        return Column(self.name, Kind.number, self._finite(values[self.codes]), unit=next(iter(units), ""))

    def _finite(self, values: NDArray[np.float64]) -> NDArray[np.float64]:
        if np.isinf(values).any():
            row = int(np.flatnonzero(np.isinf(values))[0])
            raise DataError(f"{self._place(row)}: expected a finite number, got {values[row]}")
        return values

    def _moments(self, form: str) -> Column:
        """In the form that is given, where all are; else in the one that they have."""
        for code, text in enumerate(self.texts):
            if all(moments.moment(text, any_) is None for any_ in moments.FORMS):
                raise self._refusal(
                    code,
                    f"expected a date such as 2024-01-30, got {text!r}; write it so, or leave the column out (--drop)",
                )
        first = moments.FORMS[0]
        if self.texts and (
            not form or any(moments.moment(text, form) is None is moments.moment(text, first) for text in self.texts)
        ):
            form = moments.form_of(self.texts)
        days = np.full(len(self.texts) + 1, np.nan)
        epoch = np.datetime64("1970-01-01", "s")
        for code, text in enumerate(self.texts):
            then = moments.moment(text, form) or moments.moment(text, first)
            days[code] = (np.datetime64(then, "s") - epoch).astype(np.int64) / moments.DAY
        return Column(self.name, Kind.moment, days[self.codes], form=form or first)

    def _words(self) -> Column:
        values = np.where(self.codes < 0, np.nan, self.codes)
        return Column(self.name, Kind.word, values, tuple(self.texts), remark=self.remark)

    def _refusal(self, code: int, what: str) -> DataError:
        return DataError(f"{self._place(int(np.flatnonzero(self.codes == code)[0]))}: {what}")

    def _place(self, row: int) -> str:
        return f"{self.cells.place} {self.cells.lines[row]}, column {self.name!r}"


def _hint(word: str) -> str:
    return f"; --missing {word} if it stands for nothing" if word.isalpha() else ""


def _text(x: Any) -> str:
    text = str(int(x)) if isinstance(x, float) and x.is_integer() and abs(x) < 1e16 else str(x).strip()
    return text.capitalize() if text.lower() in ("true", "false") else text


def name_of(value: float) -> str:
    """A class that is a number, as people write it, with all digits.

    >>> name_of(3.0), name_of(0.1)
    ('3', '0.1')
    """
    return str(int(value)) if float(value).is_integer() and abs(value) < 1e16 else str(float(value))


def counted(names: Sequence[str], most: int = 8) -> str:
    """A list for a sentence, cut when it is long.

    >>> counted(["a", "b", "c"], most=2)
    'a, b and 1 more'
    """
    if len(names) <= most:
        return ", ".join(names)
    return f"{', '.join(names[:most])} and {len(names) - most} more"
