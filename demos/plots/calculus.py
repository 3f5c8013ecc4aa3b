"""Functions of one variable: an activation with its derivative, and what finite differences make of one."""

import math
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from demos.plots.figure import BLUE, GREY, INK, VERMILLION, blank, finish

if TYPE_CHECKING:
    from matplotlib.figure import Figure

Function = Callable[[float], float]

STEPS = tuple(10 ** (-exponent / 4) for exponent in range(65))  # from 1 down to 1e-16


def activation(
    function: Function, derivative: Function, *, name: str, span: tuple[float, float] = (-4.0, 4.0), points: int = 401
) -> "Figure":
    """A function and its derivative over the same axis.

    Args:
        function, derivative: of a number.
        name: of the function.
        span: the smallest and the largest number.
        points: how many numbers in between are asked for.

    Raises:
        ImportError: matplotlib is not installed.
    """
    figure = blank(6.0, 3.8)
    axes = figure.subplots()
    start, end = span
    x = [start + (end - start) * index / (points - 1) for index in range(points)]
    axes.axhline(0.0, color=GREY, linewidth=0.8)
    axes.axvline(0.0, color=GREY, linewidth=0.8)
    axes.plot(x, [float(function(value)) for value in x], color=BLUE, linewidth=2.2, label=name)
    slopes = [float(derivative(value)) for value in x]
    axes.plot(x, slopes, color=VERMILLION, linewidth=2.0, linestyle="--", label=f"its derivative {name}′")
    finish(axes, "$x$")
    axes.legend(loc="upper left", frameon=False)
    return figure


def difference_error(
    function: Function, derivative: float, x: float, *, name: str = "f", steps: Sequence[float] = STEPS
) -> "Figure":
    """How far finite differences are from the derivative, by step h, on logarithmic axes.

    At large h the formula's own error rules: it falls as h for (f(x + h) − f(x)) / h and as h² for the central
    difference. At small h rounding rules, and the error grows as 1/h.

    Args:
        function: of a number.
        derivative: the true one at `x`.
        x: where.
        name: of the function.
        steps: the sizes of h.

    Raises:
        ImportError: matplotlib is not installed.
    """
    figure = blank(6.4, 4.2)
    axes = figure.subplots()
    forward = [(function(x + h) - function(x)) / h for h in steps]
    central = [(function(x + h) - function(x - h)) / (2 * h) for h in steps]
    curves = (
        ("forward: (f(x + h) − f(x)) / h", forward, BLUE, "o"),
        ("central: (f(x + h) − f(x − h)) / 2h", central, VERMILLION, "s"),
    )
    for label, quotients, colour, marker in curves:
        errors = [abs(quotient - derivative) or math.nan for quotient in quotients]  # 0 has no place on these axes
        axes.loglog(steps, errors, color=colour, linewidth=1.4, marker=marker, markersize=3, label=label)
        drawn = [(error, h) for error, h in zip(errors, steps, strict=True) if error == error]
        for error, h in sorted(drawn)[:1]:
            best = f"h = {h:.0e}"
            axes.annotate(best, (h, error), (0, -12), textcoords="offset points", ha="center", fontsize=8, color=INK)
    finish(axes, "step $h$", f"error of {name}′({x:g})")
    axes.margins(y=0.08)
    axes.legend(loc="lower right", bbox_to_anchor=(1.0, 1.0), ncols=2, frameon=False, fontsize=8)
    return figure
