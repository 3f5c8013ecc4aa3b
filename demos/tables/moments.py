"""Dates as people write them into tables, where the day and the month cannot be taken for one another."""

from __future__ import annotations

import datetime
import re
from collections.abc import Sequence

from vector.data import DataError

DAY = 86_400  # seconds
_TIME = (
    r"(?:[T ]+(?P<time>\d{1,2}:\d{2}(?::\d{2}(?:\.\d+)?)?)"
    r"\s?(?P<half>[AaPp]\.?[Mm]\.?)?\s?(?P<zone>Z|UTC|[+-]\d{2}:?\d{2})?)?"
)
_FORMS = {
    "year first": re.compile(r"(?P<year>\d{4})(?P<mark>[-/.])(?P<month>\d{1,2})(?P=mark)(?P<day>\d{1,2})" + _TIME),
    "day first": re.compile(r"(?P<day>\d{1,2})(?P<mark>[-/.])(?P<month>\d{1,2})(?P=mark)(?P<year>\d{4})" + _TIME),
    "month first": re.compile(r"(?P<month>\d{1,2})(?P<mark>[-/.])(?P<day>\d{1,2})(?P=mark)(?P<year>\d{4})" + _TIME),
    "day, name": re.compile(r"(?P<day>\d{1,2})[-. ]+(?P<name>[A-Za-z]{3,9})[-., ]+(?P<year>\d{4})" + _TIME),
    "name, day": re.compile(r"(?P<name>[A-Za-z]{3,9})\.? (?P<day>\d{1,2}),? (?P<year>\d{4})" + _TIME),
}
FORMS = tuple(_FORMS)
"""How the parts of a date follow one another."""
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_LIKE = re.compile(r"\d{1,4}([-/.])\d{1,2}\1\d{1,4}([ T].*)?")


def looks_like_moment(text: str) -> bool:
    """Whether it is a date, readable or not."""
    return _LIKE.fullmatch(text) is not None or any(
        form.fullmatch(text) for form in _FORMS.values() if "name" in form.groupindex
    )


def form_of(texts: Sequence[str]) -> str:
    """The form in which all of the texts, each a date in some form, are dates.

    Raises:
        DataError: they have several, or day and month cannot be told apart.
    """
    fitting = [form for form in FORMS if all(moment(text, form) is not None for text in texts)]
    if not fitting:
        raise DataError(
            f"expected dates of one form, got such as {texts[0]!r} and {_other(texts)!r}; write all as 2024-01-30"
        )
    if len(fitting) > 1 and "." not in texts[0].split()[0]:  # with dots the day stands first wherever dates have dots
        raise DataError(
            f"{texts[0]!r} may be a day and a month or a month and a day, and no other row tells; write dates as "
            "2024-01-30, or leave the column out (--drop)"
        )
    return fitting[0]


def moment(text: str, form: str) -> datetime.datetime | None:
    """The moment, in UTC where the text names a zone; None where it is no date of this form."""
    found = _FORMS[form].fullmatch(text)
    if found is None:
        return None
    parts = found.groupdict()
    month = int(parts["month"]) if "month" in parts else _month(parts["name"])
    hour, minute, second = _clock(parts["time"], parts["half"])
    try:
        then = datetime.datetime(int(parts["year"]), month, int(parts["day"]), hour, minute, int(second))
    except ValueError:
        return None
    zone = parts["zone"]
    if zone and zone[0] in "+-":
        east = datetime.timedelta(hours=int(zone[1:3]), minutes=int(zone[-2:]))
        then -= east if zone[0] == "+" else -east
    return then


def _month(name: str) -> int:
    """From 1, by its English name or the first letters of that; 0 of none."""
    return next((i + 1 for i, month in enumerate(_MONTHS) if name[:3].lower() == month), 0)


def _other(texts: Sequence[str]) -> str:
    form = next(form for form in FORMS if moment(texts[0], form) is not None)
    return next(text for text in texts if moment(text, form) is None)


def _clock(time: str | None, half: str | None) -> tuple[int, int, float]:
    if time is None:
        return 0, 0, 0.0
    hour, minute, *second = time.split(":")
    if half:
        return int(hour) % 12 + 12 * (half[0] in "Pp"), int(minute), float(second[0]) if second else 0.0
    return int(hour), int(minute), float(second[0]) if second else 0.0
