"""Softmax and its family."""

from __future__ import annotations

from typing import Any

from vector import rules


def softmax(x: Any, axis: int = -1) -> Any:
    """exp(xᵢ) / Σⱼ exp(xⱼ) along an axis, finite for any x."""
    return rules.softmax(x, axis=axis)


def log_softmax(x: Any, axis: int = -1) -> Any:
    """ln softmax(x), without computing the softmax: exact where it would round to 0."""
    return rules.log_softmax(x, axis=axis)


def logsumexp(x: Any, axis: int = -1, keepdims: bool = False) -> Any:
    """ln Σⱼ exp(xⱼ) along an axis, finite for any x; its derivative is softmax."""
    return rules.logsumexp(x, axis=axis, keepdims=keepdims)
