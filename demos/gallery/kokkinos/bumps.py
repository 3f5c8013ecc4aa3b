"""A function put together from soft thresholds: O2."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np

from demos.gallery import pytorch
from demos.gallery.example import Comparison, Result
from demos.gallery.kokkinos.course import course
from demos.plots.figure import blank
from scalar import Value, sigmoid

if TYPE_CHECKING:
    from matplotlib.figure import Figure


@course.example("O2", "Ridges, bumps and sums of bumps", engines="scalar")
def ridges_and_bumps() -> Result:
    """Two opposite soft thresholds make a ridge, two ridges a bump, and a sum of bumps comes near any smooth function.

    ridge(x) = σ(k(r + x)) + σ(k(r − x)) − 1 is 1 for |x| < r and 0 far from there. The sum of a ridge along y and one
    along x is 2 where they cross and at most 1 elsewhere: a third threshold keeps the crossing alone. Bumps on a grid,
    each as high as the function at its centre, approach the function as they get smaller.

    Source: I. Kokkinos, Introduction to Machine Learning, week 5, networks with two hidden layers.
    """

    def ridge(x: Any, r: float, k: float) -> Any:
        return sigmoid(k * (r + x)) + sigmoid(k * (r - x)) - 1

    def bump(x: Any, y: Any, r: float, k: float) -> Any:
        return sigmoid(20 * (ridge(x, r, k) + ridge(y, r, k) - 1.5))

    def target(x: float, y: float) -> float:
        return math.sin(3 * x) * math.cos(2 * y) + 0.5 * x

    def sum_of_bumps(x: float, y: float, m: int) -> float:
        centres = [(2 * i + 1) / m - 1 for i in range(m)]
        return sum(target(a, b) * bump(x - a, y - b, 1 / m, 20 * m) for a in centres for b in centres)

    probes = [(x, y) for x in np.linspace(-0.9, 0.9, 19) for y in np.linspace(-0.9, 0.9, 19)]
    errors = {m: sum(abs(sum_of_bumps(x, y, m) - target(x, y)) for x, y in probes) / len(probes) for m in (4, 8, 16)}

    x, y = Value(0.45, "x"), Value(0.3, "y")
    out = bump(x, y, r=0.5, k=10)
    out.label = "bump"
    out.backward()

    def sigmoid_slope(x: float) -> float:
        return sigmoid(x) * (1 - sigmoid(x))

    def in_torch(torch: Any, x: Any, y: Any) -> Any:
        ridges = [torch.sigmoid(10 * (0.5 + v)) + torch.sigmoid(10 * (0.5 - v)) - 1 for v in (x, y)]
        return torch.sigmoid(20 * (ridges[0] + ridges[1] - 1.5))

    def surfaces(functions: dict[str, Any], count: int) -> Figure:
        figure = blank(10.0, 3.6)
        ticks = np.linspace(-1.0, 1.0, count)
        grid = figure.subplots(1, len(functions), subplot_kw={"projection": "3d"})
        for axes, (name, f) in zip(grid, functions.items(), strict=True):
            heights = np.array([[f(x, y) for x in ticks] for y in ticks])
            axes.plot_surface(
                *np.meshgrid(ticks, ticks), heights, cmap="viridis", rcount=count, ccount=count, rasterized=True
            )
            axes.set(xlabel="$x$", ylabel="$y$", xticks=[-1, 0, 1], yticks=[-1, 0, 1])
            axes.set_title(name, fontsize=10)
        return figure

    parts = {
        "a soft threshold": lambda x, _: sigmoid(10 * (0.5 + x)),
        "a ridge: two of them, opposite": lambda x, _: ridge(x, 0.5, 10),
        "a bump: two ridges and a threshold": lambda x, y: bump(x, y, 0.5, 10),
    }
    sums = {
        "the function": target,
        "16 bumps": lambda x, y: sum_of_bumps(x, y, 4),
        "64 bumps": lambda x, y: sum_of_bumps(x, y, 8),
    }
    slopes = [20 * 10 * (sigmoid_slope(10 * (0.5 + v)) - sigmoid_slope(10 * (0.5 - v))) for v in (0.45, 0.3)]
    return Result(
        numbers={
            "ridge, r = 0.5 and k = 10, at x = 0, 0.5 and 1": [ridge(x, 0.5, 10) for x in (0, 0.5, 1)],
            "bump at (0, 0), (1, 0) and (1, 1)": [bump(x, y, 0.5, 10) for x, y in ((0, 0), (1, 0), (1, 1))],
            **{f"mean distance of {m * m} bumps from the function": error for m, error in errors.items()},
        },
        comparisons=[
            Comparison(
                name="(∂bump/∂x, ∂bump/∂y) at (0.45, 0.3)",
                engine=[x.grad, y.grad],
                closed_form=[out.data * (1 - out.data) * slope for slope in slopes],
                torch=pytorch.gradient(in_torch, 0.45, 0.3),
            )
        ],
        graphs={"A bump at (0.45, 0.3)": out},
        plots={
            "Threshold, ridge, bump": lambda: surfaces(parts, 40),
            "A function as a sum of bumps": lambda: surfaces(sums, 40),
        },
    )
