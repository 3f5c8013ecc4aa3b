"""Losses of a batch: how far predictions are from numbers, scores from classes, and vectors from one direction.

`reduction` is "mean", "sum" or "none", the loss of each. What they ask of their arguments stands in `targets`.
"""

import math
import warnings
from typing import Any

import numpy as np

from vector import functions, modes, rules
from vector.arrays import Array
from vector.functions.operand import cast, floating
from vector.nn.targets import check_classes, check_fractions, check_signs, labelled, reduced, same_shape, target_array
from vector.tensor import Tensor, data_of
from vector.vocabulary import teach

__all__ = [
    "binary_cross_entropy_with_logits", "cosine_embedding_loss", "cosine_similarity", "cross_entropy", "hinge",
    "huber_loss", "l1_loss", "mse_loss", "nll_loss", "smooth_l1_loss",
]  # fmt: skip


def mse_loss(prediction: Any, target: Any, *, reduction: str = "mean") -> Tensor:
    """Mean of (y − t)² over all elements; gradient 2 (y − t) / n.

    Raises ValueError: the shapes differ, for all losses of this file; broadcasting here is nearly always a mistake.
    """
    prediction, target = same_shape("mse_loss", prediction, target)
    return reduced("mse_loss", (prediction - target) ** 2, reduction)


def l1_loss(prediction: Any, target: Any, *, reduction: str = "mean") -> Tensor:
    """Mean of |y − t| over all elements; gradient sign(y − t) / n, 0 at the kink."""
    prediction, target = same_shape("l1_loss", prediction, target)
    return reduced("l1_loss", rules.absolute(prediction - target), reduction)


def huber_loss(prediction: Any, target: Any, *, reduction: str = "mean", delta: float = 1.0) -> Tensor:
    """Mean of ½d² where d = |y − t| ≤ δ, else of δ·(d − ½δ): squares near the target, distances far from it.

    Huber, 1964.

    delta: δ.

    Raises ValueError: the shapes differ, or δ is not above 0.

    >>> from vector import tensor
    >>> huber_loss(tensor([0.5, 3.0]), tensor([0.0, 0.0])).item()  # (0.125 + 2.5) / 2
    1.3125
    """
    prediction, target = same_shape("huber_loss", prediction, target)
    if not delta > 0:
        raise ValueError(f"huber_loss: expected delta > 0, got {delta}")
    distance = rules.absolute(prediction - target)
    near = rules.minimum(distance, delta)
    return reduced("huber_loss", near * (distance - 0.5 * near), reduction)


def smooth_l1_loss(prediction: Any, target: Any, *, reduction: str = "mean", beta: float = 1.0) -> Tensor:
    """The Huber loss with δ = β, divided by β: its gradient far from the target is ±1/n (Girshick, ICCV 2015).

    beta: β; 0 makes it `l1_loss`.

    Raises ValueError: the shapes differ, or β is below 0.
    """
    prediction, target = same_shape("smooth_l1_loss", prediction, target)
    if not beta >= 0:
        raise ValueError(f"smooth_l1_loss: expected beta >= 0, got {beta}")
    if not beta:
        return l1_loss(prediction, target, reduction=reduction)
    return huber_loss(prediction, target, reduction=reduction, delta=beta) / beta


