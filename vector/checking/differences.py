"""Derivatives by central differences, with an estimate of how far they can be trusted."""

import functools
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, NamedTuple

import numpy as np

from vector.arrays import array_of
from vector.tensor import Tensor

Arrays = list[Any]

_SETTLED = 0.1  # relative: how far apart two steps may lie for a limit to be in sight


class Difference(NamedTuple):
    """⟨v, how fast f moves⟩ in one direction."""

    value: float
    spread: float  # how much it depends on the step
    noise: float  # how much rounding may have changed it
    scale: float  # the size of what was summed
    low: float  # low to high: between the one-sided differences of each output, with the smallest step
    high: float
    vanishing: bool  # whether it goes to 0 with the step
    rungs: tuple[tuple[float, float], ...]  # (value, noise) with each step
    kink: bool  # whether the one-sided differences stay apart when the step shrinks, as they do on a kink or a jump
    settled: bool  # whether ever smaller steps come to one number, up to rounding: else none of them says anything

    @property
    def bound(self) -> float:
        """By how much the value may be wrong."""
        return 10 * self.spread + 4 * self.noise

    def doubt(self, analytic: float, share: float) -> str:
        """Why the value cannot be held against the engine's; "" where it is known to this share of the two."""
        if not np.isfinite(self.value):
            return "f is not finite beside the point"
        if self.vanishing:
            return ""
        if not self.settled:
            return "the differences depend on the step"
        if self.bound <= share * max(self.scale, abs(analytic)):
            return ""
        return "rounding hides the derivative" if self.noise > self.spread else "the differences depend on the step"


def power_of_two(step: float) -> float:
    """The nearest power of two, by which floats are divided without rounding."""
    return float(2.0 ** np.round(np.log2(step)))


def ladder(eps: float, step: float | None = None) -> list[float]:
    """Steps from the largest to the smallest: around a given one, else around ∛eps, which has the least total error.

    Truncation costs ~h², rounding ~eps/h. The smaller ones are for points near a kink; they end where rounding would
    cost half of the digits. A narrow dtype has no room but for steps close to each other.
    """
    shrink = 8.0 if eps < 1e-10 else 4.0 if eps < 1e-5 else 2.0
    if step is not None:
        return [power_of_two(step) * factor for factor in (shrink, 1, 1 / shrink)]
    steps = [shrink * power_of_two(eps ** (1 / 3))]
    while len(steps) < 3 or eps / (steps[-1] / shrink) <= 2 * np.sqrt(eps):
        steps.append(steps[-1] / shrink)
    return steps


def direction(generator: np.random.Generator, x: Any) -> Any:
    """A random direction in which to move x, of x's own scale: each |uᵢ| is near |xᵢ|, or the mean of |x|."""
    numbers = np.abs(x.astype(np.float64))
    return generator.normal(size=x.shape) * np.maximum(numbers, float(np.mean(numbers)) or 1.0)


class _Rung(NamedTuple):
    """The differences with one step."""

    left: float
    right: float
    low: float
    high: float
    scale: float

    @property
    def centre(self) -> float:
        """The central difference."""
        return (self.left + self.right) / 2


def evaluated(f: Callable[..., list[Any]], xs: Sequence[Any]) -> Arrays:
    """What a function of Tensors gives for some arrays."""
    with np.errstate(all="ignore"):
        return [np.asarray(array_of(out)) for out in f(*map(Tensor, xs))]


class Settings(NamedTuple):
    """How to check."""

    modes: Sequence[str]
    order: int
    directions: int
    steps: Sequence[float]  # of a ladder
    rtol: float
    doubt: float  # the share of a derivative to which the differences must know it to call another one right
    eps: float  # the unit of rounding
    generator: np.random.Generator


