"""Points of two classes in the plane: made with a seed, set by hand, or read from a table."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from random import Random
from typing import NamedTuple

from demos.elementary import REAL
from demos.expression import ExpressionError
from demos.parser import parse

REACH = 2.0  # the plane that is shown goes from −REACH to REACH, both ways
MOST = 1000  # points


class Point(NamedTuple):
    """A place in the plane and its class, 0 or 1."""

    x: float
    y: float
    kind: int


Maker = Callable[[int, Random], Point]


def _square(generator: Random, reach: float = 1.6) -> tuple[float, float]:
    return generator.uniform(-reach, reach), generator.uniform(-reach, reach)


def _xor(i: int, generator: Random) -> Point:
    x, y = generator.uniform(0.15, 1.6), generator.uniform(0.15, 1.6)
    right, up = (i // 2) % 2, i % 2
    return Point(x if right else -x, y if up else -y, right ^ up)


def _circles(i: int, generator: Random) -> Point:
    radius = generator.uniform(0.0, 0.7) if i % 2 else generator.uniform(1.1, 1.6)
    angle = generator.uniform(0, 2 * math.pi)
    return Point(radius * math.cos(angle), radius * math.sin(angle), i % 2)


def _moons(i: int, generator: Random) -> Point:
    angle = generator.uniform(0, math.pi)
    x, y = (1 - math.cos(angle), 0.5 - math.sin(angle)) if i % 2 else (math.cos(angle), math.sin(angle))
    return Point(1.05 * (x - 0.5), 1.4 * (y - 0.25), i % 2)


def _spirals(i: int, generator: Random) -> Point:
    radius = 1.65 * math.sqrt(generator.uniform(0.02, 1.0))
    angle = 2 * math.pi * (1.2 * radius / 1.65 + 0.5 * (i % 2))
    return Point(radius * math.cos(angle), radius * math.sin(angle), i % 2)


def _clusters(i: int, generator: Random) -> Point:
    centre = 0.9 if i % 2 else -0.9
    return Point(centre + generator.gauss(0, 0.35), centre + generator.gauss(0, 0.35), i % 2)


MADE: Mapping[str, Maker] = {
    "xor": _xor,
    "circles": _circles,
    "moons": _moons,
    "spirals": _spirals,
    "clusters": _clusters,
}
"""One point of each: from its number, whose parity is its class or decides on it, and a generator."""


def made(kind: str, count: int, noise: float, seed: int) -> list[Point]:
    """So many points in random order, both classes alike, with normal noise of this deviation on both coordinates.

    >>> [point.kind for point in made("xor", 4, 0.0, 1)]
    [1, 0, 1, 0]
    """
    generator = Random(seed)
    points = [_moved(MADE[kind](i, generator), noise, generator) for i in range(count)]
    generator.shuffle(points)
    return points


def above(curve: str, count: int, noise: float, seed: int) -> list[Point]:
    """Points of the square; those above y = curve, an expression in x, are of class 1.

    Where the curve has no value, as ln(x) has none on the left, there are no points.

    Raises:
        ValueError: the text is no expression in x, or has a value nowhere.

    >>> sorted({point.kind for point in above("x**2 - 1", 50, 0.0, 1)})
    [0, 1]
    """
    try:
        expression = parse(curve)
    except ExpressionError as error:
        raise ValueError(f"the curve: {error.message}, at place {error.column + 1}") from None
    if others := [name for name in expression.names if name != "x"]:
        raise ValueError(f"the curve: expected an expression in x alone, got {others[0]}; such as sin(2*x) or x**2 - 1")
    generator = Random(seed)
    points: list[Point] = []
    for _ in range(20 * count):
        x, y = _square(generator)
        try:
            height = expression.evaluate(REAL, {"x": x})
        except (ArithmeticError, ValueError):
            continue
        if math.isfinite(height):
            points.append(_moved(Point(x, y, int(y > height)), noise, generator))
        if len(points) == count:
            return points
    raise ValueError(
        f"the curve: {curve} has a value almost nowhere between −1.6 and 1.6; try abs(x) inside ln or sqrt"
    )


def _moved(point: Point, noise: float, generator: Random) -> Point:
    if not noise:
        return point
    return Point(point.x + generator.gauss(0, noise), point.y + generator.gauss(0, noise), point.kind)


def split(points: Sequence[Point], share: float) -> tuple[list[Point], list[Point]]:
    """The points to train on, this share of them and at least one, and those that are held out."""
    count = max(1, round(share * len(points)))
    return list(points[:count]), list(points[count:])
