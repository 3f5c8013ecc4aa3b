"""Threshold logic units: C1."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING

import numpy as np

from demos.gallery.courty.course import course
from demos.gallery.example import Comparison, Result
from demos.plots.figure import BLUE, INK, VERMILLION, blank
from scalar import Value

if TYPE_CHECKING:
    from matplotlib.figure import Figure


@course.example("C1", "Threshold logic units", engines="scalar")
def threshold_logic_units() -> Result:
    """A unit that fires where a weighted sum exceeds 0 computes or, and, or not; five of them compute xor.

    The sums are a + b − 0.5 for or, a + b − 1.5 for and, −a + 0.5 for not. One unit divides the plane by one straight
    line; xor needs two lines, and so a second layer.

    Source: N. Courty, Introduction to Deep Learning, lecture 2, threshold logic units (McCulloch and Pitts, 1943).
    """

    def or_(a: Value, b: Value) -> Value:
        y = (a + b - 0.5).step()
        y.label = "or"
        return y

    def and_(a: Value, b: Value) -> Value:
        y = (a + b - 1.5).step()
        y.label = "and"
        return y

    def not_(a: Value) -> Value:
        y = (-a + 0.5).step()
        y.label = "not"
        return y

    def xor(a: Value, b: Value) -> Value:
        return or_(and_(a, not_(b)), and_(not_(a), b))

    gates = {"or": or_, "and": and_, "not": lambda a, _: not_(a), "xor": xor}
    corners = list(itertools.product((0, 1), repeat=2))
    truth = {name: [int(gate(Value(a), Value(b)).data) for a, b in corners] for name, gate in gates.items()}
    y = xor(Value(1, "a"), Value(0, "b"))
    y.backward()
    units = [step.variable for step in y.chain_rule() if step.variable.op == "step"]

    def lines() -> Figure:
        figure = blank(10.0, 2.9)
        ticks = np.linspace(-0.5, 1.5, 80)  # an even number, so that none lies on a line
        for axes, (name, gate) in zip(figure.subplots(1, 4), gates.items(), strict=True):
            fires = [[gate(Value(a), Value(b)).data for a in ticks] for b in ticks]
            axes.contourf(ticks, ticks, fires, levels=[-0.5, 0.5, 1.5], colors=[BLUE, VERMILLION], alpha=0.2)
            axes.contour(ticks, ticks, fires, levels=[0.5], colors=INK, linewidths=1.6)
            for (a, b), fired in zip(corners, truth[name], strict=True):
                axes.plot(a, b, marker="s" if fired else "o", color=VERMILLION if fired else BLUE, markersize=8)
                axes.annotate(str(fired), (a, b), (7, 5), textcoords="offset points", color=INK)
            axes.set(title=name, xlabel="$a$", xticks=[0, 1], yticks=[0, 1], aspect="equal")
        figure.axes[0].set_ylabel("$b$")
        return figure

    return Result(
        numbers={
            "(a, b)": corners,
            "or, a + b − 0.5 > 0": truth["or"],
            "and, a + b − 1.5 > 0": truth["and"],
            "not a, −a + 0.5 > 0": truth["not"],
            "xor": truth["xor"],
            "units in xor": len(units),
        },
        comparisons=[
            Comparison(name="a or b", engine=truth["or"], closed_form=[a | b for a, b in corners]),
            Comparison(name="a and b", engine=truth["and"], closed_form=[a & b for a, b in corners]),
            Comparison(name="not a", engine=truth["not"], closed_form=[1 - a for a, _ in corners]),
            Comparison(name="a xor b", engine=truth["xor"], closed_form=[a ^ b for a, b in corners]),
        ],
        graphs={"1 xor 0, from five units": y},
        plots={"Decision lines": lines},
    )
