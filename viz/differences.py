"""Derivatives from difference quotients alone: the judge of the derivatives that an engine claims."""

import math
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Literal

Verdict = Literal["agrees", "unknown", "convention", "mismatch"]  # from what needs no look to what needs one first
Function = Callable[[float], float]
"""What becomes of a result when a variable is moved by so much; 0 leaves it where it is."""

STEPS = 14  # step sizes, each a quarter of the one before: from `reach` down to a hundred-millionth of it
_EPSILON = sys.float_info.epsilon
_ROUNDING = "lost in rounding"
_UNSETTLED = "quotients do not settle"
_LAST_DIGIT = 2.0**-8  # from which on floor and its kind look smooth
_SURE = 1e-2  # how well a derivative must be known, relative to itself, to be held against another number
_NOTHING = 1e-9  # a slope this small beside those nearby is as good as 0


@dataclass(frozen=True, slots=True)
class Slope:
    """A limit of difference quotients from one side, and what it may be wrong by."""

    value: float
    error: float
    first: float  # the quotient of the largest step
    whole: bool = False  # whether the smallest step goes from one whole number to another


@dataclass(frozen=True, slots=True)
class Judgement:
    """The verdict, and the derivatives from the left and from the right where both exist."""

    verdict: Verdict
    limits: tuple[float, float] | None = None
    smooth: bool = False  # whether the two are one
    reason: str = ""  # why there is no verdict, or no more than that it is 0


def judge(
    claimed: float, function: Function, *, around: float, tolerance: float, size: float = 0.0,
    epsilon: float = sys.float_info.epsilon,
) -> Judgement:  # fmt: skip
    """Compare a claimed derivative with the difference quotients of `function` from both sides.

    It agrees when both have one limit, and this is the claimed number. Where they have two limits, or grow without one,
    there is no derivative but a convention; a number outside the two limits is a mismatch even there, unless quotients
    of other steps say otherwise. What quotients cannot tell is "unknown", with the reason: the result is not finite,
    moves by less than its last digit, or waves between the steps.

    Args:
        claimed: the derivative at 0.
        function: see `Function`.
        around: the size of the variable.
        tolerance: relative to the derivative, or to `size` where that is larger.
        size: of the summands that make up `claimed`.
        epsilon: the last digit of 1 in the dtype in which the result is computed.
    """
    start = function(0.0)
    if not math.isfinite(start):
        return Judgement("unknown", reason="not finite here")
    found: list[Judgement] = []
    reaches = [(abs(around) or 1.0) / 8, 1 / 8, (abs(around) or 1.0) / 1e5]
    large = epsilon * max(abs(around), abs(start)) > _LAST_DIGIT
    wrong: Judgement | None = None
    while reaches:
        reach = reaches.pop(0)
        sides = [_one_sided(function, way * reach, abs(around), epsilon) for way in (-1, 1)]
        judgement = _compared(claimed, sides, tolerance, size)
        if judgement.verdict == "mismatch" and _stairs(claimed, sides, large=large):
            judgement = Judgement("unknown", reason="a staircase would look the same")
        if judgement.verdict == "mismatch":
            wrong = wrong or judgement
            reaches = [smaller for smaller in reaches if smaller < reach]  # which know better
        elif judgement.limits and not judgement.reason and not (wrong and _same(wrong, sides, tolerance)):
            return judgement
        found.append(judgement)
    ranks = ("mismatch", "convention", "agrees", "unknown")
    return min(found, key=lambda judgement: (ranks.index(judgement.verdict), judgement.reason == _ROUNDING))


def _same(earlier: Judgement, sides: Sequence[Slope | str], tolerance: float) -> bool:
    """Whether the limits found with larger steps are among what these say."""
    return all(_compared(limit, sides, tolerance, 0.0).verdict != "mismatch" for limit in earlier.limits or ())


def _stairs(claimed: float, sides: Sequence[Slope | str], *, large: bool) -> bool:
    """Whether what was measured may be the slope of a ramp below stairs, or their treads; `large`: at few digits."""
    slopes = [side for side in sides if isinstance(side, Slope)]
    whole = all(slope.whole for slope in slopes)
    return (whole and any(slope.value for slope in slopes)) or (large and (whole or claimed == 0))


