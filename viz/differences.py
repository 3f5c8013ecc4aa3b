"""Derivatives from difference quotients alone: the judge of the derivatives that an engine claims."""

import math
import sys
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

Verdict = Literal["agrees", "convention", "mismatch"]
Function = Callable[[float], float]
"""What becomes of a result when a variable is moved by so much; 0 leaves it where it is."""

STEPS = 14  # step sizes, each a quarter of the one before: from `reach` down to a hundred-millionth of it
_EPSILON = sys.float_info.epsilon


@dataclass(frozen=True, slots=True)
class Slope:
    """A limit of difference quotients from one side, and what it may be wrong by."""

    value: float
    error: float


@dataclass(frozen=True, slots=True)
class Judgement:
    """The verdict, and the derivatives from the left and from the right where both exist."""

    verdict: Verdict
    limits: tuple[float, float] | None
    smooth: bool  # whether the two are one


def judge(
    claimed: float, function: Function, *, around: float, tolerance: float, size: float = 0.0
) -> Judgement | None:
    """Compare a claimed derivative with the difference quotients of `function` from both sides.

    It agrees when both have one limit, and this is the claimed number. Where they have two limits, or none, there is
    no derivative but a convention; a number outside the two limits is a mismatch even there. None where the quotients
    cannot tell: the result is not finite, or moves by less than its last digit.

    Args:
        claimed: the derivative at 0.
        function: see `Function`.
        around: the size of the variable.
        tolerance: relative to the derivative, or to `size` where that is larger.
        size: of the summands that make up `claimed`.
    """
    if not math.isfinite(function(0.0)):
        return None
    doubtful: Judgement | None = None
    for reach in ((abs(around) or 1.0) / 8, 1 / 8, (abs(around) or 1.0) / 1e5):
        left, right = _one_sided(function, -reach), _one_sided(function, reach)
        if left and right:
            judgement = _compared(claimed, left, right, tolerance, size)
            if judgement:
                return judgement
        else:
            doubtful = Judgement("convention", None, smooth=False)
    return doubtful


def _compared(claimed: float, left: Slope, right: Slope, tolerance: float, size: float) -> Judgement | None:
    largest = max(abs(left.value), abs(right.value))
    error = 10 * max(left.error, right.error)
    if error > max(1e-2 * largest, 1e-2 * abs(claimed), 1e-6):
        return None
    low, high = sorted((left.value, right.value))
    allowed = tolerance * max(largest, size) + error
    smooth = high - low <= allowed
    between = low - allowed <= claimed <= high + allowed or (math.isinf(claimed) and not smooth)
    verdict: Verdict = "mismatch" if not between else "agrees" if smooth else "convention"
    return Judgement(verdict, (left.value, right.value), smooth)


def _one_sided(function: Function, reach: float) -> Slope | None:
    """The derivative of `function` at 0 from the right, for a negative `reach` from the left; None without a limit.

    Quotients at ever smaller steps are extrapolated to step 0, one power of the step after the other, and the entry
    that changed least is taken: C. J. F. Ridders, "Accurate computation of F′(x) and F′(x)F″(x)", Advances in
    Engineering Software 4 (1982), here with all powers, for quotients from one side have odd ones too.
    """
    start = function(0.0)
    best: Slope | None = None
    first = noise = 0.0
    above: list[float] = []
    for exponent in range(STEPS):
        step = reach / 4**exponent
        row = [(function(step) - start) / step]
        if not math.isfinite(row[0]):
            continue
        # What the last digits of the result and of the variable make of this quotient.
        noise = 4 * _EPSILON * (abs(start / step) + abs(row[0] * reach / step)) + sys.float_info.min / abs(step)
        first = first or abs(row[0])
        for column, coarser in enumerate(above):
            row.append(row[column] + (row[column] - coarser) / (4 ** (column + 1) - 1))
            error = max(abs(row[-1] - row[-2]), abs(row[-1] - coarser)) + noise
            if best is None or error < best.error:
                best = Slope(row[-1], error)
        above = row
    if best is None or best.error > 1e-3 * max(abs(best.value), first, noise):
        return None
    return best
