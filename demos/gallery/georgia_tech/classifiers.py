"""Classifiers and their losses: T1, T4 and T6."""

from __future__ import annotations

import itertools
import math
import warnings
from typing import Any

import numpy as np

import scalar
import vector
from demos import plots
from demos.gallery import pytorch
from demos.gallery.example import Comparison, Result
from demos.gallery.georgia_tech.course import course
from scalar import Value, dot, exp, log, sigmoid, softplus


@course.example("T1", "A softmax classifier", engines="scalar,vector")
def softmax_classifier() -> Result:
    """Scores 3.2, 5.1 and −1.7 become probabilities 0.13, 0.87 and 0.00; the loss of class 0 is −log 0.13.

    Its derivative is ∂L/∂s = p − y, with y = (1, 0, 0): the loss pulls the right score up and pushes the others down,
    each by the probability that it was wrongly given.

    Source: Georgia Tech, CS 7643, softmax and the cross-entropy loss.
    """
    scores = [3.2, 5.1, -1.7]

    s = [Value(score, f"s{i}") for i, score in enumerate(scores)]
    exponentials = [exp(score) for score in s]
    total = scalar.sum(exponentials)
    p = [exponential / total for exponential in exponentials]
    L = -log(p[0])
    for i, (exponential, probability) in enumerate(zip(exponentials, p, strict=True)):
        exponential.label, probability.label = f"e{i}", f"p{i}"
    total.label, L.label = "Σe", "L"
    L.backward()

    s_vector = vector.tensor([scores], requires_grad=True, label="s")
    L_vector = vector.nn.cross_entropy(s_vector, [0])
    L_vector.label = "L"
    L_vector.backward(retain_all=True)

    by_hand = [np.exp(scores) / np.exp(scores).sum() - [1, 0, 0]]
    asked = pytorch.gradient(lambda torch, s: torch.nn.functional.cross_entropy(s, torch.tensor([0])), [scores])
    return Result(
        numbers={
            "scores": scores,
            "exponentials": [exponential.data for exponential in exponentials],
            "probabilities": [probability.data for probability in p],
            "loss of class 0": L.data,
            "loss of class 0, as one operation": L_vector.item(),
        },
        comparisons=[
            Comparison(
                name="p",
                engine=vector.softmax(vector.tensor(scores)),
                closed_form=p,
                torch=lambda torch: torch.softmax(torch.tensor(scores, dtype=torch.float64), dim=0),
            ),
            Comparison(name="∂L/∂s, scalar", engine=[[score.grad for score in s]], closed_form=by_hand, torch=asked),
            Comparison(name="∂L/∂s, vector", engine=s_vector.grad, closed_form=by_hand, torch=asked),
        ],
        graphs={"Exponentiate, normalise, −log": L, "As one operation on arrays": L_vector},
        plots={"From scores to probabilities": lambda: _bars(exponentials, p)},
    )


def _bars(exponentials: list[Value], probabilities: list[Value]) -> Any:
    from demos.plots.figure import BLUE, GREEN, VERMILLION, blank, finish

    figure = blank(6.4, 3.2)
    for axes, title, values in zip(
        figure.subplots(1, 2), ("$e^s$", "probability"), (exponentials, probabilities), strict=True
    ):
        heights = [value.data for value in values]
        bars = axes.bar(["class 0", "class 1", "class 2"], heights, color=(VERMILLION, BLUE, GREEN), width=0.6)
        axes.bar_label(bars, [f"{height:.3g}" if height >= 1 else f"{height:.2f}" for height in heights], padding=2)
        finish(axes)
        axes.set_title(title, fontsize=11)
        axes.grid(visible=False)
        axes.margins(y=0.12)
    return figure