def cross_entropy(logits: Any, targets: Any, *, weight: Any = None, ignore_index: int | None = None,
                  reduction: str = "mean", label_smoothing: float = 0.0) -> Tensor:  # fmt: skip
    """Mean over the batch of −Σ qᵢ·ln softmax(z)ᵢ, from logits z and targets q; gradient (softmax(z) − q) / batch.

    For class indices t, where q is one-hot, −ln softmax(z)ₜ is one stable operation.

    Args:
        logits: (batch, classes), before any softmax.
        targets: (batch,) class indices; or (batch, classes) probabilities q, such as one-hot rows.
        weight: (classes,) w, which makes the mean Σ wₜ·loss / Σ wₜ for class indices t.
        ignore_index: the target of examples that do not count.
        reduction: "mean", "sum", or "none" for the loss of each example.
        label_smoothing: ε; q becomes (1 − ε)·q + ε / classes (Szegedy et al., CVPR 2016, section 7).

    Warns UserWarning: the logits look like the output of a softmax already.

    Raises TypeError: targets of shape (batch,) are not integers, or targets of shape (batch, classes) are not floats;
    ValueError: shapes do not fit, the batch is empty, a target is no class, or ε is outside [0, 1].

    >>> from vector import tensor
    >>> cross_entropy(tensor([[1000.0, 0.0]]), [1]).item()
    1000.0
    >>> cross_entropy(tensor([[1000.0, 0.0]]), [[0.25, 0.75]]).item()
    750.0
    """
    logits = floating(logits)
    if not isinstance(logits, Tensor):
        logits = Tensor(logits)
    z, known = logits.data, target_array(targets)
    spread = known.ndim == 2
    if z.ndim != 2 or known.shape != (z.shape if spread else z.shape[:1]) or not known.size:
        raise ValueError(
            "cross_entropy: expected logits (batch, classes) and targets (batch,) or (batch, classes) with batch >= 1, "
            f"got {z.shape} and {known.shape}"
        )
    if spread and known.dtype.kind != "f":
        raise TypeError(
            "cross_entropy: expected floating targets of shape (batch, classes), which are probabilities, got dtype "
            f"{known.dtype}; give class indices, targets.argmax(axis=1), or one-hot rows as targets.astype(float)"
        )
    hooks = modes.current_hooks()
    if not spread:
        hooks.on_check(check_classes, ("cross_entropy", _counted(known, ignore_index), z.shape[1]))
    if not 0 <= label_smoothing <= 1:
        raise ValueError(f"cross_entropy: expected 0 <= label_smoothing <= 1, got {label_smoothing}")
    hooks.on_warning(_warn_of_softmax, (z,))
    if not spread and not label_smoothing and weight is ignore_index is None and reduction == "mean":
        return rules.softmax_cross_entropy(logits, targets=known)
    q = targets if spread and isinstance(targets, Tensor) else known
    logarithms = functions.log_softmax(logits)
    return _weighed("cross_entropy", logarithms, q, weight, ignore_index, reduction, label_smoothing)


def _counted(known: Any, ignored: int | None) -> Any:
    """The targets, with class 0 for those that are ignored."""
    return known if ignored is None else np.where(known == ignored, 0, known)


def _weighed(
    loss: str, logarithms: Any, q: Any, weight: Any, ignored: int | None, reduction: str, smoothing: float = 0.0
) -> Any:
    """−Σ w·q·ln p of each row, from probabilities or classes q; where q is 0 it is 0, also where ln p is −∞."""
    shape, dtype = logarithms.shape[1:], logarithms.dtype
    weights = np.ones(shape, dtype) if weight is None else target_array(weight)
    if weights.shape != shape:
        raise ValueError(f"{loss}: expected weight.shape == {shape} (classes), got {weights.shape}")
    weights = weights.astype(dtype)
    share, counted = 1.0 / len(q), 1.0
    if q.ndim == 1:  # rows of 0 with a 1 for the class, or none where it is ignored
        classes = np.arange(*shape)
        q = ((q[:, None] == classes) & (classes != (-1 if ignored is None else ignored))).astype(dtype)
        share, counted = 1 / (q * weights).sum(), q.sum(1, keepdims=True)
    if smoothing:
        q = (1 - smoothing) * q + smoothing / shape[0] * counted
    q = q * weights
    logarithms = rules.where((data_of(q) == 0) & (logarithms == -math.inf), 0, logarithms)
    if reduction == "mean":
        return -functions.sum(logarithms * q) * share
    return reduced(loss, -functions.sum(logarithms * q, 1), reduction)


def nll_loss(log_probabilities: Any, targets: Any, *, weight: Any = None, ignore_index: int | None = None,
             reduction: str = "mean") -> Tensor:  # fmt: skip
    """Mean of −ln p for the right classes, from log-probabilities, such as those of `log_softmax`.

    Args:
        log_probabilities: (batch, classes).
        targets: (batch,) class indices.
        weight, ignore_index, reduction: as for `cross_entropy`.

    Raises TypeError: targets are not integers; ValueError: shapes do not fit, the batch is empty, or a target is no
    class.
    """
    log_probabilities, classes = floating(log_probabilities), target_array(targets)
    shape = log_probabilities.shape
    if len(shape) != 2 or classes.shape != shape[:1] or not classes.size:
        raise ValueError(
            "nll_loss: expected log_probabilities (batch, classes) and targets (batch,) with batch >= 1, got "
            f"{shape} and {classes.shape}"
        )
    modes.current_hooks().on_check(check_classes, ("nll_loss", _counted(classes, ignore_index), shape[1]))
    if weight is not None or ignore_index is not None or reduction != "mean":
        return _weighed("nll_loss", log_probabilities, classes, weight, ignore_index, reduction)
    return -functions.mean(log_probabilities[np.arange(len(classes)), classes])


