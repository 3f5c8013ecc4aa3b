"""Classification: G3 and G4."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal, localcontext
from typing import Any

import numpy as np

import scalar
import vector
from demos.gallery import pytorch
from demos.gallery.example import Comparison, Result
from demos.gallery.fields.course import course
from demos.plots.figure import BLUE, GREEN, GREY, VERMILLION, blank, finish
from scalar import Value


@course.example("G3", "Logistic cross-entropy", engines="scalar,vector")
def logistic_cross_entropy() -> Result:
    """L = −t·log y − (1 − t)·log(1 − y) with y = σ(z) has dL/dz = y − t, and is exact for any logit z, ±1000 too.

    It grows linearly with the logit of a wrong answer, where the squared error of y is flat and learns nothing.
    −log σ(z) is softplus(−z) = log(1 + e⁻ᶻ) and −log(1 − σ(z)) is softplus(z), which never takes the logarithm of a
    number that was rounded to 0.

    Source: R. Grosse, Fields Machine Learning Course, lecture 1.
    """
    z = [-1000.0, -30.0, -2.0, 0.0, 1.5, 30.0, 1000.0]

    def cross_entropy(engine: Any, z: Any, t: Any) -> Any:
        return t * engine.softplus(-z) + (1 - t) * engine.softplus(z)

    numbers: dict[str, Any] = {"z": z}
    comparisons = []
    for t in (0.0, 1.0):
        values = [Value(number) for number in z]
        losses = [cross_entropy(scalar, value, t) for value in values]
        scalar.sum(losses).backward()
        logits = vector.tensor(z, requires_grad=True)
        together = cross_entropy(vector, logits, t)
        together.sum().backward()

        with localcontext(prec=500):  # 1 + e⁻¹⁰⁰⁰ has 435 digits between its two ones
            y = [1 / (1 + (-Decimal(number)).exp()) for number in z]
            exact = [float(-(p if t else 1 - p).ln()) for p in y]
            slopes = [float(p - Decimal(t)) for p in y]
        asked = pytorch.gradient(
            lambda torch, z, t=t: torch.nn.functional.binary_cross_entropy_with_logits(
                z, torch.full_like(z, t), reduction="sum"
            ),
            z,
        )
        numbers |= {f"L for t = {t:g}": [loss.data for loss in losses]}
        numbers |= {f"dL/dz for t = {t:g}": [value.grad for value in values]}
        comparisons += [
            Comparison(name=f"L, t = {t:g}, scalar", engine=losses, closed_form=exact, tolerance=1e-15),
            Comparison(name=f"L, t = {t:g}, vector", engine=together, closed_form=exact, tolerance=1e-15),
            Comparison(
                name=f"dL/dz, t = {t:g}, scalar", engine=[v.grad for v in values], closed_form=slopes, torch=asked
            ),
            Comparison(name=f"dL/dz, t = {t:g}, vector", engine=logits.grad, closed_form=slopes, torch=asked),
        ]

    with scalar.detect_anomaly():
        try:
            in_steps = str((1 - Value(1000.0).sigmoid()).log())
        except scalar.AnomalyError as error:
            in_steps = str(error)
    excess = [cross_entropy(scalar, number, 0.0) - number for number in (10.0, 20.0, 40.0)]
    graph = cross_entropy(scalar, Value(1.5, "z"), Value(1.0, "t"))
    graph.label = "L"
    graph.backward()
    numbers |= {"L − z for t = 0 at z = 10, 20, 40": excess, "log(1 − σ(1000)) in steps": in_steps}
    return Result(
        numbers=numbers, comparisons=comparisons, graphs={"L from the logit": graph}, plots={"Losses": _losses}
    )


def _losses() -> Any:
    """What three losses make of a logit z when t = 1."""
    figure = blank(8.0, 3.6)
    curves: tuple[tuple[str, str, Callable[[Any], Any]], ...] = (
        ("½(z − t)²", GREY, lambda z: (z - 1) ** 2 / 2),
        ("½(σ(z) − t)²", BLUE, lambda z: (scalar.sigmoid(z) - 1) ** 2 / 2),
        ("cross-entropy", VERMILLION, lambda z: scalar.softplus(-z)),
    )
    z = np.linspace(-6, 6, 241)
    left, right = figure.subplots(1, 2)
    for name, colour, f in curves:
        left.plot(z, [f(value) for value in z.tolist()], color=colour, linewidth=2.0, label=name)
        right.plot(z, [scalar.derivative(f)(value) for value in z.tolist()], color=colour, linewidth=2.0)
    finish(left, "logit $z$", "loss for $t = 1$")
    finish(right, "logit $z$", "its derivative by $z$")
    left.set_ylim(-0.2, 6.2)
    right.set_ylim(-1.6, 1.6)
    right.legend(*left.get_legend_handles_labels(), frameon=False, fontsize=9, loc="lower right")
    return figure


@course.example("G4", "Softmax regression", engines="scalar,vector")
def softmax_regression(steps: int = 300) -> Result:
    """With y = softmax(z) and L = −Σₖ tₖ·log yₖ the derivative is ∂L/∂z = y − t.

    For K = 2 classes it is logistic regression with the logit z₁ − z₂.

    Source: R. Grosse, Fields Machine Learning Course, lecture 1.
    """

    def by_scalar(z: list[Value], t: list[float]) -> Value:
        e = [scalar.exp(z_k) for z_k in z]
        y = [e_k / scalar.sum(e) for e_k in e]
        return -scalar.dot(t, [scalar.log(y_k) for y_k in y])

    def by_vector(z: Any, t: Any) -> Any:
        return -np.sum(t * np.log(vector.softmax(z)))

    z, t = [1.0, -0.5, 2.0], [0.0, 1.0, 0.0]
    values, logits = [Value(number) for number in z], vector.tensor(z, requires_grad=True)
    by_scalar(values, t).backward()
    by_vector(logits, t).backward()
    y = np.exp(z) / np.exp(z).sum()

    two = [Value(0.7, "z₁"), Value(-1.1, "z₂")]
    loss = by_scalar(two, [1.0, 0.0])
    loss.label = "L"
    loss.backward()
    logit = Value(0.7) - Value(-1.1)
    logistic = -scalar.log(scalar.sigmoid(logit))
    logistic.backward()

    generator = np.random.default_rng(0)
    classes = np.repeat([0, 1, 2], 50)
    x = np.array([[-1.0, -0.6], [1.2, -0.4], [0.1, 1.3]])[classes] + 0.5 * generator.normal(size=(150, 2))
    T = np.eye(3)[classes]
    W, b = np.zeros((3, 2)), np.zeros(3)
    descent = vector.grad(lambda W, b: by_vector(x @ W.T + b, T) / len(x), (0, 1))
    first = descent(W, b)
    for _ in range(steps):
        W_bar, b_bar = descent(W, b)
        W, b = W - W_bar, b - b_bar
    right = float(np.mean(np.argmax(x @ W.T + b, axis=1) == classes))

    def torch_loss(torch: Any, z: Any, t: Any) -> Any:
        return -torch.sum(torch.tensor(t) * torch.log_softmax(z, dim=-1))

    asked = pytorch.gradient(lambda torch, z: torch_loss(torch, z, t), z)
    return Result(
        numbers={"y": y, "∂L/∂z": logits.grad, "right after training": right},
        comparisons=[
            Comparison(name="∂L/∂z, scalar", engine=[v.grad for v in values], closed_form=y - t, torch=asked),
            Comparison(name="∂L/∂z, vector", engine=logits.grad, closed_form=y - t, torch=asked),
            Comparison(name="K = 2: L", engine=loss, closed_form=logistic),
            Comparison(name="K = 2: ∂L/∂z", engine=[v.grad for v in two], closed_form=[logit.grad, -logit.grad]),
            Comparison(
                name="∂L/∂W at W = 0, 150 points",
                engine=first[0],
                closed_form=(1 / 3 - T).T @ x / len(x),
                torch=pytorch.gradient(lambda torch, W: torch_loss(torch, torch.tensor(x) @ W.T, T) / len(x), 0 * W),
            ),
        ],
        graphs={"K = 2, by hand": loss},
        plots={"Three classes": lambda: _regions(x, classes, W, b)},
    )


def _regions(x: Any, classes: Any, W: Any, b: Any) -> Any:
    """The points, and the plane in the colours of the classes mixed by their probabilities."""
    from matplotlib.colors import to_rgb

    figure = blank(5.6, 5.0)
    axes = figure.subplots()
    colours = np.array([to_rgb(colour) for colour in (BLUE, VERMILLION, GREEN)])
    low, high = x.min(axis=0) - 0.3, x.max(axis=0) + 0.3
    first, second = np.meshgrid(np.linspace(low[0], high[0], 200), np.linspace(low[1], high[1], 200))
    y = vector.softmax(np.stack([first, second], axis=-1) @ W.T + b)
    extent = (low[0], high[0], low[1], high[1])
    axes.imshow(0.5 + 0.5 * (y @ colours), origin="lower", extent=extent, aspect="auto", interpolation="bilinear")
    for k, marker in enumerate("os^"):
        points = x[classes == k]
        axes.scatter(
            points[:, 0],
            points[:, 1],
            color=colours[k],
            marker=marker,
            s=26,
            edgecolors="white",
            linewidths=0.8,
            label=f"{k + 1}",
        )
    axes.set(xlabel="$x_1$", ylabel="$x_2$")
    axes.legend(loc="lower right", bbox_to_anchor=(1.0, 1.0), ncols=3, frameon=False, title="class")
    return figure
