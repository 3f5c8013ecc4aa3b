"""The perceptron: C2 and C3."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

import scalar
import vector
import viz
from demos import plots
from demos.gallery import pytorch
from demos.gallery.courty.course import course
from demos.gallery.example import Claim, Comparison, Result
from demos.gallery.written import written
from demos.plots.figure import BLUE, INK, VERMILLION, blank
from scalar import Value
from scalar.nn import Perceptron

if TYPE_CHECKING:
    from matplotlib.figure import Figure


@course.example("C2", "The perceptron rule", engines="scalar,vector")
def perceptron_rule() -> Result:
    """On each mistake w ← w + (t − y)·x and b ← b + (t − y): this ends on separable data and never on xor.

    The rule is gradient descent with learning rate 1 on L = (y − t)·z, where z = w·x + b and y = step(z): the
    threshold's derivative is 0 everywhere, so only z counts. The scalar engine's perceptron goes by the rule, the
    vector engine by that gradient, and they end with the same weights. Weights that an epoch has ended with before will
    come round without end: that is how the perceptron knows that no line separates xor.

    Source: N. Courty, Introduction to Deep Learning, lecture 2, the perceptron (Rosenblatt, 1958; Novikoff, 1962).
    """
    x, t = [Value(1.5, "x₁"), Value(1.0, "x₂")], 1
    w, b = [Value(0.0, "w₁", role="parameter"), Value(0.0, "w₂", role="parameter")], Value(0.0, "b", role="parameter")
    z = scalar.dot(w, x) + b
    y = z.step()
    L = (y - t) * z
    z.label, y.label, L.label = "z", "y", "L"
    L.backward()

    def in_torch(torch: Any, w1: Any, w2: Any, b: Any) -> Any:
        z = w1 * 1.5 + w2 * 1.0 + b
        return ((z > 0).double() - t) * z

    comparisons = [
        Comparison(
            name="∂L/∂(w₁, w₂, b) of a mistake",
            engine=[w[0].grad, w[1].grad, b.grad],
            closed_form=[(y.data - t) * x[0].data, (y.data - t) * x[1].data, y.data - t],
            torch=pytorch.gradient(in_torch, 0.0, 0.0, 0.0),
        )
    ]

    generator = np.random.default_rng(2)
    targets = generator.integers(0, 2, 60)
    clouds = generator.normal(size=(60, 2)) + np.where(targets[:, None] == 1, [1.7, 1.2], [-1.7, -1.2])
    numbers: dict[str, Any] = {}
    last_epochs: dict[str, list[tuple[float, float, float]]] = {}
    for name, (points, labels) in {"two clouds": (clouds, targets), "xor": vector.data.xor()}.items():
        unit = Perceptron(2)
        fit = unit.fit(points.tolist(), labels.tolist())

        weight, bias = vector.nn.parameter(np.zeros(2)), vector.nn.parameter(np.zeros(()))
        descent = vector.optim.SGD([weight, bias], lr=1.0)
        for _ in range(fit.epochs):
            last_epochs[name] = []
            for point, label in zip(points, labels, strict=True):
                score = weight @ point + bias
                descent.zero_grad()
                ((score.step() - label) * score).backward()
                descent.step()
                last_epochs[name].append((*weight.data.tolist(), bias.item()))

        numbers |= {
            f"{name}: the perceptron says": fit.statement,
            f"{name}: mistakes in the last epoch": fit.mistakes,
            f"{name}: (w₁, w₂, b)": [p.data for p in unit.parameters()],
        }
        comparisons.append(
            Comparison(name=f"{name}: rule and descent", engine=unit.parameters(), closed_form=last_epochs[name][-1])
        )

    def separated() -> Figure:
        *w, b = last_epochs["two clouds"][-1]
        return plots.decision_boundary(lambda points: points @ w + b, clouds, targets)

    def going_round() -> Figure:
        figure = blank(10.0, 3.1)
        points, labels = vector.data.xor()
        ticks = np.linspace(-0.5, 1.5, 80)
        for axes, (w1, w2, b), (x1, x2) in zip(figure.subplots(1, 4), last_epochs["xor"], points, strict=True):
            fires = w1 * ticks + w2 * ticks[:, None] + b > 0
            axes.contourf(ticks, ticks, fires, levels=[-0.5, 0.5, 1.5], colors=[BLUE, VERMILLION], alpha=0.2)
            for (a, c), label in zip(points, labels, strict=True):
                axes.plot(a, c, marker="s" if label else "o", color=VERMILLION if label else BLUE, markersize=8)
            axes.plot(x1, x2, marker="o", color=INK, markersize=16, fillstyle="none")
            axes.set(xlabel="$x_1$", ylabel="$x_2$", xticks=[0, 1], yticks=[0, 1], aspect="equal")
            axes.set_title(f"after ({x1:g}, {x2:g})\nw = ({written(w1)}, {written(w2)}), b = {written(b)}", fontsize=9)
        return figure

    return Result(
        numbers=numbers,
        comparisons=comparisons,
        claims=[
            Claim(
                statement="the perceptron rule converges on separable data",
                claimed="no mistakes after finitely many epochs",
                measured=f"{numbers['two clouds: the perceptron says']}",
            ),
            Claim(
                statement="it does not converge on xor",
                claimed="mistakes in every epoch",
                measured=f"{numbers['xor: the perceptron says']}",
            ),
        ],
        graphs={"L = (y − t)·z of a mistake": L},
        plots={"The clouds, separated": separated, "xor: the last epoch, which comes round": going_round},
    )


@course.example("C3", "The graph of a perceptron", engines="scalar,vector")
def graph_of_a_perceptron() -> Result:
    """ŷ = sign(Σ wᵢxᵢ + b), drawn number by number and, as ŷ = sign(wᵀx + b), with vectors.

    Inputs and outputs are white, parameters red, operations blue. The sign's derivative is 0 everywhere, so nothing
    comes back through it; z, before it, has ∂z/∂w = x and ∂z/∂b = 1.

    Source: N. Courty, Introduction to Deep Learning, lecture 2, computational graphs.
    """
    numbers_in, weights, bias = [1.0, -2.0, 0.5], [0.4, -0.3, 0.8], -0.6

    x = [Value(number, f"x{i}") for i, number in zip("₁₂₃", numbers_in, strict=True)]
    w = [Value(weight, f"w{i}", role="parameter") for i, weight in zip("₁₂₃", weights, strict=True)]
    b = Value(bias, "b", role="parameter")
    z = scalar.sum(w_i * x_i for w_i, x_i in zip(w, x, strict=True)) + b
    y = z.sign()
    y.label = "ŷ"
    y.backward()

    x_vector = vector.tensor(np.reshape(numbers_in, (3, 1)), label="x")
    w_vector = vector.nn.parameter(np.reshape(weights, (3, 1)), label="w")
    b_vector = vector.nn.parameter([[bias]], label="b")
    z_vector = w_vector.T @ x_vector + b_vector
    y_vector = z_vector.sign()
    y_vector.label = "ŷ"
    y_vector.backward(retain_all=True)

    slopes = {step.variable: step.total for step in z.chain_rule()}
    slopes_vector = {step.variable: step.total for step in z_vector.chain_rule()}
    graphs = {"ŷ = sign(Σ wᵢxᵢ + b)": y, "ŷ = sign(wᵀx + b)": y_vector}
    colours = {"white": ("input", "output"), "red": ("parameter",), "blue": ("operation",)}
    drawn = {
        f"{title}, {colour}": ", ".join(
            card.symbol if colour == "blue" else card.name for card in viz.draw(node).graph.cards if card.role in roles
        )
        for title, node in graphs.items()
        for colour, roles in colours.items()
    }

    def in_torch(torch: Any, w: Any, b: Any) -> Any:
        return w @ torch.tensor(numbers_in, dtype=torch.float64) + b

    return Result(
        numbers={"z": z.data, "ŷ": y.data, "z, vector engine": z_vector.item(), "ŷ, vector engine": y_vector.item()}
        | drawn,
        comparisons=[
            Comparison(
                name="(∂z/∂w, ∂z/∂b)",
                engine=[slopes[parameter] for parameter in (*w, b)],
                closed_form=[*numbers_in, 1.0],
                torch=lambda torch: torch.hstack(pytorch.gradient(in_torch, weights, bias)(torch)),
            ),
            Comparison(
                name="(∂z/∂w, ∂z/∂b), vector engine",
                engine=np.vstack([slopes_vector[w_vector], slopes_vector[b_vector]]).ravel(),
                closed_form=[*numbers_in, 1.0],
            ),
            Comparison(
                name="∂ŷ/∂w",
                engine=[w_i.grad for w_i in w],
                closed_form=[0.0, 0.0, 0.0],
                torch=pytorch.gradient(lambda torch, w: in_torch(torch, w, bias).sign(), weights),
            ),
            Comparison(name="∂ŷ/∂w, vector engine", engine=w_vector.grad, closed_form=np.zeros((3, 1))),
        ],
        graphs=graphs,
    )
