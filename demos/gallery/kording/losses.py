"""Losses: K7 and K8."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from types import ModuleType
from typing import Any

import numpy as np

import vector
from demos.gallery import pytorch
from demos.gallery.example import Comparison, Result
from demos.gallery.kording.course import course
from vector import nn


@course.example("K7", "Losses", engines="vector")
def losses() -> Result:
    """Mean squared error for numbers, cross-entropy for classes, cosine similarity for directions.

    Cross-entropy takes logits and applies the softmax itself. Given what is already a softmax it applies a second one,
    and the loss can never come near 0: the engine warns.

    Source: Kording, CIS 522, lecture 2R.
    """
    generator = np.random.default_rng(0)
    prediction, target = generator.normal(size=(2, 3, 4))
    classes = np.array([1, 3, 0])

    y = vector.tensor(prediction, requires_grad=True, label="y")
    mse = nn.mse_loss(y, target)
    mse.label = "MSE"
    mse.backward(retain_all=True)

    z = vector.tensor(prediction, requires_grad=True, label="z")
    cross_entropy = nn.cross_entropy(z, classes)
    cross_entropy.label = "CE"
    cross_entropy.backward(retain_all=True)

    u = vector.tensor(prediction, requires_grad=True, label="u")
    cosine = nn.cosine_similarity(u, target)
    cosine.label = "cos"
    total = cosine.sum()
    total.label = "Σ cos"
    total.backward(retain_all=True)

    right = vector.tensor(100.0 * np.eye(4))  # and sure about each of four classes
    with warnings.catch_warnings(record=True) as warned:
        warnings.simplefilter("always")
        softmax_twice = nn.cross_entropy(vector.softmax(right), np.arange(4))

    p = np.exp(prediction) / np.exp(prediction).sum(axis=1, keepdims=True)
    norm, norm_target = (np.linalg.norm(rows, axis=1, keepdims=True) for rows in (prediction, target))
    similarity = (prediction * target).sum(axis=1, keepdims=True) / (norm * norm_target)
    return Result(
        numbers={
            "mean squared error": mse.item(),
            "cross-entropy": cross_entropy.item(),
            "cosine similarity": cosine,
            "a vector and itself, its double, its opposite": [
                nn.cosine_similarity(vector.tensor([[3.0, 4.0]]), factor * np.array([[3.0, 4.0]])).item()
                for factor in (1, 2, -1)
            ],
            "cross-entropy of the right logits": nn.cross_entropy(right, np.arange(4)).item(),
            "cross-entropy of their softmax": softmax_twice.item(),
            "… and the engine's warning": str(warned[0].message),
        },
        comparisons=[
            Comparison(
                name="mean squared error",
                engine=mse,
                closed_form=((prediction - target) ** 2).mean(),
                torch=lambda torch: torch.nn.functional.mse_loss(torch.tensor(prediction), torch.tensor(target)),
            ),
            Comparison(
                name="∂MSE/∂y",
                engine=y.grad,
                closed_form=2 * (prediction - target) / 12,
                torch=pytorch.gradient(
                    lambda torch, y: torch.nn.functional.mse_loss(y, torch.tensor(target)), prediction
                ),
            ),
            Comparison(
                name="cross-entropy",
                engine=cross_entropy,
                closed_form=-np.log(p[np.arange(3), classes]).mean(),
                torch=lambda torch: torch.nn.functional.cross_entropy(torch.tensor(prediction), torch.tensor(classes)),
            ),
            Comparison(
                name="∂CE/∂z",
                engine=z.grad,
                closed_form=(p - np.eye(4)[classes]) / 3,
                torch=pytorch.gradient(
                    lambda torch, z: torch.nn.functional.cross_entropy(z, torch.tensor(classes)), prediction
                ),
            ),
            Comparison(
                name="cosine similarity",
                engine=cosine,
                closed_form=similarity[:, 0],
                torch=lambda torch: torch.cosine_similarity(torch.tensor(prediction), torch.tensor(target)),
            ),
            Comparison(
                name="∂cos/∂u",
                engine=u.grad,
                closed_form=(target / norm_target - similarity * prediction / norm) / norm,
                torch=pytorch.gradient(
                    lambda torch, u: torch.cosine_similarity(u, torch.tensor(target)).sum(), prediction
                ),
            ),
        ],
        graphs={"Mean squared error": mse, "Cross-entropy": cross_entropy, "Cosine similarity": total},
        plots={"Each loss by what it looks at": _curves},
    )


def _curves() -> Any:
    """Squared error by error, cross-entropy by the margin of the right logit over one other, 1 − cos by the angle."""
    from demos.plots.figure import BLUE, GREEN, VERMILLION, blank, finish

    figure = blank(8.4, 3.0)
    error, margin, angle = np.linspace(-2, 2, 101), np.linspace(-6, 6, 101), np.linspace(-np.pi, np.pi, 101)
    entropy = [nn.cross_entropy(vector.tensor([[m, 0.0]]), [0]).item() for m in margin]
    directions = np.stack([np.cos(angle), np.sin(angle)], axis=1)
    distance = 1 - nn.cosine_similarity(vector.tensor(directions), np.array([[1.0, 0.0]])).data
    for axes, x, y, colour, title, xlabel in zip(
        figure.subplots(1, 3),
        (error, margin, np.degrees(angle)),
        (error**2, entropy, distance),
        (BLUE, VERMILLION, GREEN),
        ("squared error", "cross-entropy", "1 − cosine similarity"),
        ("$y - t$", "right logit − the other", "angle in degrees"),
        strict=True,
    ):
        axes.plot(x, y, color=colour, linewidth=2)
        finish(axes, xlabel)
        axes.set_title(title, fontsize=10)
    return figure


@course.example("K8", "One-hot targets and class indices", engines="vector")
def one_hot_and_indices() -> Result:
    """A class can be told by its index or by its one-hot row: the loss is the same, and so is the gradient.

    Cross-entropy −Σ qᵢ ln pᵢ with a one-hot q picks one logarithm, the one that the index names. The rows can say more:
    they may share the probability among classes.

    Source: Kording, CIS 522, lecture 2R.
    """
    logits = np.random.default_rng(1).normal(size=(5, 3))
    indices = np.array([0, 2, 1, 1, 0])
    one_hot = np.eye(3)[indices]

    z_index, z_row, z_shared = (vector.tensor(logits, requires_grad=True, label="z") for _ in range(3))
    by_index = nn.cross_entropy(z_index, indices)
    by_row = nn.cross_entropy(z_row, one_hot)
    shared = nn.cross_entropy(z_shared, 0.9 * one_hot + 0.1 / 3)
    by_index.label = by_row.label = shared.label = "L"
    for loss in (by_index, by_row, shared):
        loss.backward(retain_all=True)

    def by_torch(t: Any) -> Callable[[ModuleType], Any]:
        return lambda torch: torch.nn.functional.cross_entropy(torch.tensor(logits), torch.tensor(t))

    p = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
    return Result(
        numbers={
            "indices": indices,
            "one-hot rows": one_hot,
            "loss by indices": by_index.item(),
            "loss by one-hot rows": by_row.item(),
            "difference": abs(by_index.item() - by_row.item()),
            "gradient by indices": z_index.grad,
            "gradient by one-hot rows": z_row.grad,
            "loss when a tenth is shared": shared.item(),
        },
        comparisons=[
            *(
                Comparison(
                    name=f"L, {told}",
                    engine=loss,
                    closed_form=-np.log(p[np.arange(5), indices]).mean(),
                    torch=by_torch(t),
                )
                for told, t, loss in (("indices", indices, by_index), ("one-hot rows", one_hot, by_row))
            ),
            *(
                Comparison(
                    name=f"∂L/∂z, {told}",
                    engine=z.grad,
                    closed_form=(p - one_hot) / 5,
                    torch=pytorch.gradient(
                        lambda torch, z, t=t: torch.nn.functional.cross_entropy(z, torch.tensor(t)), logits
                    ),
                )
                for told, t, z in (("indices", indices, z_index), ("one-hot rows", one_hot, z_row))
            ),
        ],
        graphs={"By indices": by_index, "By one-hot rows": by_row},
    )
