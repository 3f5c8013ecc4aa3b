"""`check_grads`: are a function's derivatives right? Against central differences in random directions.

Source of the method, a random direction and a random cotangent instead of whole Jacobians: Griewank & Walther,
"Evaluating Derivatives" (2008), section 3.1.
"""

import warnings
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from typing import Any, Self

import numpy as np

from vector.arrays import Generator
from vector.checking.differences import Ray, Settings, direction, evaluated, ladder
from vector.checking.flattening import FlatFunction
from vector.checking.report import GradientReport, GradientRow, Verdict
from vector.diagnostics.conventions import Convention, conventions
from vector.tensor import Tensor
from vector.transforms import jvp, vjp

MODES = ("reverse", "forward")
_ACCUSED = 0.25  # the share of a derivative to which the differences must know it to call another one wrong
_STAIRS = 2.0**-8  # the last digit from which on floor and its kind look smooth

Kinks = Sequence[Convention]  # what the convention report of the function says about one argument


class GradientError(AssertionError):
    """Raised by `check_grads` for a derivative that is not what differences say; `report` has all the rows."""

    def __init__(self, report: GradientReport) -> None:
        row = report.wrong[0]
        what = (
            f"expected |analytic - numerical| <= {row.tolerance:.1e}, got {row.error:.1e}; correct the rule"
            if row.verdict == "mismatch"
            else "expected finite numbers; check at a point where f and its derivative are finite on all sides"
        )
        super().__init__(
            f"check_grads: argument {row.argument}, {row.mode} mode, order {row.order}: analytic {row.analytic:.10g}, "
            f"numerical {row.numerical:.10g}; {what}\n{report}"
        )
        self.report = report


def check_grads(f: Callable[..., Any], *args: Any, modes: Sequence[str] = MODES, order: int = 2, directions: int = 2,
                generator: Generator = None, step: float | None = None, rtol: float | None = None,
                raises: bool = True) -> GradientReport:  # fmt: skip
    """Check the derivatives of f at a point, by each array of its arguments, against central differences.

    Args:
        f: of Tensors, in any nested structure, to Tensors in any nested structure.
        args: the point: arrays and numbers in nested lists, tuples and dictionaries. Integer and boolean arrays
            (labels, indices) are held fixed; a whole Python number is meant as a float, as in `grad`.
        modes: "reverse", "forward" or both.
        order: up to which order; a second derivative is checked as the derivative of each first one.
        directions: how many random directions for each array; a row shows the worst.
        generator: where the directions come from; always the same ones by default.
        step: of the differences, relative to the size of an argument. By default ∛eps of the narrowest dtype of
            arguments and results. Larger and smaller ones beside it tell how far the differences can be trusted: f is
            evaluated in its own dtype.
        rtol: how large the error may be, relative to the derivative, beyond that; 10·eps^(2/3) by default.
        raises: False to have the report whatever it says.

    Why random directions? ⟨v, J·u⟩ = ⟨Jᵀ·v, u⟩ for random u and v hangs on every entry of the Jacobian J, for the price
    of two evaluations. Why not v = 1, that is, f.sum()? The sum of a softmax is 1 whatever its argument, and any rule
    that gives a multiple of the right gradient then gives 0, as it should.

    >>> import numpy as np
    >>> print(check_grads(lambda x: x**3, np.array(2.0), modes=["reverse"], directions=1))
    argument  mode                  order     analytic    numerical    error  verdict
    x         reverse                   1  -0.39862978  -0.39862978  ...  agrees
    x         reverse over reverse      2  -0.16956012  -0.16956012  ...  agrees

    On a kink the derivative is a choice (see `Tensor.conventions`) and differences say something between: such a row's
    verdict is "convention", if the derivative is right beside the kink. Where differences cannot tell right from wrong,
    because the step is too large for how f bends, rounding hides the derivative, f is not finite beside the point, or
    f reads one half of a symmetric matrix, it is "cannot judge", with the reason, and a warning says so:

    >>> print(check_grads(np.sin, 1e8, modes=["reverse"], directions=1, order=1, raises=False))
    argument  mode     order  ...  verdict
    0         reverse      1  ...  cannot judge here: the differences depend on the step

    Warns UserWarning: a derivative could not be judged, unless `raises` is False.

    Raises:
        GradientError: a derivative is wrong, or not finite.
        TypeError: nothing to differentiate by; f gives something else than real numbers, or nothing with a derivative.
        ValueError: an unknown mode, an order or a number of directions below 1; the point or f there is not finite;
            f gives different values for the same arguments.
    """
    if not modes or isinstance(modes, str) or not {*modes} <= {*MODES}:
        raise ValueError(f"check_grads: expected modes from {MODES}, in a list or tuple, got {modes!r}")
    if order < 1 or directions < 1:
        raise ValueError(f"check_grads: expected order >= 1 and directions >= 1, got {order} and {directions}")
    flat = FlatFunction(f, args)
    eps = max(float(np.finfo(x.dtype).eps) for x in (*flat.point, *flat.checked_outputs()))
    rtol = 10 * eps ** (2 / 3) if rtol is None else rtol
    doubt, draw = min(20 * eps ** (1 / 3), 0.25), generator or np.random.default_rng(0)
    settings = Settings(modes, order, directions, ladder(eps, step), rtol, doubt, eps, draw)
    kinks = [_kinks(flat, k) for k in range(len(flat.point))]
    report = GradientReport(sorted(_rows(flat, flat, kinks, settings, 1, ""), key=lambda row: row.order))
    if raises and not report.ok:
        raise GradientError(report)
    if raises and (row := next(iter(report.unjudged), None)):
        warnings.warn(
            f"check_grads: cannot judge {len(report.unjudged)} of {len(report)} derivatives, first argument "
            f"{row.argument}, {row.mode} mode, order {row.order}: {row.reason}; check at another point, or with `step`",
            stacklevel=2,
        )
    return report


