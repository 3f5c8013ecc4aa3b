"""Small SVG charts for pages: curves whose points tell step and value, dots, and bars.

They carry no colour, only classes and attributes; the page's style sheet has one set of colours for light and one for
dark. Text is never cut out of a name: it is escaped.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from markupsafe import Markup, escape

WIDTH, HEIGHT = 460.0, 280.0
LEFT, RIGHT, TOP, BOTTOM = 58.0, 12.0, 12.0, 44.0
_NAMES = 136.0  # the room for names at the ends of lines
_LOGARITHMIC_FROM = 100.0  # ratio of the largest value to the smallest


@dataclass(frozen=True)
class Curve:
    """A named line.

    Attributes:
        style: the numbers of its colour and its dashes, from 0.
    """

    name: str
    x: Sequence[float]
    y: Sequence[float]
    style: tuple[int, int] = (0, 0)

    @property
    def kind(self) -> str:
        """Its classes in the style sheet."""
        return f"hue{self.style[0]} dash{self.style[1]}"


def thinned(x: Sequence[float], y: Sequence[float], most: int = 300) -> tuple[list[float], list[float], int]:
    """At most so many points: means of so many neighbours, at the last of their places.

    >>> thinned([1, 2], [0.5, 0.25])
    ([1.0, 2.0], [0.5, 0.25], 1)
    """
    window = -(-len(y) // most)
    starts = range(0, len(y), max(window, 1))
    means = [sum(map(float, y[start : start + window])) / len(y[start : start + window]) for start in starts]
    return [float(x[min(start + window, len(x)) - 1]) for start in starts], means, window


@dataclass(frozen=True)
class Frame:
    """The size of a chart, and the room around its axes."""

    width: float
    height: float
    right: float = RIGHT
    left: float = LEFT

    @property
    def end(self) -> float:
        """Where the axis across ends."""
        return self.width - self.right

    @property
    def floor(self) -> float:
        """Where the axis across is."""
        return self.height - BOTTOM


class Axis:
    """From numbers to places, with the numbers that are written beside it.

    tight: whether it ends with the numbers, else with the round ones around them.
    """

    def __init__(
        self, values: Iterable[float], start: float, end: float, *, log: bool = False, tight: bool = False
    ) -> None:
        there = [float(value) for value in values if math.isfinite(value)]
        low, high = (min(there), max(there)) if there else (0.0, 1.0)
        self.log = log and 0.0 < low * _LOGARITHMIC_FROM < high
        if low == high:
            low, high = low - (abs(low) or 1.0) / 2, high + (abs(high) or 1.0) / 2
        self.ticks = _decades(low, high) if self.log else _ticks(low, high)
        if tight:
            self.ticks = [tick for tick in self.ticks if low <= tick <= high]
            self.low, self.high = low, high
        else:
            self.low, self.high = min(low, self.ticks[0]), max(high, self.ticks[-1])
        self.start, self.end = start, end

    def place(self, value: float) -> float:
        """Where a number is."""
        numbers = (value, self.low, self.high)
        value, low, high = map(math.log, numbers) if self.log else numbers
        return self.start + (value - low) / (high - low) * (self.end - self.start)


def _ticks(low: float, high: float, most: int = 6) -> list[float]:
    """Round numbers, evenly spread, those around the values included.

    >>> _ticks(0.13, 0.92)
    [0.0, 0.2, 0.4, 0.6, 0.8, 1.0]
    """
    rough = (high - low) / (most - 1)
    power = 10.0 ** math.floor(math.log10(rough))
    step = next(step for factor in (1, 2, 2.5, 5, 10) if (step := factor * power) >= rough * (1 - 1e-9))
    first, last = math.floor(low / step + 1e-9), math.ceil(high / step - 1e-9)
    digits = max(0, 2 - math.floor(math.log10(step)))
    return [round(number * step, digits) for number in range(first, last + 1)]


def _decades(low: float, high: float) -> list[float]:
    """Powers of ten around the values, at most about six."""
    first, last = math.floor(math.log10(low) + 1e-9), math.ceil(math.log10(high) - 1e-9)
    stride = -(-(last - first) // 6)
    return [10.0**exponent for exponent in range(first, last + stride, stride)]


def written(value: float, percent: bool = False) -> str:
    """A number beside an axis.

    >>> written(0.25), written(1200.0), written(0.975, percent=True), written(1e-05)
    ('0.25', '1,200', '97.5 %', '1e−05')
    """
    if percent:
        return f"{100 * value:.6g} %"
    text = f"{value:,.0f}" if float(value).is_integer() and 1000 <= abs(value) < 1e7 else f"{value:.6g}"
    return text.replace("-", "−")


def curves(
    lines: Sequence[Curve], *, label: str, x: str = "step", y: str = "", percent: bool = False, log: bool = False,
    mark: tuple[float, str] | None = None, size: tuple[float, float] = (WIDTH, HEIGHT), ends: bool = False,
) -> Markup:  # fmt: skip
    """Lines over one axis.

    Args:
        label: what a reader who does not see it is told.
        x, y: the axes' names.
        percent: whether values are shares of one. log: whether widely spread values get a logarithmic axis.
        mark: a place of x, and what it is.
        ends: whether each line's name stands at its end.
    """
    frame = Frame(*size, right=RIGHT + (_NAMES if ends else 0.0))
    lines = [line for line in lines if len(line.x)]
    across = Axis((value for line in lines for value in line.x), frame.left, frame.end, tight=True)
    up = Axis((value for line in lines for value in line.y), frame.floor, TOP, log=log)
    parts = [_grid(across, up, x, y, percent, frame)]
    if mark is not None:
        parts.append(_marked(across.place(mark[0]), mark[1], frame, below=percent))
    for index, line in enumerate(lines):
        points = [(across.place(a), up.place(b)) for a, b in zip(line.x, line.y, strict=True) if math.isfinite(b)]
        parts.append(f'<path class="line {line.kind}" data-line="{index}" d="{_path(points)}"/>')
        if len(points) < 40:
            parts.append(f'<path class="dots {line.kind}" data-line="{index}" d="{_dotted(points)}"/>')
    if ends:
        parts += _names(lines, across, up, frame)
    data = {"x": x, "percent": percent, "floor": frame.floor, "lines": [_read(line, across, up) for line in lines]}
    return _whole("".join(parts), label, frame, data)


def _read(line: Curve, across: Axis, up: Axis) -> dict[str, Any]:
    """What the page's script reads off a line: values and places; no number of JSON is infinite."""
    finite = [value if math.isfinite(value) else None for value in line.y]
    return {
        "name": line.name,
        "kind": line.kind,
        "x": line.x,
        "y": [None if value is None else float(f"{value:.6g}") for value in finite],
        "px": [round(across.place(value), 1) for value in line.x],
        "py": [None if value is None else round(up.place(value), 1) for value in finite],
    }


