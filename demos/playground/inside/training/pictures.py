"""The plane as the network, and each of its neurons, sees it: a grid of bytes for each, to be shown as colours."""

from __future__ import annotations

import math
from binascii import b2a_base64
from collections.abc import Sequence
from functools import cache

from demos.playground.inside.training.points import REACH
from demos.playground.inside.training.trainer import Trainer
from scalar import floats


@cache
def grid(side: int) -> tuple[tuple[float, float, float], ...]:
    """The middles of side × side equal squares of the plane, line by line from the top.

    >>> grid(2)
    ((-1.0, 1.0, 0.0), (1.0, 1.0, 0.0), (-1.0, -1.0, 0.0), (1.0, -1.0, 0.0))
    """
    middles = [REACH * ((2 * i + 1) / side - 1) for i in range(side)]
    return tuple((x, -y, 0.0) for y in middles for x in middles)


def boundary(trainer: Trainer, side: int) -> str:
    """How sure the network is that a place is of class 1, from 0 to 255, 128 where it cannot tell; in base64.

    With the logistic loss that is σ(s) for a score s; with the others, which want −1 or 1, (s + 1) / 2.
    """
    (scores,) = trainer.score(trainer.numbers, grid(side))
    return _packed(bytes([_sure(trainer, score) for score in scores]))


def _sure(trainer: Trainer, score: float) -> int:
    if score != score:
        return 128
    sure = floats.sigmoid(score) if trainer.setup.loss == "logistic_cross_entropy" else (score + 1) / 2
    return int(255 * min(max(sure, 0.0), 1.0) + 0.5)


def neurons(trainer: Trainer, side: int) -> list[str]:
    """Each input and each neuron's activation over the plane: 128 for 0, and further by its share of the largest."""
    columns = trainer.seen(trainer.numbers, grid(side))
    return [_packed(_shades(column)) for column in columns]


def _shades(column: Sequence[float]) -> bytes:
    most = max(map(abs, column))
    if not 0 < most < math.inf:
        return bytes([128]) * len(column)
    scale = 127 / most
    return bytes([128 + int(x * scale) if x == x else 128 for x in column])


def _packed(content: bytes) -> str:
    return b2a_base64(content, newline=False).decode()