def _rows(
    f: Callable[..., list[Any]], flat: FlatFunction, kinks: Sequence[Kinks], settings: Settings, order: int, over: str
) -> Iterator[GradientRow]:
    """The rows of f's derivatives, then those of their derivatives."""
    draw = settings.generator
    cotangents = [draw.normal(size=out.shape).astype(out.dtype) for out in evaluated(f, flat.point)]
    for k, (name, x) in enumerate(zip(flat.names, flat.point, strict=True)):
        if not x.size:
            yield from (GradientRow(name, mode + over, order, 0.0, 0.0, 0.0, 0.0, "empty") for mode in settings.modes)
            continue
        ways = [direction(draw, x) for _ in range(settings.directions)]
        judges = [_Judge(f, flat.point, k, way, cotangents, settings) for way in ways]
        for mode in settings.modes:
            yield max((judge.row(name, mode, over, order, kinks[k]) for judge in judges), key=_gravity)
    if order < settings.order:
        speeds = [(direction(draw, x) if x.size else x).astype(x.dtype) for x in flat.point]
        first: dict[str, Callable[..., list[Any]]] = {
            "reverse": lambda *xs: list(vjp(f, *xs)[1](cotangents)),
            "forward": lambda *xs: jvp(f, xs, speeds)[1],
        }
        for mode in settings.modes:
            yield from _rows(first[mode], flat, kinks, settings, order + 1, f" over {mode}{over}")


