"""What the page asks to be trained: read from its state, with a sentence for what cannot be."""

from __future__ import annotations

import itertools
import math
from collections.abc import Mapping, Sequence
from random import Random
from typing import Any, NamedTuple

from demos.playground.inside.training import points as sets
from demos.playground.inside.training.points import Point
from demos.playground.inside.training.table import Table, read_table
from scalar.nn import ACTIVATIONS

WIDEST = 64  # neurons in a layer
MOST_PARAMETERS = 5_000
STARTS = ("uniform", "scaled", "equal")
LOSSES = ("logistic_cross_entropy", "hinge", "squared_error")
OPTIMIZERS = ("SGD", "Adam")
FEATURES = ("x", "y", "x²", "y²", "x·y", "sin 2x", "sin 2y")


class SetupError(ValueError):
    """Something that cannot be trained; `field` is the name of what is wrong."""

    def __init__(self, field: str, message: str) -> None:
        super().__init__(message)
        self.field = field


class Setup(NamedTuple):
    """All that a training depends on. Two trainings of one setup are the same, number for number."""

    data: str = "xor"  # a name in `points.MADE`, or "curve", "drawn", "table"
    amount: int = 100  # of points
    noise: float = 0.1
    seed: int = 1
    share: float = 0.7  # to train on; the rest is held out
    curve: str = "sin(2*x)"
    drawn: Sequence[Sequence[float]] = ()
    table: str = ""
    features: Sequence[str] = ("x", "y")
    layers: Sequence[str] = ("8 tanh", "8 tanh")  # neurons and activation, of each hidden layer
    loss: str = "logistic_cross_entropy"
    optimizer: str = "SGD"
    rate: float = 0.3
    momentum: float = 0.0
    batch: int = 0  # examples in a step; 0 for all
    start: str = "uniform"
    start_seed: int = 1

    @property
    def hidden(self) -> list[tuple[int, str]]:
        """Neurons and activation of each hidden layer."""
        return [(int(words[0]), words[1]) for words in map(str.split, self.layers)]

    @property
    def sizes(self) -> list[int]:
        """Numbers that go into the network, and neurons of each layer, the last of one."""
        return [len(self.features), *(size for size, _ in self.hidden), 1]


def read_setup(told: Mapping[str, Any]) -> Setup:
    """The setup of the page's state; what it does not name is as `Setup` has it.

    Raises:
        SetupError: something is not to be trained.

    >>> read_setup({"layers": ["3 relu"], "rate": 0.1}).sizes
    [2, 3, 1]
    """
    usual = Setup()
    given = {name: told.get(name, getattr(usual, name)) for name in Setup._fields}
    for name in ("data", "curve", "table", "loss", "optimizer", "start"):
        if not isinstance(given[name], str):
            raise SetupError(name, f"{name}: expected a text, got {given[name]!r}")
    _choice(given, "data", (*sets.MADE, "curve", "drawn", "table"))
    _choice(given, "loss", LOSSES)
    _choice(given, "optimizer", OPTIMIZERS)
    _choice(given, "start", STARTS)
    _whole(given, "amount", 2, sets.MOST)
    _whole(given, "seed", 0, 10**9)
    _whole(given, "start_seed", 0, 10**9)
    _whole(given, "batch", 0, sets.MOST)
    _between(given, "noise", 0, 5)
    _between(given, "share", 0.05, 1)
    _between(given, "momentum", 0, 0.999)
    _between(given, "rate", 1e-9, 1e9)
    given["features"] = _features(given["features"])
    given["layers"] = _layers(given["layers"])
    setup = Setup(**given)
    count = sum((nin + 1) * nout for nin, nout in itertools.pairwise(setup.sizes))
    if count > MOST_PARAMETERS:
        raise SetupError("layers", f"these layers have {count:,} parameters: expected at most {MOST_PARAMETERS:,}")
    return setup


def points_of(setup: Setup) -> tuple[list[Point], Table | None]:
    """The points, and the table if they come from one.

    Raises:
        SetupError: there are none, or of one class only where they were set by hand.
    """
    if setup.data in sets.MADE:
        return sets.made(setup.data, setup.amount, setup.noise, setup.seed), None
    try:
        if setup.data == "curve":
            return sets.above(setup.curve, setup.amount, setup.noise, setup.seed), None
        if setup.data == "table":
            table = read_table(setup.table)
            return _shuffled(table.points, setup.seed), table
    except ValueError as error:
        raise SetupError(setup.data, str(error)) from None
    return _shuffled(_drawn(setup.drawn), setup.seed), None


def _shuffled(points: Sequence[Point], seed: int) -> list[Point]:
    """In an order that the seed decides, so that held-out points are of all kinds."""
    order = [*range(len(points))]
    Random(seed).shuffle(order)
    return [points[i] for i in order]


def _drawn(told: Any) -> list[Point]:
    rows = told if isinstance(told, list | tuple) else ()
    points = [Point(float(row[0]), float(row[1]), int(row[2] > 0)) for row in rows if _is_point(row)]
    if not points:
        raise SetupError("drawn", "there are no points yet: choose a class, and press the plane where they shall be")
    return points[: sets.MOST]


def _is_point(row: Any) -> bool:
    return isinstance(row, list | tuple) and len(row) == 3 and all(map(_finite, row))


def _finite(x: Any) -> bool:
    return isinstance(x, int | float) and not isinstance(x, bool) and math.isfinite(x)


def _choice(given: Mapping[str, Any], name: str, known: Sequence[str]) -> None:
    if given[name] not in known:
        raise SetupError(name, f"{name}: expected one of {', '.join(known)}, got {given[name]}")


def _between(given: dict[str, Any], name: str, low: float, high: float) -> None:
    if not _finite(given[name]) or not low <= given[name] <= high:
        raise SetupError(name, f"{name}: expected a number from {low:g} to {high:g}, got {given[name]}")
    given[name] = float(given[name])


def _whole(given: dict[str, Any], name: str, low: int, high: int) -> None:
    _between(given, name, low, high)
    if given[name] % 1:
        raise SetupError(name, f"{name}: expected a whole number, got {given[name]:g}")
    given[name] = int(given[name])


def _features(told: Any) -> tuple[str, ...]:
    chosen = [name for name in FEATURES if isinstance(told, list | tuple) and name in told]
    if not chosen:
        raise SetupError("features", f"inputs: expected at least one of {', '.join(FEATURES)}")
    return tuple(chosen)


def _layers(told: Any) -> tuple[str, ...]:
    layers = []
    for place, layer in enumerate(told if isinstance(told, list | tuple) else (), 1):
        size, _, activation = str(layer).partition(" ")
        if not size.isdecimal() or not 1 <= int(size) <= WIDEST:
            raise SetupError("layers", f"layer {place}: expected 1 to {WIDEST} neurons, got {size or 'nothing'}")
        if activation not in ACTIVATIONS:
            raise SetupError(
                "layers", f"layer {place}: expected an activation of scalar, got {activation or 'nothing'}"
            )
        layers.append(f"{int(size)} {activation}")
    return tuple(layers)
