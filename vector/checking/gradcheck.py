"""`check_grads`: are a function's derivatives right? What it does stands in `vector.checking.verification`.

Source of the method, a random direction and a random cotangent instead of whole Jacobians: Griewank & Walther,
"Evaluating Derivatives" (2008), section 3.1.
"""

import warnings
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from vector.arrays import Generator
from vector.checking.differences import Settings, ladder
from vector.checking.flattening import FlatFunction
from vector.checking.report import GradientReport
from vector.checking.verification import verify

MODES = ("reverse", "forward")


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


def check_grads(
    f: Callable[..., Any], *args: Any, modes: Sequence[str] = MODES, order: int = 2, directions: int = 2,
    generator: Generator = None, step: float | None = None, rtol: float | None = None, raises: bool = True,
) -> GradientReport:  # fmt: skip
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

    Warns:
        UserWarning: a derivative could not be judged, unless `raises` is False.

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
    report = verify(flat, Settings(modes, order, directions, ladder(eps, step), rtol, doubt, eps, draw))
    if raises and not report.ok:
        raise GradientError(report)
    if raises and (row := next(iter(report.unjudged), None)):
        warnings.warn(
            f"check_grads: cannot judge {len(report.unjudged)} of {len(report)} derivatives, first argument "
            f"{row.argument}, {row.mode} mode, order {row.order}: {row.reason}; check at another point, or with `step`",
            stacklevel=2,
        )
    return report