def binary_cross_entropy_with_logits(
    logits: Any, targets: Any, *, weight: Any = None, reduction: str = "mean", pos_weight: Any = None
) -> Tensor:
    """Mean of −t·ln σ(z) − (1 − t)·ln(1 − σ(z)), exact for any z; gradient (σ(z) − t) / n.

    Args:
        logits: z, of any shape, before any sigmoid.
        targets: t of the same shape, in [0, 1].
        weight, pos_weight: of each element, and of t in it, of shapes that broadcast.

    Raises ValueError: the shapes differ, or a target is outside [0, 1].

    >>> from vector import tensor
    >>> binary_cross_entropy_with_logits(tensor([-1000.0, 0.0]), [1.0, 1.0]).item().__round__(6)
    500.346574
    """
    logits, t = labelled("binary_cross_entropy_with_logits", logits, targets, check_fractions)
    if pos_weight is None:
        each = rules.logistic_loss(logits, t)
    else:  # −ln σ(z) = softplus(−z) and −ln(1 − σ(z)) = softplus(z), without ever computing σ
        each = t * target_array(pos_weight) * rules.softplus(-logits) + (1 - t) * rules.softplus(logits)
    each = each if weight is None else each * target_array(weight)
    return reduced("binary_cross_entropy_with_logits", each, reduction)


def hinge(scores: Any, targets: Any, *, reduction: str = "mean") -> Tensor:
    """Mean of max(0, 1 − t·s) for targets of −1 or 1; derivative 0 at the kink (Cortes & Vapnik, 1995).

    Raises ValueError: the shapes differ, or a target is neither 1 nor −1.
    """
    scores, t = labelled("hinge", scores, targets, check_signs)
    return reduced("hinge", rules.relu(1 - t * scores), reduction)


def _warn_of_softmax(logits: Array) -> None:
    """Warn if all rows are probabilities; a look at the first is nearly always enough to say no."""
    first = logits[0].tolist()
    if len(first) < 2 or min(first) < 0 or abs(sum(first) - 1) > 1e-3:
        return
    if (logits >= 0).all() and (np.abs(logits.sum(axis=1) - 1) < 1e-3).all():
        warnings.warn(
            "cross_entropy: expected logits, got rows that are >= 0 and sum to 1, as after a softmax; it applies the "
            "softmax itself, so leave yours out, or give log-probabilities to nll_loss",
            stacklevel=5,
        )


def cosine_similarity(x: Any, y: Any, axis: int = 1, eps: float = 1e-8) -> Tensor:
    """⟨x, y⟩ / (‖x‖·‖y‖) along an axis: 1 for the same direction, −1 for opposite ones.

    x, y: vectors along the axis, of shapes that broadcast.
    eps: norms below it count as eps, so that a zero vector has similarity 0.

    >>> from vector import tensor
    >>> cosine_similarity(tensor([[3.0, 4.0]]), tensor([[4.0, 3.0]])).item()
    0.96
    """
    x, y = floating(x), floating(y)
    if x.dtype == np.float16:  # squares leave its range
        wide = np.dtype(np.float32)
        return cast(cosine_similarity(cast(x, wide), cast(y, wide), axis, eps), x.dtype)
    return functions.sum(_unit(x, axis, eps) * _unit(y, axis, eps), axis)


def cosine_embedding_loss(x: Any, y: Any, targets: Any, *, margin: float = 0.0, reduction: str = "mean") -> Tensor:
    """Mean of 1 − cos(x, y) where the target is 1, and of max(0, cos(x, y) − margin) where it is −1.

    x, y: (batch, features). targets: (batch,) of 1 and −1: alike or not. margin: how alike others may be.

    Raises ValueError: shapes do not fit, or a target is neither 1 nor −1.
    """
    x, y, signs = floating(x), floating(y), target_array(targets)
    if len(x.shape) != 2 or x.shape != y.shape or signs.shape != x.shape[:1]:
        raise ValueError(
            "cosine_embedding_loss: expected x and y (batch, features) and targets (batch,), got "
            f"{x.shape}, {y.shape} and {signs.shape}"
        )
    modes.current_hooks().on_check(check_signs, ("cosine_embedding_loss", signs))
    cosine = cosine_similarity(x, y)
    each = functions.where(signs == 1, 1 - cosine, rules.relu(cosine - margin))
    return reduced("cosine_embedding_loss", each, reduction)


def _unit(x: Any, axis: int, eps: float) -> Any:
    return x / rules.maximum(rules.sqrt(functions.sum(x * x, axis, keepdims=True)), eps)


teach(__name__)
