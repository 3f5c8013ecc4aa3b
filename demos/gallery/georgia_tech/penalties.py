"""Penalties on the weights: T7."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from demos.gallery import pytorch
from demos.gallery.example import Claim, Comparison, Result
from demos.gallery.georgia_tech.course import course
from demos.proximal import soft_threshold_
from vector import Tensor, nn, optim


@course.example("T7", "L1 and L2 regularisation", engines="vector")
def l1_and_l2(steps: int = 800) -> Result:
    """L1 regularisation makes weights exactly zero under a proximal step; L2 regularisation makes all of them smaller.

    Forty noisy points come from 20 inputs, of which only 4 matter. The cost is ½·mean (Xw − t)² + λ·R with R = ½‖w‖²
    or ‖w‖₁, λ = 0.1. Plain gradient descent on the L1 penalty jumps to and fro about zero and never meets it; the
    proximal step, w ← sign(w)·max(|w| − ηλ, 0) after each step of plain descent, sets weights to zero and leaves
    them there.

    Sources: Georgia Tech, CS 7643, regularisation; Beck and Teboulle, "A fast iterative shrinkage-thresholding
    algorithm", 2009.
    """
    generator = np.random.default_rng(0)
    points, inputs, lam = 40, 20, 0.1
    X = generator.normal(size=(points, inputs))
    w_true = np.zeros(inputs)
    w_true[[2, 7, 11, 16]] = [2.0, -1.5, 1.0, -0.75]
    t = X @ w_true + 0.3 * generator.normal(size=points)
    rate = 1 / np.linalg.eigvalsh(X.T @ X / points)[-1]

    def cost(w: Any) -> Any:
        return 0.5 * ((X @ w - t) ** 2).mean()

    def descend(penalised: Callable[[Tensor], Tensor], threshold: float = 0.0) -> list[Any]:
        """The weights after each step."""
        w = nn.parameter(np.zeros(inputs), "w")
        optimizer = optim.SGD([w], lr=rate)
        path = []
        for _ in range(steps):
            optimizer.zero_grad()
            penalised(w).backward()
            optimizer.step()
            soft_threshold_([w], threshold)
            path.append(w.data.copy())
        return path

    paths = {
        "no penalty": descend(cost),
        "L2": descend(lambda w: cost(w) + lam * 0.5 * (w**2).sum()),
        "L1, gradient": descend(lambda w: cost(w) + lam * abs(w).sum()),
        "L1, proximal": descend(cost, threshold=rate * lam),
    }
    none, l2, l1_gradient, l1 = (path[-1] for path in paths.values())

    # Where L1 has left weights, the cost is flat: XᵀX w − Xᵀt + n·λ·sign(w) = 0; elsewhere its slope is below λ.
    left = l1 != 0
    A, b = X.T @ X / points, X.T @ t / points
    l1_solution = np.zeros(inputs)
    l1_solution[left] = np.linalg.solve(A[np.ix_(left, left)], b[left] - lam * np.sign(l1[left]))

    w = nn.parameter(w_true + 0.5, "w")
    L = cost(w) + lam * abs(w).sum() + lam * 0.5 * (w**2).sum()
    L.label = "L"
    L.backward(retain_all=True)
    return Result(
        numbers={
            "weights that are exactly 0": {name: int((path[-1] == 0).sum()) for name, path in paths.items()},
            "‖w‖₂": {name: float(np.linalg.norm(path[-1])) for name, path in paths.items()},
            "inputs that matter": np.flatnonzero(w_true),
            "inputs that L1 kept": np.flatnonzero(left),
            "largest slope of the cost where L1 has set 0, at most λ": float(abs(A @ l1 - b)[~left].max()),
        },
        comparisons=[
            Comparison(name="w without penalty", engine=none, closed_form=np.linalg.lstsq(X, t)[0], tolerance=1e-6),
            Comparison(
                name="w with L2", engine=l2, closed_form=np.linalg.solve(A + lam * np.eye(inputs), b), tolerance=1e-9
            ),
            Comparison(name="w with L1, proximal", engine=l1, closed_form=l1_solution, tolerance=1e-9),
            Comparison(
                name="∇ of the cost with both penalties",
                engine=w.grad,
                closed_form=A @ w.data - b + lam * np.sign(w.data) + lam * w.data,
                torch=pytorch.gradient(
                    lambda torch, w: (
                        0.5 * ((torch.tensor(X) @ w - torch.tensor(t)) ** 2).mean()
                        + lam * w.abs().sum()
                        + lam * 0.5 * (w**2).sum()
                    ),
                    w.data,
                ),
            ),
        ],
        claims=[
            Claim(
                statement="L1 regularisation makes weights exactly sparse",
                claimed="some weights are 0",
                measured=f"{int((~left).sum())} of {inputs} under the proximal step, "
                f"{int((l1_gradient == 0).sum())} under plain gradient descent",
            ),
            Claim(
                statement="L2 regularisation shrinks the weights",
                claimed="smaller, none 0",
                measured=f"‖w‖₂ from {np.linalg.norm(none):.3f} to {np.linalg.norm(l2):.3f}, "
                f"{int((l2 == 0).sum())} of {inputs} are 0",
            ),
        ],
        graphs={"The cost with both penalties": L},
        plots={
            "The weights": lambda: _weights(w_true, {name: path[-1] for name, path in paths.items()}),
            "The weights of inputs that do not matter": lambda: _on_the_way(w_true == 0, paths),
        },
    )


def _weights(w_true: Any, weights: Mapping[str, Any]) -> Any:
    from demos.plots.figure import BLUE, GREY, INK, VERMILLION, blank, finish

    figure = blank(7.2, 6.0)
    panels = figure.subplots(len(weights), 1, sharex=True, sharey=True)
    j = np.arange(len(w_true))
    for axes, (name, w) in zip(panels, weights.items(), strict=True):
        axes.axhline(0.0, color=GREY, linewidth=0.8)
        axes.bar(j, w, color=BLUE, width=0.55)
        axes.plot(j[w == 0], w[w == 0], color=VERMILLION, marker="o", markersize=4, linestyle="")
        axes.plot(j, w_true, color=INK, marker="_", markersize=13, linestyle="")
        finish(axes, ylabel="$w_j$")
        axes.set_title(f"{name}: {int((w == 0).sum())} of {len(w)} are exactly 0", loc="left", fontsize=10)
    axes.set(xticks=j, xlabel="$j$  (bars: found; lines: what the points were made with; dots: exactly 0)")
    return figure


def _on_the_way(kept: Any, paths: Mapping[str, Sequence[Any]]) -> Any:
    """The chosen weights by step, under L1 with a plain and with a proximal step."""
    from demos.plots.figure import BLUE, INK, blank, finish

    figure = blank(7.2, 3.6)
    names = ("L1, gradient", "L1, proximal")
    for axes, name in zip(figure.subplots(1, 2, sharex=True, sharey=True), names, strict=True):
        axes.plot(np.array(paths[name])[:80, kept], color=BLUE, linewidth=0.9, alpha=0.7)
        axes.axhline(0.0, color=INK, linewidth=0.6)
        finish(axes, "step", "$w_j$" if name == names[0] else "")
        axes.set_title(name, fontsize=10)
    return figure
