"""Gradient descent: C6 and C7."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

import vector
from demos import plots
from demos.gallery import pytorch
from demos.gallery.courty.course import course
from demos.gallery.example import Claim, Comparison, Result
from demos.gallery.written import written
from demos.plots.figure import GREY, INK, VERMILLION, blank
from scalar import Value

if TYPE_CHECKING:
    from matplotlib.figure import Figure


@course.example("C6", "Gradient descent paths", engines="scalar")
def gradient_descent_paths() -> Result:
    """On f(θ) = θ⁴ − 3θ² + θ, descent ends in a local minimum, in the global one, or nowhere if the rate is too large.

    θ ← θ − η·f′(θ), with f′(θ) = 4θ³ − 6θ + 1. Which minimum is found depends on the start alone. Where η·f″(θ) > 2, a
    step goes farther beyond the minimum than it came from, and the next one farther still.

    Source: N. Courty, Introduction to Deep Learning, lecture 2, gradient descent.
    """

    def f(θ: Any) -> Any:
        return θ**4 - 3 * θ**2 + θ

    cases = {"a local minimum": (2.0, 0.01), "the global minimum": (-2.0, 0.01), "too large a rate": (2.0, 0.2)}
    paths = {}
    for name, (start, η) in cases.items():
        θ = Value(start, "θ", role="parameter")
        paths[name] = [start]
        while len(paths[name]) <= 200 and abs(θ) < 1e3:
            θ.grad = 0.0
            f(θ).backward()
            θ.data -= η * θ.grad
            paths[name].append(θ.data)

    θ = Value(2.0, "θ", role="parameter")
    cost = f(θ)
    cost.label = "f"
    cost.backward()
    lowest, _, local = sorted(np.roots([4, 0, -6, 1]).real)  # where f′ = 0; between the minima lies a maximum

    def over_the_curve() -> Figure:
        figure = blank(10.0, 3.4)
        for axes, (name, path) in zip(figure.subplots(1, 3), paths.items(), strict=True):
            reach = 1.1 * max(abs(θ) for θ in path if abs(θ) < 5)
            ticks = np.linspace(-reach, reach, 200)
            axes.plot(ticks, f(ticks), color=GREY, linewidth=1.6)
            axes.set(xlim=(-reach, reach), ylim=(-6, 1.1 * f(reach)))  # a path may leave it
            axes.plot(path, [f(θ) for θ in path], color=VERMILLION, linewidth=1.0, marker="o", markersize=4)
            axes.plot(path[0], f(path[0]), color=INK, marker="o", markersize=9, fillstyle="none")
            start, η = cases[name]
            axes.set_title(f"{name}\nstart {written(start)}, η = {η:g}", fontsize=9)
            axes.set_xlabel("θ")
            axes.spines[["top", "right"]].set_visible(False)
        figure.axes[0].set_ylabel("f(θ)")
        return figure

    return Result(
        numbers={
            f"{name}: from {written(start)} with rate {η:g}, the end (θ, f)": [paths[name][-1], f(paths[name][-1])]
            for name, (start, η) in cases.items()
        },
        comparisons=[
            Comparison(
                name="f′(2)",
                engine=θ.grad,
                closed_form=4 * 2**3 - 6 * 2 + 1,
                torch=pytorch.gradient(lambda torch, θ: f(θ), 2.0),
            ),
            Comparison(
                name="the local minimum", engine=paths["a local minimum"][-1], closed_form=local, tolerance=1e-6
            ),
            Comparison(
                name="the global minimum", engine=paths["the global minimum"][-1], closed_form=lowest, tolerance=1e-6
            ),
        ],
        claims=[
            Claim(
                statement="descent with too large a rate",
                claimed="diverges",
                measured="θ = " + ", ".join(f"{written(θ, 3)}" for θ in paths["too large a rate"]),
            )
        ],
        graphs={"f at θ = 2": cost},
        plots={"Three paths over f": over_the_curve},
    )


@course.example("C7", "Batch and stochastic gradient descent", engines="vector")
def batch_and_stochastic() -> Result:
    """Batch descent glides to the minimum; stochastic descent staggers there, and its step's cost does not depend on N.

    The cost is the mean over N points of ½(wx + b − t)². A batch step computes with all of them, a stochastic step with
    one that is drawn at random; what a step computes is counted, number by number, in the graphs of its forward pass.

    Source: N. Courty, Introduction to Deep Learning, lecture 2, stochastic gradient descent.
    """
    generator = np.random.default_rng(1)

    def draw(n: int) -> tuple[Any, Any]:
        x = generator.uniform(-1.0, 2.0, n)
        return x, 1.5 * x - 0.5 + 0.4 * generator.normal(size=n)

    def cost(w: Any, b: Any, x: Any, t: Any) -> Any:
        return ((w * x + b - t) ** 2).mean() / 2

    x, t = draw(100)
    paths: dict[str, list[tuple[float, float]]] = {}
    for name, steps in {"batch": 200, "stochastic": 200}.items():
        w, b = vector.nn.parameter(-1.0, "w"), vector.nn.parameter(1.5, "b")
        descent = vector.optim.SGD([w, b], lr=0.2 if name == "batch" else 0.1)
        paths[name] = [(w.item(), b.item())]
        for _ in range(steps):
            sample = slice(None) if name == "batch" else generator.integers(len(x), size=1)
            descent.zero_grad()
            cost(w, b, x[sample], t[sample]).backward()
            descent.step()
            paths[name].append((w.item(), b.item()))

    w, b = vector.nn.parameter(-1.0, "w"), vector.nn.parameter(1.5, "b")
    loss = cost(w, b, x, t)
    loss.label = "cost"
    loss.backward(retain_all=True)
    y = w.data * x + b.data

    sizes = (100, 1_000, 10_000)
    counts: dict[str, list[int]] = {"batch": [], "stochastic": []}
    for n in sizes:
        many_x, many_t = draw(n)
        for name, counted in counts.items():
            sample = slice(None) if name == "batch" else generator.integers(n, size=1)
            graph = cost(w, b, many_x[sample], many_t[sample]).chain_rule()
            counted.append(sum(step.variable.size for step in graph if step.variable.op))

    def over_the_cost() -> Figure:
        drawn = {f"{name} descent": path for name, path in paths.items()}
        figure = plots.descent_paths(lambda w, b: float(cost(w, b, x, t)), drawn)
        figure.axes[0].set(xlabel="$w$", ylabel="$b$")
        return figure

    solution, *_ = np.linalg.lstsq(np.column_stack([x, np.ones_like(x)]), t, rcond=None)
    return Result(
        numbers={
            "minimum (w, b)": solution,
            "batch descent ends at": paths["batch"][-1],
            "stochastic descent ends at": paths["stochastic"][-1],
            "N": sizes,
            "numbers computed in a batch step": counts["batch"],
            "numbers computed in a stochastic step": counts["stochastic"],
        },
        comparisons=[
            Comparison(name="end of batch descent", engine=paths["batch"][-1], closed_form=solution, tolerance=1e-6),
            Comparison(
                name="∂cost/∂(w, b) at the start",
                engine=[w.grad, b.grad],
                closed_form=[((y - t) * x).mean(), (y - t).mean()],
                torch=pytorch.gradient(lambda torch, w, b: cost(w, b, torch.tensor(x), torch.tensor(t)), -1.0, 1.5),
            ),
        ],
        claims=[
            Claim(
                statement="the cost of a stochastic step",
                claimed="does not depend on N",
                measured=f"{', '.join(map(str, counts['stochastic']))} numbers for N = {', '.join(map(str, sizes))}",
            ),
            Claim(
                statement="the cost of a batch step",
                claimed="grows with N",
                measured=f"{', '.join(map(str, counts['batch']))} numbers for N = {', '.join(map(str, sizes))}",
            ),
        ],
        graphs={"The cost of all points, at the start": loss},
        plots={"Paths over the cost": over_the_cost},
    )