class _Judge(Ray):
    """The same directional derivative from the engine and from differences."""

    def row(self, name: str, mode: str, over: str, order: int, kinks: Kinks) -> GradientRow:
        """The engine's derivative in one mode, and the verdict on it."""
        analytic = self.analytic(mode)
        value, tolerance, reason = self.closest(analytic)
        error = abs(analytic - value)
        verdict: Verdict = "mismatch"
        if error <= tolerance and not reason:
            verdict = "agrees"
        elif self.is_convention(mode, order, analytic, kinks):
            verdict, reason = "convention", ""
        elif not np.isfinite(analytic):
            verdict, reason = "undefined", ""
        elif reason := reason or self.only_symmetric(mode) or self.unconfirmed(analytic) or self.lost(error):
            verdict = "cannot judge"
        return GradientRow(name, mode + over, order, analytic, value, error, tolerance, verdict, reason)

    def unconfirmed(self, analytic: float) -> str:
        """Why the value may not be the derivative: "" where a smaller and an irregular step say the same.

        Of a staircase, the steps of a ladder see the slope of the ramp below it, and of something periodic perhaps
        nothing.
        """
        x, eps, u, numerical = self.xs[self.argument], self.settings.eps, self.way, self.numerical
        tiny = max(float(np.finfo(array.dtype).tiny) for array in (x, *self.cotangents))
        if abs(analytic - numerical.value) <= tiny * sum(float(np.abs(way).sum()) for way in (u, *self.cotangents)):
            return "numbers this small lose their digits"
        smallest = self.settings.steps[-1]
        for h in (0.7368 * smallest, max(smallest / 2**12, 64 * eps)):
            value, noise, outputs = self.probe(h)
            if not abs(value - numerical.value) <= _ACCUSED * numerical.scale + 20 * (noise + numerical.noise):
                return "the differences depend on the step"
            whole = all(np.array_equal(out, np.rint(out)) for out in outputs)
            largest = max(float(np.abs(array).max(initial=0)) for array in (x, *outputs))
            if (whole and numerical.value) or ((whole or analytic == 0) and eps * largest > _STAIRS):
                return "a staircase of f would lie below the last digit"
        return ""

    def lost(self, error: float) -> str:
        """Why rounding on the way, as in x − sin x, may account for an error: "" where it cannot."""
        xs = [Tensor(x, requires_grad=i == self.argument) for i, x in enumerate(self.xs)]
        steps = [step for out, v in zip(self.f(*xs), self.cotangents, strict=True) for step in out.chain_rule(v)]
        # Each result on the way is off by its last digit, of which ⟨v, f⟩ feels as much as its gradient says.
        noise = self.settings.eps * sum(float(np.sum(np.abs(step.variable.data * step.total))) for step in steps)
        return "" if error > 20 * noise / self.settings.steps[1] else "rounding hides the derivative"

    def only_symmetric(self, mode: str) -> str:
        """Why the judge cannot tell at a symmetric argument, of which f may read one half: "" where it can."""
        x = self.xs[self.argument]
        if x.ndim < 2 or not np.array_equal(x, x.swapaxes(-1, -2)):
            return ""
        halves = replace(self, u=(self.u + self.u.swapaxes(-1, -2)) / 2)
        if halves._agrees(mode):
            return "the argument is symmetric, and in symmetric directions it agrees"
        return "the argument is symmetric, and on a kink" if halves.numerical.kink else ""

    def analytic(self, mode: str) -> float:
        """⟨v, J·u⟩ by the engine, in the direction that the differences really take."""
        u = self.way
        if mode == "reverse":
            return float(np.sum(vjp(self.f, *self.xs)[1](self.cotangents)[self.argument].astype(np.float64) * u))
        speeds = [u.astype(x.dtype) if i == self.argument else np.zeros_like(x) for i, x in enumerate(self.xs)]
        moved = jvp(self.f, self.xs, speeds)[1]
        return sum(float(np.sum(v * out.astype(np.float64))) for v, out in zip(self.cotangents, moved, strict=True))

    @property
    def tolerance(self) -> float:
        """How far apart the two may be."""
        return self.settings.rtol * self.numerical.scale + self.numerical.bound

    def closest(self, analytic: float) -> tuple[float, float, str]:
        """The difference to compare with, the tolerance, and why it cannot be compared.

        It is the most trusted one, else any that agrees: beside a kink, only the smallest step stays on one side of it.
        """
        numerical, tolerance, doubt = self.numerical, self.tolerance, self.settings.doubt
        value = numerical.value
        if not self.way.any():
            return value, tolerance, "the step is below the last digit of the argument"
        if analytic == value == numerical.spread == 0:
            return value, tolerance, ""
        near = abs(analytic - value) <= tolerance
        reason = numerical.doubt(analytic, doubt if near else _ACCUSED)
        if reason or not near:
            for rung, noise in numerical.rungs:
                strict = self.settings.rtol * abs(rung) + 4 * noise
                if abs(analytic - rung) <= strict <= doubt * abs(rung):
                    return rung, strict, ""
        return value, tolerance, reason

    def is_convention(self, mode: str, order: int, analytic: float, kinks: Kinks) -> bool:
        """Whether the point is on a kink, the choice made there is a possible one, and beside it all is right."""
        numerical = self.numerical
        possible = all(low <= kink.chosen <= high for kink in kinks for low, high in [kink.interval])
        if not np.isfinite(analytic) or not (kinks or numerical.kink) or not possible:
            return False
        slack = self.tolerance + self.settings.rtol * (abs(numerical.low) + abs(numerical.high))
        if order == 1 and not kinks and not numerical.low - slack <= analytic <= numerical.high + slack:
            return False
        return any(self._beside(distance)._agrees(mode) for distance in (16, 64, 256, 1024))

    def _beside(self, distance: float) -> Self:
        """The same at a point some steps away, each element moved in a random direction and by another amount."""
        draw, x = self.settings.generator, self.xs[self.argument]
        away = draw.uniform(1, 2, x.shape) * draw.choice([-1, 1], x.shape) * np.abs(self.u).max()
        moved = (x.astype(np.float64) + distance * self.settings.steps[1] * away).astype(x.dtype)
        return replace(self, xs=[moved if i == self.argument else x for i, x in enumerate(self.xs)])

    def _agrees(self, mode: str) -> bool:
        analytic = self.analytic(mode)
        value, tolerance, reason = self.closest(analytic)
        return not self.numerical.kink and not reason and abs(analytic - value) <= tolerance


def _kinks(f: FlatFunction, k: int) -> Kinks:
    """What the convention report says when argument k alone varies."""
    xs = [Tensor(x, requires_grad=i == k) for i, x in enumerate(f.point)]
    return [convention for out in f(*xs) for convention in conventions(out)]


def _gravity(row: GradientRow) -> tuple[int, float]:
    """Which of several rows is the worst."""
    order = ("agrees", "convention", "cannot judge", "undefined", "mismatch")
    return order.index(row.verdict), row.error / row.tolerance if row.tolerance else 0.0