@dataclass(frozen=True)
class Ray:
    """⟨v, f⟩ along a line: f at a point, with one of its arguments moved."""

    f: Callable[..., list[Any]]
    xs: Sequence[Any]
    argument: int
    u: Any
    cotangents: Sequence[Any]
    settings: Settings

    @functools.cached_property
    def way(self) -> Any:
        """The direction in which the smallest step moves the argument, after rounding: larger ones then need none."""
        x, h = self.xs[self.argument], self.settings.steps[-1]
        wide = x.astype(np.float64)
        return ((wide + h * self.u).astype(x.dtype) - wide) / h

    def at(self, t: float) -> Arrays:
        """f's outputs in float64 when the argument is moved by t times the way."""
        x = self.xs[self.argument]
        moved = (x.astype(np.float64) + t * self.way).astype(x.dtype)
        xs = [moved if i == self.argument else x for i, x in enumerate(self.xs)]
        return [out.astype(np.float64) for out in evaluated(self.f, xs)]

    @functools.cached_property
    def numerical(self) -> Difference:
        """How fast ⟨v, f⟩ moves, from the steps of the ladder.

        The value is that of a step between two others, which bound what it may be wrong by: the larger one the error
        of truncation, which falls with the square of the step, the smaller one that of rounding.
        """
        steps = self.settings.steps
        with np.errstate(all="ignore"):
            base = self.at(0.0)
            noise = self._noise(base)
            rungs = [self._rung(base, h) for h in steps]
        centres = [rung.centre for rung in rungs]
        gaps = [abs(coarser - finer) for coarser, finer in pairwise(centres)]
        shrink = steps[0] / steps[1]
        spreads = [max(coarser / shrink, finer) for coarser, finer in pairwise(gaps)]
        errors = [spread + noise / h for spread, h in zip(spreads, steps[1:], strict=False)]
        best = 1 + (int(np.nanargmin(errors)) if np.isfinite(errors).any() else 0)
        vanishing = all(0 < abs(finer) <= 2 * abs(coarser) / shrink for coarser, finer in pairwise(centres))
        settled = max(gaps[best - 1 : best + 1]) <= _SETTLED * rungs[best].scale + 20 * noise / steps[best + 1]
        known = tuple((centre, noise / h) for centre, h in zip(centres, steps, strict=True))
        kink, spread, scale = _apart(rungs, steps, noise), spreads[best - 1], rungs[best].scale
        low, high, error = rungs[-1].low, rungs[-1].high, noise / steps[best]
        return Difference(centres[best], spread, error, scale, low, high, vanishing, known, kink, settled)

    def probe(self, h: float) -> tuple[float, float, Arrays]:
        """How fast ⟨v, f⟩ moves by one step, what rounding makes of that, and f there."""
        with np.errstate(all="ignore"):
            outputs = self.at(h)
            return self._rung(outputs, h).centre, self._noise(outputs) / h, outputs

    def _noise(self, base: Arrays) -> float:
        """By how much rounding may change ⟨v, f⟩."""
        tiny = sum(float(np.sum(np.abs(v)) * np.finfo(v.dtype).smallest_subnormal) for v in self.cotangents)
        size = sum(float(np.sum(np.abs(v * out))) for v, out in zip(self.cotangents, base, strict=True))
        return tiny + self.settings.eps * size

    def _rung(self, base: Arrays, h: float) -> _Rung:
        outputs = [*zip(self.cotangents, self.at(-h), base, self.at(h), strict=True)]
        lefts = [v * (middle - below) / h for v, below, middle, _ in outputs]
        rights = [v * (above - middle) / h for v, _, middle, above in outputs]
        lows, highs = (map(bound, lefts, rights) for bound in (np.minimum, np.maximum))
        sizes = (np.abs(left + right) / 2 for left, right in zip(lefts, rights, strict=True))
        return _Rung(*(sum(float(np.sum(array)) for array in arrays) for arrays in (lefts, rights, lows, highs, sizes)))


def _apart(rungs: Sequence[_Rung], steps: Sequence[float], noise: float) -> bool:
    """Whether the two sides do not come together: where f is smooth, their distance shrinks with the step."""
    left, right, h = rungs[-1].left, rungs[-1].right, steps[-1]
    gap = abs(right - left)
    smooth = abs(rungs[0].right - rungs[0].left) * np.sqrt(h / steps[0])
    return not np.isfinite(gap) or bool(gap > smooth and not gap <= 20 * noise / h)