def _compared(claimed: float, sides: Sequence[Slope | str], tolerance: float, size: float) -> Judgement:
    settled = [side for side in sides if isinstance(side, Slope)]
    if len(settled) < len(sides):
        reasons = [side for side in sides if isinstance(side, str)]
        return Judgement("convention") if "" in reasons else Judgement("unknown", reason=reasons[0])
    low, high = sorted(side.value for side in settled)
    largest = max(abs(low), abs(high))
    error = 10 * max(side.error for side in settled)
    allowed = tolerance * max(largest, size) + error
    smooth = high - low <= allowed
    between = low - allowed <= claimed <= high + allowed or (math.isinf(claimed) and not smooth)
    verdict: Verdict = "mismatch" if not between else "agrees" if smooth else "convention"
    known = largest if between else max(largest, abs(claimed)) if math.isfinite(claimed) else math.inf
    limits = (settled[0].value, settled[1].value)
    if error <= _SURE * known or claimed == low == high:
        return Judgement(verdict, limits, smooth)
    if max(largest, abs(claimed), error) <= _NOTHING * min(side.first for side in settled):
        return Judgement("agrees", limits, smooth, "0 beside the slopes nearby")
    return Judgement("unknown", reason=_ROUNDING)


def _one_sided(function: Function, reach: float, around: float, epsilon: float) -> Slope | str:
    """The derivative of `function` at 0 from the right, for a negative `reach` from the left.

    Without a limit, "" where there is none, else why it cannot be seen.

    Quotients at ever smaller steps are extrapolated to step 0, one power of the step after the other, and the entry
    that changed least is taken: C. J. F. Ridders, "Accurate computation of F′(x) and F′(x)F″(x)", Advances in
    Engineering Software 4 (1982), here with all powers, for quotients from one side have odd ones too.
    """
    start = value = function(0.0)
    best: Slope | None = None
    first = noise = 0.0
    above: list[float] = []
    quotients: list[tuple[float, float]] = []  # each with its noise
    steps = [step for step in (reach / 4**exponent for exponent in range(STEPS)) if around + abs(step) > around]
    for step in steps:
        value = function(step)
        row = [(value - start) / step]
        if not math.isfinite(row[0]):
            continue
        # What the last digits of the result and of the variable make of this quotient.
        noise = 4 * (epsilon * abs(start / step) + _EPSILON * abs(row[0] * (around + abs(step)) / step))
        noise += sys.float_info.min / abs(step)
        first = first or abs(row[0])
        quotients.append((row[0], noise))
        for column, coarser in enumerate(above):
            row.append(row[column] + (row[column] - coarser) / (4 ** (column + 1) - 1))
            error = max(abs(row[-1] - row[-2]), abs(row[-1] - coarser)) + noise
            if best is None or error < best.error:
                best = Slope(row[-1], error, first)
        above = row
    if not quotients:
        return "" if steps else _ROUNDING  # outside the domain
    if best is None or best.error > 1e-3 * max(abs(best.value), first, noise) or not _approached(best, quotients):
        return "" if _grows(quotients) else _UNSETTLED
    return replace(best, whole=value.is_integer() and start.is_integer())


def _approached(limit: Slope, quotients: Sequence[tuple[float, float]]) -> bool:
    """Whether no smaller step leads away from a limit, as it does where a function waves between all of them."""
    apart = max(abs(quotient - limit.value) for quotient, _ in quotients[:3]) + limit.error
    return all(abs(quotient - limit.value) <= apart + 10 * noise for quotient, noise in quotients)


def _grows(quotients: Sequence[tuple[float, float]]) -> bool:
    """Whether quotients grow without a limit and evenly, as they do at a jump or a vertical tangent."""
    sizes = [abs(quotient) for quotient, noise in quotients[-6:] if abs(quotient) > noise]
    ratios = [finer / coarser for coarser, finer in pairwise(sizes)]
    return len(ratios) > 1 and min(ratios) > 1.1 and max(ratios) < 1.5 * min(ratios)