def _marked(place: float, text: str, frame: Frame, *, below: bool) -> str:
    """A dashed line up and down, and its name where curves of this kind are not: losses end below, shares above."""
    turned = place > (frame.left + frame.end) / 2
    x, anchor = (place - 5, "end") if turned else (place + 5, "start")
    y = frame.floor - 7 if below else TOP + 9
    return (
        f'<path class="mark" d="M{place:.1f} {TOP:g}V{frame.floor:g}"/>'
        f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}">{escape(text)}</text>'
    )


def _names(lines: Sequence[Curve], across: Axis, up: Axis, frame: Frame) -> Iterator[str]:
    """Each line's name at its end, led there where it had to move."""
    ends = [(up.place(next((v for v in reversed(line.y) if math.isfinite(v)), up.low)), line) for line in lines]
    for place, line in _parted(ends, frame):
        index = next(i for i, one in enumerate(lines) if one is line)
        kind, x, y = f'{line.kind}" data-line="{index}', across.place(line.x[-1]), ends[index][0]
        start = frame.end + 12
        yield f'<path class="leader {kind}" d="M{x + 3:.1f} {y:.1f}L{start:g} {place:.1f}"/>'
        yield f'<path class="line sample {kind}" d="M{start:g} {place:.1f}h18"/>'
        yield f'<text class="name {kind}" x="{start + 22:g}" y="{place + 3:.1f}">{escape(_short(line.name))}</text>'


def dots(truth: Sequence[float], said: Sequence[float], *, label: str, x: str, y: str) -> Markup:
    """A dot for each pair, and the line on which both are equal; both axes have one scale."""
    frame = Frame(WIDTH, 380.0)
    across, up = Axis([*truth, *said], frame.left, frame.end), Axis([*truth, *said], frame.floor, TOP)
    places = [(round(across.place(a), 1), round(up.place(b), 1)) for a, b in zip(truth, said, strict=True)]
    equal = _path([(across.place(value), up.place(value)) for value in (up.low, up.high)])
    body = f'<path class="mark" d="{equal}"/><path class="cloud hue0" d="{_dotted(places)}"/>'
    read = [[*place, float(f"{t:.6g}"), float(f"{s:.6g}")] for place, t, s in zip(places, truth, said, strict=True)]
    return _whole(_grid(across, up, x, y, False, frame) + body, label, frame, {"pairs": read, "x": x, "y": y})


