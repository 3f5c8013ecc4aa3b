"""Derivatives by central differences, with an estimate of how far they can be trusted."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import pairwise
from typing import Any, NamedTuple

import numpy as np

Arrays = list[Any]
Numeric = Callable[..., Arrays]
"""Arrays → arrays."""

_SHRINK = 8.0


class Difference(NamedTuple):
    """⟨v, how fast f moves⟩ in one direction."""

    value: float
    spread: float
    """How much it depends on the step."""
    noise: float
    """How much rounding may have changed it."""
    scale: float
    """The size of what was summed."""
    low: float
    high: float
    """Between the one-sided differences of each output, with the smallest step."""
    vanishing: bool
    """Whether it goes to 0 with the step."""
    rungs: tuple[tuple[float, float], ...]
    """(value, noise) with each step."""
    kink: bool
    """Whether the one-sided differences stay apart when the step shrinks, as they do on a kink or a jump."""


def power_of_two(step: float) -> float:
    """The nearest power of two, by which floats are divided without rounding."""
    return float(2.0 ** np.round(np.log2(step)))


def ladder(eps: float) -> list[float]:
    """Steps, the one with the least total error first: truncation ~h², rounding ~eps/h, so h ~ ∛eps.

    The smaller ones are for points near a kink; they end where rounding would cost half of the digits.
    """
    steps = [power_of_two(eps ** (1 / 3))]
    while eps / (steps[-1] / _SHRINK) <= np.sqrt(eps):
        steps.append(steps[-1] / _SHRINK)
    return steps


def direction(generator: np.random.Generator, x: Any) -> Any:
    """A random direction in which to move x, of x's own scale: each |uᵢ| is near |xᵢ|, or the mean of |x|."""
    numbers = np.abs(x.astype(np.float64))
    typical = float(np.mean(numbers)) or 1.0
    return generator.normal(size=x.shape) * np.maximum(numbers, typical)


class Ray(NamedTuple):
    """A function along a line: f with one of its arguments moved."""

    f: Numeric
    xs: Sequence[Any]
    argument: int
    u: Any

    def at(self, t: float) -> Arrays:
        """f's outputs in float64 when the argument is moved by t·u."""
        x = self.xs[self.argument]
        moved = (x.astype(np.float64) + t * self.u).astype(x.dtype)
        outputs = self.f(*self.xs[: self.argument], moved, *self.xs[self.argument + 1 :])
        return [np.asarray(out, np.float64) for out in outputs]


def actual(x: Any, u: Any, h: float) -> Any:
    """The direction between the two points of a central difference with step h, after their rounding."""
    wide = x.astype(np.float64)
    return ((wide + h * u).astype(x.dtype).astype(np.float64) - (wide - h * u).astype(x.dtype)) / (2 * h)


def difference(ray: Ray, cotangents: Sequence[Any], steps: Sequence[float], eps: float) -> Difference:
    """How fast ⟨v, f⟩ moves along a ray, from the steps of a ladder.

    Args:
        ray: the line.
        cotangents: v, one for each output.
        steps: from the largest to the smallest.
        eps: the unit of rounding of f.
    """
    with np.errstate(all="ignore"):
        base = ray.at(0.0)
        noise = eps * sum(float(np.sum(np.abs(v * out))) for v, out in zip(cotangents, base, strict=True))
        rungs = [_rung(ray, base, cotangents, h) for h in steps]
    centres = [(rung.left + rung.right) / 2 for rung in rungs]
    errors = [abs(coarser - finer) for coarser, finer in pairwise(centres)]
    best = int(np.nanargmin(errors)) if np.isfinite(errors).any() else 0
    return Difference(
        centres[best],
        errors[best] if errors else 0.0,
        noise / steps[best],
        rungs[best].scale,
        rungs[-1].low,
        rungs[-1].high,
        all(abs(finer) <= abs(coarser) / 16 for coarser, finer in pairwise(centres)),
        tuple((centre, noise / h) for centre, h in zip(centres, steps, strict=True)),
        _apart(rungs, steps, noise),
    )


class _Rung(NamedTuple):
    """The differences with one step."""

    left: float
    right: float
    low: float
    high: float
    scale: float


def _rung(ray: Ray, base: Arrays, cotangents: Sequence[Any], h: float) -> _Rung:
    below, above = ray.at(-h), ray.at(h)
    lefts = [v * (middle - low) / h for v, low, middle in zip(cotangents, below, base, strict=True)]
    rights = [v * (high - middle) / h for v, middle, high in zip(cotangents, base, above, strict=True)]
    pairs = list(zip(lefts, rights, strict=True))
    return _Rung(
        _total(lefts),
        _total(rights),
        _total([np.minimum(left, right) for left, right in pairs]),
        _total([np.maximum(left, right) for left, right in pairs]),
        _total([np.abs(left + right) / 2 for left, right in pairs]),
    )


def _total(arrays: Arrays) -> float:
    return sum(float(np.sum(array)) for array in arrays)


def _apart(rungs: Sequence[_Rung], steps: Sequence[float], noise: float) -> bool:
    """Whether the two sides do not come together: where f is smooth, their distance shrinks with the step."""
    left, right, h = rungs[-1].left, rungs[-1].right, steps[-1]
    gap = abs(right - left)
    if not np.isfinite(gap):
        return True
    if gap <= 20 * noise / h:
        return False
    if len(rungs) == 1:
        return gap > 0.1 * (abs(left) + abs(right))
    return gap > abs(rungs[0].right - rungs[0].left) / _SHRINK
