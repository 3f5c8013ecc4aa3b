"""Optimizers: how a step along the gradient changes the parameters."""

from __future__ import annotations

from collections.abc import Iterable

from scalar.value import NOT_COMPUTED, Value


class SGD:
    """Gradient descent, θ ← θ − η·∂L/∂θ.

    Args:
        parameters: what to change.
        lr: the learning rate η > 0; may be reassigned between steps.

    Raises:
        ValueError: lr is not positive, or there are no parameters.
    """

    def __init__(self, parameters: Iterable[Value], lr: float) -> None:
        self.parameters = list(parameters)
        self.lr = lr
        if not self.parameters:
            raise ValueError("SGD: expected at least one parameter, got none")
        if not lr > 0:
            raise ValueError(f"SGD: expected lr > 0, got {lr}")

    def step(self) -> None:
        """Move each parameter against its gradient."""
        for parameter in self.parameters:
            parameter.data -= self.lr * parameter.grad

    def zero_grad(self) -> None:
        """Forget the gradients, so that the next backward starts a new sum."""
        for parameter in self.parameters:
            parameter.grad = NOT_COMPUTED
