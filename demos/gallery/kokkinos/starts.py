"""Where gradient descent ends, by where it starts: O5."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

import vector
from demos.gallery import pytorch
from demos.gallery.example import Claim, Comparison, Result
from demos.gallery.kokkinos.course import course
from demos.plots.figure import COLOURS, blank, finish

if TYPE_CHECKING:
    from matplotlib.figure import Figure


@course.example("O5", "Different starts, different minima", engines="vector")
def different_starts() -> Result:
    """Gradient descent ends at the same minimum from anywhere on a convex cost; on a network's cost it does not.

    Both costs are the cross-entropy of four points with a little weight decay, which keeps the minima finite: of `and`
    by logistic regression, which is convex, and of xor by a network with two hidden tanh units. All starts descend side
    by side, as the rows of one array. That an end is a minimum is seen from its gradient, which is 0, and from its
    Hessian, whose eigenvalues are all positive.

    Source: I. Kokkinos, Introduction to Machine Learning, week 5, gradient descent and neural networks.
    """
    corners = np.array([[-1.0, -1.0], [-1.0, 1.0], [1.0, -1.0], [1.0, 1.0]])
    both, either = np.array([0.0, 0.0, 0.0, 1.0]), np.array([0.0, 1.0, 1.0, 0.0])

    def logistic(m: Any, θ: Any) -> Any:
        x, t = m.tensor(corners), m.tensor(both)
        z = θ[..., :2] @ x.T + θ[..., 2:]
        return (m.log1p(m.exp(z)) - t * z).mean(-1) + 0.01 * (θ**2).sum(-1)

    def network(m: Any, θ: Any) -> Any:
        x, t = m.tensor(corners), m.tensor(either)
        W = θ[..., :4].reshape((*θ.shape[:-1], 2, 2))
        h = m.tanh(W @ x.T + θ[..., 4:6, None])
        z = (θ[..., 6:8, None] * h).sum(-2) + θ[..., 8:]
        return (m.log1p(m.exp(z)) - t * z).mean(-1) + 0.005 * (θ**2).sum(-1)

    losses: dict[str, list[Any]] = {}
    numbers: dict[str, Any] = {}
    comparisons = []
    ends = {}
    generator = np.random.default_rng(0)
    for name, cost, size in (("logistic regression", logistic, 3), ("network", network, 9)):
        starts = 2 * generator.normal(size=(6, size))
        θ = vector.nn.parameter(starts.copy(), "θ")
        descent = vector.optim.SGD([θ], lr=1.0)
        losses[name] = []
        for _ in range(800):
            descent.zero_grad()
            costs = cost(vector, θ)
            costs.sum().backward()
            descent.step()
            losses[name].append(costs.data)

        ends[name] = end = θ.data
        hessians = [vector.hessian(lambda θ, cost=cost: cost(vector, θ))(one) for one in end]
        numbers |= {
            f"{name}: costs at the six ends": losses[name][-1],
            f"{name}: distances of the ends from each other": np.linalg.norm(end[:, None] - end, axis=-1).round(9),
            f"{name}: smallest eigenvalue of the Hessians": min(np.linalg.eigvalsh(H).min() for H in hessians),
        }
        comparisons += [
            Comparison(
                name=f"{name}: gradient at the starts",
                engine=vector.grad(lambda θ, cost=cost: cost(vector, θ).sum())(starts),
                torch=pytorch.gradient(lambda torch, θ, cost=cost: cost(torch, θ).sum(), starts),
            ),
            Comparison(
                name=f"{name}: gradient at the ends", engine=θ.grad, closed_form=np.zeros_like(end), tolerance=1e-6
            ),
        ]
    convex = ends["logistic regression"]
    comparisons.append(
        Comparison(name="logistic regression: one end", engine=convex, closed_form=[convex[0]] * 6, tolerance=1e-9)
    )

    def curves() -> Figure:
        figure = blank(9.6, 3.6)
        for axes, (name, curve) in zip(figure.subplots(1, 2), losses.items(), strict=True):
            for start, colour in zip(np.transpose(curve), COLOURS, strict=True):
                axes.plot(range(1, len(start) + 1), start, color=colour, linewidth=1.6)
            axes.set_xscale("log")
            finish(axes, "step", "cost")
            axes.set_title(f"{name}, six starts", fontsize=10)
        return figure

    return Result(
        numbers=numbers,
        comparisons=comparisons,
        claims=[
            Claim(
                statement=f"gradient descent on {what}",
                claimed=claimed,
                measured="six starts end at the cost " + " or ".join(f"{c:.4f}" for c in np.unique(costs[-1].round(6))),
            )
            for (what, claimed), costs in zip(
                {"a convex cost": "the same minimum", "a network's cost": "different minima"}.items(),
                losses.values(),
                strict=True,
            )
        ],
        plots={"Cost by step": curves},
    )
