"""Regression: G1 and G2."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

import vector
from demos import plots
from demos.gallery import pytorch
from demos.gallery.example import Comparison, Result
from demos.gallery.fields.course import course
from demos.plots.figure import BLUE, GREY, INK, VERMILLION, blank, finish


@course.example("G1", "Linear regression", engines="vector")
def linear_regression(steps: int = 300, rate: float = 0.3) -> Result:
    """Gradient descent on the cost C = ½·mean (y − t)² of the line y = wx + b arrives at the least-squares solution.

    Each step moves against the gradient: w ← w − α·∂C/∂w and b ← b − α·∂C/∂b, with the learning rate α.

    Source: R. Grosse, Fields Machine Learning Course, lecture 1.
    """
    generator = np.random.default_rng(1)
    x = generator.uniform(-1, 3, 40)
    t = 0.8 * x - 0.5 + 0.3 * generator.normal(size=x.size)

    def cost(w: Any, b: Any) -> Any:
        y = w * x + b
        return np.mean((y - t) ** 2) / 2

    gradient = vector.grad(cost, (0, 1))
    w, b = -1.0, 2.0
    path = [(w, b)]
    for _ in range(steps):
        w_bar, b_bar = gradient(w, b)
        w, b = w - rate * float(w_bar), b - rate * float(b_bar)
        path.append((w, b))

    solution = np.linalg.lstsq(np.stack([x, np.ones_like(x)], axis=1), t)[0]
    error = path[0][0] * x + path[0][1] - t
    C = cost(vector.nn.parameter(path[0][0], "w"), vector.nn.parameter(path[0][1], "b"))
    C.label = "C"
    C.backward(retain_all=True)
    return Result(
        numbers={"w": w, "b": b, "cost at the start": cost(*path[0]), "cost at the end": cost(w, b), "steps": steps},
        comparisons=[
            Comparison(name="(w, b) after the descent", engine=[w, b], closed_form=solution, tolerance=1e-6),
            Comparison(
                name="(∂C/∂w, ∂C/∂b) at the start",
                engine=gradient(*path[0]),
                closed_form=[np.mean(error * x), np.mean(error)],
                torch=pytorch.gradient(
                    lambda torch, w, b: torch.mean((w * torch.tensor(x) + b - torch.tensor(t)) ** 2) / 2, *path[0]
                ),
            ),
        ],
        graphs={"The cost at the start of the descent": C},
        plots={
            "The line during the descent": lambda: _lines(x, t, path),
            "The descent over the cost": lambda: _descent(cost, path),
        },
    )


def _lines(x: Any, t: Any, path: Sequence[tuple[float, float]]) -> Any:
    figure = blank(6.4, 4.2)
    axes = figure.subplots()
    axes.scatter(x, t, s=22, color=INK, zorder=3, label="data")
    ends = np.array([x.min(), x.max()])
    shown = [step for step in (0, 1, 2, 5, 10, 20, 50) if step < len(path) - 1]
    for place, step in enumerate(shown):
        w, b = path[step]
        axes.plot(ends, w * ends + b, color=BLUE, alpha=0.25 + 0.6 * place / len(shown), linewidth=1.3)
        axes.annotate(
            f"{step}", (ends[0], w * ends[0] + b), (-12, -3), textcoords="offset points", fontsize=8, color=BLUE
        )
    w, b = path[-1]
    axes.plot(ends, w * ends + b, color=VERMILLION, linewidth=2.2, label=f"after {len(path) - 1} steps")
    finish(axes, "$x$", "$t$")
    axes.margins(x=0.06)
    axes.legend(frameon=False, loc="upper center")
    axes.set_title("in blue: after so many steps", loc="right", fontsize=8, color=GREY)
    return figure


def _descent(cost: Callable[[float, float], Any], path: Sequence[tuple[float, float]]) -> Any:
    figure = plots.descent_paths(cost, {"gradient descent": path})
    figure.axes[0].set(xlabel="$w$", ylabel="$b$")
    return figure


@course.example("G2", "Polynomial feature maps", engines="vector")
def polynomial_features(shown: Sequence[int] = (0, 1, 3, 9)) -> Result:
    """Linear regression on the features ψ(x) = (1, x, …, xᴹ) fits curves: it underfits at M = 0, and overfits at M = 9.

    The training cost falls with the degree M; the cost on validation points falls, then rises. The cost is quadratic
    in w, so Newton's step w ← w − H⁻¹·∂C/∂w lands at the minimum from anywhere; a second one removes the first one's
    rounding.

    Source: R. Grosse, Fields Machine Learning Course, lecture 1, after C. Bishop, Pattern Recognition and Machine
    Learning, section 1.1.
    """
    generator = np.random.default_rng(3)
    x, x_valid = np.linspace(-1, 1, 10), generator.uniform(-1, 1, 100)
    t, t_valid = (np.sin(np.pi * xs) + 0.25 * generator.normal(size=xs.size) for xs in (x, x_valid))

    def features(x: Any, degree: int) -> Any:
        return x[:, None] ** np.arange(degree + 1)

    def cost(w: Any, psi: Any, t: Any) -> Any:
        y = psi @ w
        return np.mean((y - t) ** 2) / 2

    weights, train, valid, judged = [], [], [], []
    for degree in range(10):
        psi = features(x, degree)
        w = np.zeros(degree + 1)
        for _ in range(2):
            w = w - np.linalg.solve(vector.hessian(cost)(w, psi, t), vector.grad(cost)(w, psi, t))
        weights.append(w)
        train.append(float(cost(w, psi, t)))
        valid.append(float(cost(w, features(x_valid, degree), t_valid)))
        judged.append(np.linalg.lstsq(psi, t)[0])

    nine = features(x, 9)
    return Result(
        numbers={
            "training cost": {f"degree {degree}": train[degree] for degree in shown},
            "validation cost": {f"degree {degree}": valid[degree] for degree in shown},
            "degree of the least validation cost": int(np.argmin(valid)),
            "largest weight": {f"degree {degree}": float(abs(weights[degree]).max()) for degree in shown},
        },
        comparisons=[
            *(
                Comparison(
                    name=f"w, degree {degree}", engine=weights[degree], closed_form=judged[degree], tolerance=1e-9
                )
                for degree in shown
            ),
            Comparison(
                name="∂C/∂w at w = 0, degree 9",
                engine=vector.grad(cost)(np.zeros(10), nine, t),
                closed_form=nine.T @ (0 - t) / t.size,
                torch=pytorch.gradient(
                    lambda torch, w: torch.mean((torch.tensor(nine) @ w - torch.tensor(t)) ** 2) / 2, np.zeros(10)
                ),
            ),
        ],
        plots={
            "The fits": lambda: _fits(x, t, {degree: weights[degree] for degree in shown}),
            "Training and validation cost": lambda: _costs(train, valid),
        },
    )


def _fits(x: Any, t: Any, weights: dict[int, Any]) -> Any:
    figure = blank(8.0, 5.0)
    grid = np.linspace(-1.05, 1.05, 300)
    panels = figure.subplots(2, -(-len(weights) // 2), sharex=True, sharey=True, squeeze=False).ravel()
    for axes, (degree, w) in zip(panels, weights.items(), strict=False):
        axes.plot(grid, np.sin(np.pi * grid), color=GREY, linewidth=1.2, linestyle=":", label="without noise")
        axes.plot(grid, np.polyval(w[::-1], grid), color=VERMILLION, linewidth=2.0, label="fit")
        axes.scatter(x, t, s=22, color=INK, zorder=3, label="training points")
        finish(axes)
        axes.set(ylim=(-2.0, 2.0))
        axes.set_title(f"degree {degree}", fontsize=10, color=INK)
    panels[0].legend(frameon=False, fontsize=8, loc="upper left")
    return figure


def _costs(train: Sequence[float], valid: Sequence[float]) -> Any:
    figure = blank(6.4, 4.0)
    axes = figure.subplots()
    positive = [(degree, cost) for degree, cost in enumerate(train) if cost > 1e-20]  # through all points it is 0
    axes.semilogy(*zip(*positive, strict=True), color=BLUE, linewidth=1.8, marker="o", markersize=4, label="training")
    axes.semilogy(valid, color=VERMILLION, linewidth=1.8, marker="s", markersize=4, label="validation")
    finish(axes, "degree of the polynomial", "cost")
    axes.annotate("underfitting", (0.5, valid[0]), (0, -6), textcoords="offset points", fontsize=9, color=GREY)
    axes.annotate("overfitting", (8.6, valid[9]), (-64, -4), textcoords="offset points", fontsize=9, color=GREY)
    axes.set_xticks(range(len(valid)))
    axes.set_title(
        "on the training points the cost of degree 9 is 0 up to rounding", loc="right", fontsize=8, color=GREY
    )
    axes.legend(frameon=False, loc="lower left")
    return figure
