"""Softmax and what is built on it, stable for logits of any size; along one axis, or over several as one."""

from typing import Any

import numpy as np

from vector.op import Op
from vector.rules import numerics
from vector.rules.elementwise import sigmoid

Axes = int | tuple[int, ...]
_SHORT = 32
"""Elements up to which an axis is short."""


def _shifted(x: Any, axis: int) -> Any:
    """x minus its largest element along an axis, with that axis first in memory.

    Exponentials then stay below 1, and sums over a short axis (ten classes) run along the long one (the batch).
    """
    x = x.swapaxes(axis, 0).copy()
    return x - np.maximum.reduce(x) if len(x) else x


def _lowered(x: Any, axes: Axes) -> Any:
    """x minus its largest element over the axes, where it lies."""
    return x - np.max(x, axis=axes, keepdims=True) if x.size else x


def _softmax(x: Any, *, axis: Axes = -1) -> Any:
    if isinstance(axis, tuple) or (x.ndim and x.shape[axis] > _SHORT):
        e = np.exp(_lowered(x, axis))
        return e / np.sum(e, axis=axis, keepdims=True)
    e = np.exp(_shifted(x, axis))
    out = (e / np.add.reduce(e)).swapaxes(axis, 0)
    return out.copy() if x.ndim > 2 else out  # of many matrices, as they lay, for the products that read them next


def _logsumexp(x: Any, *, axis: Axes = -1, keepdims: bool = False) -> Any:
    largest = np.max(x, axis=axis, keepdims=True, initial=-np.inf)
    largest = np.where(np.isfinite(largest), largest, 0)  # an infinite one, also that of nothing, is the result itself
    with np.errstate(all="ignore"):
        out = np.log(np.sum(np.exp(x - largest), axis=axis, keepdims=True)) + largest
    return out if keepdims else np.squeeze(out, axis=axis)


def _logsumexp_vjp(g: Any, out: Any, x: Any, *, axis: Axes = -1, keepdims: bool = False) -> Any:
    """x̄ = ḡ·softmax(x); of an infinite result the elements that are infinite in the same way have equal shares."""
    most = float(np.finfo(x.dtype).max)  # stands for ∞, for a softmax tells equal numbers from others
    return softmax(np.clip(x, -most, most), axis=axis) * (g if keepdims else np.expand_dims(g, axis))


def _log_softmax(x: Any, *, axis: Axes = -1) -> Any:
    """(x − max) − ln Σ exp(x − max): with the maximum added back first, large logits would lose the logarithm."""
    if not x.size:
        return x
    low = _lowered(x, axis)
    return low - np.log(np.sum(np.exp(low), axis=axis, keepdims=True))


def _cross_entropy(logits: Any, *, targets: Any) -> Any:
    """Mean over the batch of ln Σ exp(zᵢ) − z_target."""
    shifted = _shifted(logits, 1)
    right = shifted[targets, np.arange(len(targets))]
    return np.add.reduce(np.log(np.add.reduce(np.exp(shifted))) - right) / len(targets)


def _cross_entropy_vjp(g: Any, out: Any, logits: Any, *, targets: Any) -> Any:
    """z̄ = ḡ·(softmax(z) − one-hot(target)) / batch."""
    p = softmax(logits, axis=1)
    one_hot = np.zeros_like(p)  # laid out like p
    one_hot[np.arange(len(targets)), targets] = 1
    return (p - one_hot) * (g / len(targets))


def _logistic_loss(x: Any, y: Any) -> Any:
    """ln(1 + e⁻ˡˣˡ), and x on the side where the target is not."""
    x, y = 1.0 * x, 1.0 * y
    return numerics.softplus(-np.abs(x)) + (np.maximum(x, 0) - x * y)


def _plain_softmax(x: Any, *, axis: Axes = -1) -> Any:
    largest = np.max(x, axis=axis, keepdims=True)
    e = np.exp(x - largest)
    total = np.sum(e, axis=axis, keepdims=True)
    return e / total


def _plain_cross_entropy(logits: Any, *, targets: Any) -> Any:
    largest = np.max(logits, axis=1, keepdims=True)
    e = np.exp(logits - largest)
    total = np.sum(e, axis=1, keepdims=True)
    p = e / total
    p_target = p[np.arange(len(targets)), targets]
    losses = -np.log(p_target)
    return np.mean(losses)


softmax = Op(
    "softmax", _softmax, [lambda g, out, x, *, axis=-1: out * (g - np.sum(g * out, axis=axis, keepdims=True))],
    plain=_plain_softmax,
    meaning="eˣ / Σ eˣ; less the largest x first, which changes nothing. As one share grows, the others shrink.",
)  # fmt: skip
logsumexp = Op(
    "logsumexp", _logsumexp, [_logsumexp_vjp],
    plain=lambda x, *, axis=-1, **more: np.log(np.sum(np.exp(x), axis=axis, **more)),
)  # fmt: skip
log_softmax = Op(
    "log_softmax", _log_softmax,
    [lambda g, out, x, *, axis=-1: g - np.exp(out) * np.sum(g, axis=axis, keepdims=True)],
    plain=lambda x, *, axis=-1: x - logsumexp(x, axis=axis, keepdims=True),
    meaning="x − ln Σ eˣ. Hands the gradient on, less its sum times the softmax.",
)  # fmt: skip
softmax_cross_entropy = Op(
    "softmax_cross_entropy", _cross_entropy, [_cross_entropy_vjp], plain=_plain_cross_entropy,
    meaning="the mean of −ln p at the target's class, for p = softmax(x) = eˣ / Σ eˣ. Hands back what was predicted "
    "less what is so, p − 1 at the target's class and p elsewhere, divided by the n examples.",
)  # fmt: skip
logistic_loss = Op(
    "logistic_loss", _logistic_loss, plain=lambda x, y: np.log(1 + np.exp(x)) - x * y,
    partials=[lambda out, x, y: (1 - y) * sigmoid(x) - y * sigmoid(-x), lambda out, x, y: -x],
    meaning="−y·ln σ(x) − (1 − y)·ln(1 − σ(x)), exact far out. Hands back what was predicted less what is so.",
)  # fmt: skip