def bar(low: float, high: float, value: float, deviation: float) -> Markup:
    """A bar from 0 to the value, with its deviation as a whisker, on an axis from `low` to `high`."""
    scale = 200.0 / ((high - low) or 1.0)
    zero, end = -low * scale, (value - low) * scale
    start, width = min(zero, end), abs(end - zero)
    first, last = (max(0.0, min(200.0, (value + sign * deviation - low) * scale)) for sign in (-1, 1))
    return Markup(
        f'<svg class="bar" viewBox="0 0 200 16" preserveAspectRatio="none" aria-hidden="true">'
        f'<rect class="fill" x="{start:.1f}" y="2" width="{max(width, 0.5):.1f}" height="12"/>'
        f'<path class="whisker" d="M{first:.1f} 8H{last:.1f}M{first:.1f} 4v8M{last:.1f} 4v8"/>'
        f'<path class="zero" d="M{zero:.1f} 0v16"/></svg>'
    )


def _whole(body: str, label: str, frame: Frame, data: object) -> Markup:
    """The picture, and what a pointer over it or the arrow keys tell."""
    read = escape(json.dumps(data, ensure_ascii=False, separators=(",", ":")))
    return Markup(
        f'<svg class="chart" viewBox="0 0 {frame.width:g} {frame.height:g}" role="img" tabindex="0" '
        f'aria-label="{escape(label)}" data-chart="{read}">{body}<g class="cursor"></g></svg>'
    )


def _grid(across: Axis, up: Axis, x: str, y: str, percent: bool, frame: Frame) -> str:
    parts = []
    for tick in up.ticks:
        place = up.place(tick)
        parts.append(f'<path class="grid" d="M{frame.left:g} {place:.1f}H{frame.end:g}"/>')
        parts.append(
            f'<text x="{frame.left - 6:g}" y="{place + 4:.1f}" text-anchor="end">{written(tick, percent)}</text>'
        )
    longest = max((len(written(tick)) for tick in across.ticks), default=0)
    for tick in across.ticks[:: 2 if longest > 6 else 1]:
        place = across.place(tick)
        parts.append(f'<text x="{place:.1f}" y="{frame.floor + 17:g}" text-anchor="middle">{written(tick)}</text>')
    middle, centre = (frame.left + frame.end) / 2, (frame.floor + TOP) / 2
    parts.append(f'<path class="axis" d="M{frame.left:g} {frame.floor:g}H{frame.end:g}"/>')
    named = 'class="axis-name" text-anchor="middle"'
    parts.append(f'<text {named} x="{middle:g}" y="{frame.height - 8:g}">{escape(_short(x, 60))}</text>')
    parts.append(f'<text {named} transform="translate(13 {centre:g}) rotate(-90)">{escape(_short(y, 40))}</text>')
    return "".join(parts)


def _path(points: Sequence[tuple[float, float]]) -> str:
    return "M" + "L".join(f"{x:.1f} {y:.1f}" for x, y in points) if points else ""


def _dotted(points: Sequence[tuple[float, float]]) -> str:
    """A line of no length at each point, whose round ends are the dot."""
    return "".join(f"M{x:.1f} {y:.1f}h0" for x, y in points)


def _parted(places: Sequence[tuple[float, Curve]], frame: Frame) -> list[tuple[float, Curve]]:
    """Names from top to bottom, moved until none stands on another and all are inside."""
    room = min(15.0, (frame.floor - TOP) / max(len(places), 1))
    parted: list[tuple[float, Curve]] = []
    for place, line in sorted(places, key=lambda pair: pair[0]):
        parted.append((max(place, parted[-1][0] + room) if parted else max(place, TOP), line))
    floor = frame.floor
    for index in reversed(range(len(parted))):
        place, line = parted[index]
        parted[index] = (min(place, floor), line)
        floor = parted[index][0] - room
    return parted


def _short(text: str, most: int = 17) -> str:
    text = " ".join(text.split())
    return text if len(text) <= most else f"{text[: most - 1]}…"
