"""How far apart two computations of the same may lie: the dtype's last digits, and how the numbers amplify them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np

from demos.verification.side import Array, Numbers

WIDE = 1e-9
"""Relative, in float64: far above its rounding, far below any mistake."""
NARROW = 64.0
"""In units of the last digit, for a narrower dtype."""
SHAKES = 4
_AMPLIFIED = 32.0  # how many times what the last digits of the inputs make of a result, it may be off by

Measure = Callable[[Numbers], Sequence[Array | None]]


def relative(eps: float) -> float:
    """The relative tolerance of a dtype with this last digit of 1."""
    return WIDE if eps < 1e-12 else NARROW * eps if eps < 1e-5 else 8 * eps


def shaken(measure: Measure, numbers: Numbers, eps: float) -> list[Array]:
    """How far each result moves, root mean square, when all numbers move by their last digits."""
    generator = np.random.default_rng(0)
    start = [_wide(x) for x in measure(numbers)]
    squares = [np.zeros(np.shape(x)) for x in start]
    for _ in range(SHAKES):
        moved = {
            name: (x * (1 + eps * generator.choice([-1.0, 1.0], x.shape))).astype(x.dtype)
            for name, x in numbers.items()
        }
        with np.errstate(all="ignore"):
            for total, before, after in zip(squares, start, measure(moved), strict=True):
                if (there := _wide(after)).shape == before.shape:
                    total += (there - before) ** 2
    return [np.sqrt(total / SHAKES) for total in squares]


class Slack(NamedTuple):
    """What another computation of an array may be off by, beside the dtype's relative tolerance."""

    movement: Array
    """How far the array moves when the inputs' last digits do."""
    summands: Array
    """How large the numbers are of which it is the sum."""
    gradient: bool = False
    """Whether it is a gradient, of whose elements no more digits are wanted than their summands have."""

    def allowed(self, reference: Array, eps: float) -> Array:
        """By element, how far another result may lie from the reference."""
        tiny = float(np.finfo(np.float64).tiny)
        return relative(eps) * np.abs(reference) + self.amplified() + self.rounding(reference, eps) + tiny

    def amplified(self) -> Array:
        """The part of it that conditioning explains."""
        with np.errstate(all="ignore"):
            return np.where(np.isfinite(self.movement), _AMPLIFIED * self.movement, 0.0)

    def rounding(self, reference: Array, eps: float) -> Array:
        """What the last digits of the summands make; in a narrow dtype, of a value only if it is 0 up to rounding."""
        noise = _AMPLIFIED * np.where(np.isfinite(self.summands), self.summands, 0.0)
        if eps >= 1e-12 and not self.gradient:
            return eps * np.where(np.abs(reference) <= 1e3 * 2.0**-52 * noise, noise, 0.0)
        return eps * (noise + 4 * np.max(np.abs(reference), initial=0.0))


def _wide(x: Array | None) -> Array:
    return np.zeros(()) if x is None else np.asarray(x, np.float64)
