"""How far apart two computations of the same may lie: the dtype's last digits, and how the numbers amplify them."""

from __future__ import annotations

from collections.abc import Callable, Sequence

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


def allowed(reference: Array, movement: Array, eps: float) -> Array:
    """By element, how far another result may lie from the reference."""
    tiny = float(np.finfo(np.float64).tiny)
    return relative(eps) * np.abs(reference) + amplified(movement) + tiny


def amplified(movement: Array) -> Array:
    """The part of it that conditioning explains."""
    with np.errstate(all="ignore"):
        return np.where(np.isfinite(movement), _AMPLIFIED * movement, 0.0)


def _wide(x: Array | None) -> Array:
    return np.zeros(()) if x is None else np.asarray(x, np.float64)
