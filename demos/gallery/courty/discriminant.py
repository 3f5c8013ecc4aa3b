"""Two classes of normally distributed points: C4."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np

import vector
from demos import plots
from demos.gallery import pytorch
from demos.gallery.courty.course import course
from demos.gallery.example import Claim, Comparison, Result
from demos.plots.figure import GREEN, INK

if TYPE_CHECKING:
    from matplotlib.figure import Figure


@course.example("C4", "Linear discriminant analysis", engines="vector")
def linear_discriminant_analysis() -> Result:
    """With equal covariances P(y = 1 | x) = σ(wᵀx + b), w = Σ⁻¹(μ₁ − μ₀); logistic regression finds nearly the same.

    The class densities are normal, so the log-odds z(x) = log P(x | 1)P(1) − log P(x | 0)P(0) are quadratic in x; with
    one Σ for both classes the quadratic terms cancel, and z's gradient is the same w at every x. Logistic regression
    takes the form σ(wᵀx + b) for granted, and chooses w and b by gradient descent on the cross-entropy.

    Source: N. Courty, Introduction to Deep Learning, lecture 2, linear discriminant analysis and logistic regression.
    """
    generator = np.random.default_rng(0)
    y = np.repeat([0, 1], 150)
    noise = generator.multivariate_normal([0.0, 0.0], [[1.0, 0.6], [0.6, 1.2]], size=len(y))
    x = noise + np.where(y[:, None] == 1, [1.2, -0.6], [-0.8, 0.4])

    mu0, mu1 = x[y == 0].mean(axis=0), x[y == 1].mean(axis=0)
    centred = x - np.where(y[:, None] == 1, mu1, mu0)
    inverse = np.linalg.inv(centred.T @ centred / len(x))  # Σ⁻¹
    w = inverse @ (mu1 - mu0)
    b = (mu0 @ inverse @ mu0 - mu1 @ inverse @ mu1) / 2 + math.log(y.mean() / (1 - y.mean()))

    def log_density(x: Any, mu: Any) -> Any:
        return -((x - mu) @ inverse @ (x - mu)) / 2 + math.log(np.linalg.det(inverse)) / 2 - math.log(2 * math.pi)

    def log_odds(x: Any) -> Any:
        return log_density(x, mu1) + math.log(y.mean()) - log_density(x, mu0) - math.log(1 - y.mean())

    def in_torch(torch: Any, x: Any) -> Any:
        normal0, normal1 = (
            torch.distributions.MultivariateNormal(torch.tensor(mu), precision_matrix=torch.tensor(inverse))
            for mu in (mu0, mu1)
        )
        return normal1.log_prob(x) - normal0.log_prob(x)

    slopes = [vector.grad(log_odds)(point) for point in x[:5]]
    p1 = np.exp([log_density(point, mu1) for point in x]) * y.mean()
    p0 = np.exp([log_density(point, mu0) for point in x]) * (1 - y.mean())

    w_learnt = vector.nn.parameter(np.zeros(2), label="w")
    b_learnt = vector.nn.parameter(np.zeros(()), label="b")
    descent = vector.optim.SGD([w_learnt, b_learnt], lr=2.0)

    def cross_entropy() -> vector.Tensor:
        return vector.nn.binary_cross_entropy_with_logits(x @ w_learnt + b_learnt, y)

    for _ in range(1500):
        descent.zero_grad()
        cross_entropy().backward()
        descent.step()
    descent.zero_grad()
    loss = cross_entropy()
    loss.label = "loss"
    loss.backward(retain_all=True)

    cosine = w @ w_learnt.data / math.hypot(*w) / math.hypot(*w_learnt.data)
    differing = ((x @ w + b > 0) != (x @ w_learnt.data + b_learnt.data > 0)).mean()

    def boundaries() -> Figure:
        figure = plots.decision_boundary(lambda points: points @ w + b, x, y)
        axes = figure.axes[0]
        limits = {"xlim": axes.get_xlim(), "ylim": axes.get_ylim()}
        (w1, w2), span = w_learnt.data, np.array(limits["xlim"])
        axes.plot([], [], color=INK, linewidth=1.6, label="discriminant analysis")
        line = -(w1 * span + b_learnt.item()) / w2
        axes.plot(span, line, color=GREEN, linewidth=1.8, linestyle="--", label="logistic regression")
        axes.set(**limits)
        axes.legend(loc="lower right", bbox_to_anchor=(1.0, 1.0), ncols=2, frameon=False, fontsize=8)
        return figure

    return Result(
        numbers={
            "w = Σ⁻¹(μ₁ − μ₀)": w,
            "b": b,
            "w, logistic regression": w_learnt,
            "b, logistic regression": b_learnt,
            "angle between the boundaries, in degrees": math.degrees(math.acos(min(1.0, cosine))),
            "points that they classify differently": f"{100 * differing:.1f} %",
            "points classified right, discriminant analysis": f"{100 * ((x @ w + b > 0) == y).mean():.1f} %",
        },
        comparisons=[
            Comparison(
                name="∂(log-odds)/∂x at five points = w",
                engine=slopes,
                closed_form=[w] * 5,
                torch=lambda torch: torch.stack([pytorch.gradient(in_torch, point)(torch) for point in x[:5]]),
            ),
            Comparison(
                name="∂loss/∂w of logistic regression", engine=w_learnt.grad, closed_form=[0, 0], tolerance=1e-6
            ),
            Comparison(
                name="P(y = 1 | x) by Bayes' rule", engine=vector.sigmoid(x @ w + b), closed_form=p1 / (p0 + p1)
            ),
        ],
        claims=[
            Claim(
                statement="logistic regression on the same data",
                claimed="nearly the same boundary",
                measured=f"{100 * differing:.1f} % of the points fall on different sides",
            )
        ],
        graphs={"Logistic regression, trained": loss},
        plots={"The two boundaries": boundaries},
    )