@course.example("T4", "The logistic loss in bricks", engines="scalar")
def logistic_loss_in_bricks() -> Result:
    """−log(1 / (1 + e^(−w·x))) taken apart into its bricks, each with a simple derivative, and as one: softplus(−w·x).

    Both have the gradient −(1 − p)·x, with p = σ(w·x). The one brick is not only shorter: at w·x = −800 the bricks'
    e^800 overflows, and they tell neither the loss nor its gradient.

    Source: Georgia Tech, CS 7643, backpropagation.
    """
    weights, x = [2.0, -3.0, -3.0], [-1.0, -2.0, 1.0]

    def bricks(w: list[Value]) -> Value:
        u = dot(w, x)
        e = exp(-u)
        q = 1 + e
        p = 1 / q
        scalar.label_all(locals())
        return -log(p)

    def as_one(w: list[Value]) -> Value:
        return softplus(-dot(w, x))

    w, w_one = ([Value(weight, f"w{i}", role="parameter") for i, weight in enumerate(weights)] for _ in range(2))
    L, L_one = bricks(w), as_one(w_one)
    L.label = L_one.label = "L"
    L.backward()
    L_one.backward()

    far = [800.0, 0.0, 0.0]  # w·x = −800
    with warnings.catch_warnings(record=True) as warned:
        warnings.simplefilter("always")
        loss_far, slopes_far = scalar.value_and_grad(bricks)(far)
    loss_one, slopes_one = scalar.value_and_grad(as_one)(far)

    p = 1 / (1 + math.exp(-sum(map(float.__mul__, weights, x))))
    by_hand = [-(1 - p) * number for number in x]
    asked = pytorch.gradient(lambda torch, w: -torch.log(torch.sigmoid(w @ torch.tensor(x).double())), weights)
    return Result(
        numbers={
            "p = σ(w·x)": p,
            "L in bricks": L.data,
            "L as one": L_one.data,
            "at w·x = −800, L in bricks": loss_far,
            "at w·x = −800, ∂L/∂w in bricks": slopes_far,
            "at w·x = −800, the engine's warning": str(warned[0].message),
            "at w·x = −800, L as one": loss_one,
            "at w·x = −800, ∂L/∂w as one": slopes_one,
        },
        comparisons=[
            Comparison(name="∂L/∂w in bricks", engine=[v.grad for v in w], closed_form=by_hand, torch=asked),
            Comparison(name="∂L/∂w as one", engine=[v.grad for v in w_one], closed_form=by_hand, torch=asked),
        ],
        graphs={"In bricks": L, "As one": L_one},
    )


@course.example("T6", "The sigmoid perceptron's update rule", engines="scalar")
def sigmoid_perceptron() -> Result:
    """The update rule of a sigmoid perceptron, derived by hand, is a step of gradient descent by the engine's gradient.

    With σₖ = σ(w·xₖ) and δₖ = yₖ − σₖ the cost is L = Σₖ δₖ², and the rule reads wⱼ ← wⱼ + 2η Σₖ δₖ σₖ (1 − σₖ) xₖⱼ.
    Here the perceptron learns "or"; x₀ = 1 stands beside the two inputs, so that w₀ is the bias.

    Source: Georgia Tech, CS 7643, gradient descent.
    """
    x = [[1.0, a, b] for a, b in itertools.product([0.0, 1.0], repeat=2)]
    y = [0.0, 1.0, 1.0, 1.0]
    start, rate, steps = [0.1, -0.2, 0.3], 1.0, 300

    def cost(w: list[Value]) -> Value:
        return scalar.sum((y_k - sigmoid(dot(w, x_k))) ** 2 for x_k, y_k in zip(x, y, strict=True))

    def rule(w: list[float]) -> list[float]:
        """2 Σₖ δₖ σₖ (1 − σₖ) xₖⱼ for each j."""
        sigma = [sigmoid(dot(w, x_k)) for x_k in x]
        delta = [y_k - sigma_k for y_k, sigma_k in zip(y, sigma, strict=True)]
        return [2 * sum(d * s * (1 - s) * x_k[j] for d, s, x_k in zip(delta, sigma, x, strict=True)) for j in range(3)]

    w = [Value(weight, f"w{j}", role="parameter") for j, weight in enumerate(start)]
    L = cost(w)
    L.label = "L"
    L.backward()

    by_hand, by_engine, costs = start, start, []
    for _ in range(steps):
        by_hand = [w_j + rate * change for w_j, change in zip(by_hand, rule(by_hand), strict=True)]
        value, slopes = scalar.value_and_grad(cost)(by_engine)
        by_engine = [w_j - rate * slope for w_j, slope in zip(by_engine, slopes, strict=True)]
        costs.append(value)
    return Result(
        numbers={
            "first change by the rule, η = 1": rule(start),
            "first −∂L/∂w": [-w_j.grad for w_j in w],
            f"w after {steps} steps": by_engine,
            "σ(w·x) for 00, 01, 10, 11": [sigmoid(dot(by_engine, x_k)) for x_k in x],
            "cost, first and last": [costs[0], costs[-1]],
        },
        comparisons=[
            Comparison(
                name="∂L/∂w",
                engine=[w_j.grad for w_j in w],
                closed_form=[-change for change in rule(start)],
                torch=pytorch.gradient(
                    lambda torch, w: ((torch.tensor(y) - torch.sigmoid(torch.tensor(x).double() @ w)) ** 2).sum(), start
                ),
            ),
            Comparison(name=f"w after {steps} steps", engine=by_engine, closed_form=by_hand),
        ],
        graphs={"The cost of four examples": L},
        plots={
            "What the perceptron has learnt": lambda: plots.decision_boundary(
                lambda points: [sigmoid(dot(by_engine, [1.0, *point])) for point in points.tolist()],
                [x_k[1:] for x_k in x],
                [int(y_k) for y_k in y],
                threshold=0.5,
            ),
            "The cost falls": lambda: plots.loss_curve(costs),
        },
    )
