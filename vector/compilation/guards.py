"""Guards: whether what a recording read from outside is still as it was."""

from collections.abc import Callable, Iterable
from typing import Any

from vector.compilation.program import identical
from vector.compilation.surroundings import ABSENT, Place

_READ = {"length": "len(o{i}) ==", "members": "o{i} ==", "attribute": "o{i}.{key} is"}
"""How a place is read in Python and compared; an item by default."""


class Guards:
    """Places and the values that they must hold; one compiled expression of Python gives the usual answer.

    Of the user's text it contains only names of attributes and keys.
    """

    def __init__(self, places: Iterable[tuple[Place, Any]]) -> None:
        self._places = [(place, value) for place, value in places if place.kind != "rate"]
        self._scope: dict[str, Any] = {}
        tests = []
        for i, (place, value) in enumerate(self._places):
            self._scope |= {f"o{i}": place.owner, f"k{i}": place.key, f"v{i}": value}
            held = _READ.get(place.kind, "o{i}[k{i}] is").format(i=i, key=place.key)
            tests.append(f"{held} v{i}")
        self._quick: Callable[[], bool] = eval(f"lambda: ({' and '.join(tests) or True})", self._scope)  # noqa: S307

    def hold(self) -> bool:
        """Whether every place holds what it held, or something equal."""
        try:
            return self._quick() or self.changed() is None
        except ABSENT:
            return False

    def changed(self) -> str | None:
        """The first place that holds something else, in words; an equal value is expected from now on."""
        for i, (place, value) in enumerate(self._places):
            now = place.read()
            if now is not value:
                same_decision = place.kind == "number" and type(now) in (int, float) and bool(now) == bool(value)
                if not same_decision and not identical(value, now):
                    return change_in_words(place, value, now)
                self._places[i], self._scope[f"v{i}"] = (place, now), now
        return None


def change_in_words(place: Place, before: Any, now: Any) -> str:
    """A change in words."""
    return f"{place.path} was {_short(before)}, now {_short(now)}"


def _short(x: Any) -> str:
    if x is ABSENT:
        return "nothing"
    if isinstance(x, (int, float, str, bytes, type(None), tuple, frozenset)):
        text = repr(x)
        return text if len(text) < 40 else f"{text[:36]}…"
    return f"{'another' if hasattr(x, '__dict__') else 'an'} {type(x).__name__}"
