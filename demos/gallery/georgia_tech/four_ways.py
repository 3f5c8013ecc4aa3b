"""Four ways to a derivative: T5."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from fractions import Fraction
from typing import Any

from demos.gallery import pytorch
from demos.gallery.example import Comparison, Result
from demos.gallery.georgia_tech.course import course
from demos.plots import difference_error
from scalar import Value

Swell = tuple[int, int, int, int]  # n, and the operations of lₙ, of its derivative written out, and of the engine


@course.example("T5", "Four ways to a derivative", engines="scalar", needs=("sympy",))
def four_ways() -> Result:
    """The derivative of l₄, where l₁ = x and lₙ₊₁ = 4lₙ(1 − lₙ), at x = 0.2: by hand, in symbols, numerical, automatic.

    By hand and in symbols it is exact but long: written out, the derivative swells with each n. Numerically it is
    short but inexact: a large h errs by the formula, a small one by rounding. Automatically it is exact to rounding,
    and its backward sweep grows by the same few products with each n.

    Sources: Georgia Tech, CS 7643, automatic differentiation; Baydin, Pearlmutter, Radul and Siskind, "Automatic
    differentiation in machine learning: a survey", 2018, figure 2.
    """
    import sympy

    number = 0.2

    def logistic_map(x: Any, n: int = 4) -> Any:
        """lₙ(x), of anything that can be multiplied."""
        for _ in range(n - 1):
            x = 4 * x * (1 - x)
        return x

    def by_hand(x: Any) -> Any:
        return (
            128 * x * (1 - x) * (-8 + 16 * x) * (1 - 2 * x) ** 2 * (1 - 8 * x + 8 * x**2)
            + 64 * (1 - x) * (1 - 2 * x) ** 2 * (1 - 8 * x + 8 * x**2) ** 2
            - 64 * x * (1 - 2 * x) ** 2 * (1 - 8 * x + 8 * x**2) ** 2
            - 256 * x * (1 - x) * (1 - 2 * x) * (1 - 8 * x + 8 * x**2) ** 2
        )

    exact = by_hand(Fraction(number))  # a fraction does not round

    symbol = sympy.Symbol("x")
    symbolic = sympy.diff(logistic_map(symbol), symbol)
    swell: list[Swell] = []
    for n in range(1, 9):
        formula = logistic_map(symbol, n)
        written_out = sympy.count_ops(sympy.diff(formula, symbol))
        recorded = sum(len(step.terms) for step in logistic_map(Value(number), n).chain_rule())
        swell.append((n, int(sympy.count_ops(formula)), int(written_out), recorded))

    steps = [10**-k for k in range(1, 17)]
    forward = [abs((logistic_map(number + h) - logistic_map(number)) / h - float(exact)) for h in steps]
    central = [abs((logistic_map(number + h) - logistic_map(number - h)) / (2 * h) - float(exact)) for h in steps]

    x = Value(number, "x")
    l4 = logistic_map(x)
    l4.label = "l₄"
    l4.backward()
    return Result(
        numbers={
            "by hand, in fractions": float(exact),
            "symbolic": float(symbolic.subs(symbol, number)),
            "numerical, least error of the forward difference": min(forward),
            "… at h": steps[forward.index(min(forward))],
            "… its error at h = 1e−15": forward[steps.index(10**-15)],
            "numerical, least error of the central difference": min(central),
            "automatic": x.grad,
            "automatic, its error": float(abs(Fraction(x.grad) - exact)),
            "operations of l₄, of its derivative written out, and products of the backward sweep": list(swell[3][1:]),
            "the same for l₈": list(swell[7][1:]),
        },
        comparisons=[
            Comparison(
                name="dl₄/dx",
                engine=x.grad,
                closed_form=float(exact),
                torch=pytorch.gradient(lambda torch, x: logistic_map(x), number),
            )
        ],
        graphs={"l₄": l4},
        plots={
            "Numerical: the error by step, down to the floor of round-off": lambda: _errors(
                logistic_map, float(exact), number
            ),
            "Symbolic: the swell of the expression": lambda: _swell(swell),
            "The function and its derivative": lambda: _curves(logistic_map, by_hand, number),
        },
        notes={
            "Symbolic: the derivative as sympy writes it": sympy.sstr(symbolic).replace("**", "^").replace("*", "·"),
            "Symbolic: the swell of the expression": "\n".join(
                [
                    " n  operations of lₙ  of its derivative  products of the backward sweep",
                    *(f"{n:>2}  {of_l:>16}  {of_slope:>17}  {recorded:>30}" for n, of_l, of_slope, recorded in swell),
                ]
            ),
        },
    )


def _errors(l4: Callable[[float], float], exact: float, x: float) -> Any:
    """The error of finite differences, and what rounding l₄(x + h) and l₄(x) to 53 bits may do to their quotient."""
    from demos.plots.calculus import STEPS
    from demos.plots.figure import GREY

    figure = difference_error(l4, exact, x, name="l₄")
    (axes,) = figure.axes
    round_off = sys.float_info.epsilon * l4(x)
    small = [h for h in STEPS if h < 1e-5]
    axes.loglog(small, [round_off / h for h in small], color=GREY, linestyle="--", linewidth=1.2)
    axes.annotate("round-off: ε·$l_4$ / h", (small[0], round_off / small[0]), fontsize=8)
    return figure


def _curves(l4: Callable[[float], float], slope: Callable[[float], float], at: float) -> Any:
    from demos.plots.figure import BLUE, INK, VERMILLION, blank, finish

    figure = blank(6.4, 4.4)
    x = [i / 400 for i in range(401)]
    panels = figure.subplots(2, 1, sharex=True)
    for axes, f, name, colour in zip(panels, (l4, slope), ("$l_4$", "$l_4'$"), (BLUE, VERMILLION), strict=True):
        axes.plot(x, [f(number) for number in x], color=colour, linewidth=2)
        axes.plot(at, f(at), color=INK, marker="o", markersize=5)
        finish(axes, ylabel=name)
    panels[1].set_xlabel("$x$")
    return figure


def _swell(swell: Sequence[Swell]) -> Any:
    from demos.plots.figure import BLUE, GREEN, VERMILLION, blank, finish

    figure = blank(6.4, 4.0)
    axes = figure.subplots()
    n = [row[0] for row in swell[1:]]
    for column, colour, marker, label in (
        (2, VERMILLION, "s", "operations of $l_n'$, written out"),
        (1, BLUE, "o", "operations of $l_n$, written out"),
        (3, GREEN, "^", "products of the backward sweep"),
    ):
        axes.semilogy(n, [row[column] for row in swell[1:]], color=colour, marker=marker, label=label)
    finish(axes, "$n$")
    axes.legend(loc="upper left", frameon=False)
    return figure
