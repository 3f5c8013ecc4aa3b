"""Optimizers: how a step along the gradient changes the parameters."""

import math
from collections.abc import Iterable, Iterator

from scalar.value import NOT_COMPUTED, Value


class Optimizer:
    """A list of parameters and a rule, `step`, that changes them.

    A parameter whose gradient is not computed stays as it is, and so does what the rule remembers of it.

    Raises ValueError: no parameters, or a learning rate that is not positive.
    """

    def __init__(self, parameters: Iterable[Value], lr: float) -> None:
        self.parameters = list(parameters)
        self.lr = lr
        if not self.parameters:
            raise ValueError(f"{type(self).__name__}: expected at least one parameter, got none")
        if not lr > 0:
            raise ValueError(f"{type(self).__name__}: expected lr > 0, got {lr}")

    def step(self) -> None:
        """Change every parameter that has a gradient."""
        raise NotImplementedError

    def reached(self) -> Iterator[tuple[int, Value]]:
        """The parameters that have a gradient, each with its place in the list."""
        return ((i, p) for i, p in enumerate(self.parameters) if p.grad is not NOT_COMPUTED)

    def zero_grad(self) -> None:
        """Forget the gradients, so that the next backward starts a new sum."""
        for parameter in self.parameters:
            parameter.grad = NOT_COMPUTED


class SGD(Optimizer):
    """Gradient descent with momentum, v ← μ·v + g, θ ← θ − η·v (Polyak, 1964; Sutskever et al., ICML 2013).

    lr: the learning rate η > 0; may be reassigned between steps.
    momentum: μ; 0, the default, is plain gradient descent.

    >>> x = Value(3.0, role="parameter")
    >>> descent = SGD([x], lr=0.1)
    >>> (x * x).backward()
    >>> descent.step()
    >>> round(x.data, 6)
    2.4
    """

    def __init__(self, parameters: Iterable[Value], lr: float, momentum: float = 0.0) -> None:
        super().__init__(parameters, lr)
        self.momentum = momentum
        self.velocities = [0.0] * len(self.parameters)

    def step(self) -> None:
        """Move each parameter along its velocity."""
        for i, parameter in self.reached():
            self.velocities[i] = self.momentum * self.velocities[i] + parameter.grad
            parameter.data -= self.lr * self.velocities[i]


class Adam(Optimizer):
    """Adam (Kingma & Ba, ICLR 2015, algorithm 1).

    Args:
        lr: the step size η > 0; may be reassigned between steps.
        betas: decay rates β₁ and β₂ of the two moments.
        eps: ε, outside the root.
    """

    def __init__(self, parameters: Iterable[Value], lr: float = 1e-3, betas: tuple[float, float] = (0.9, 0.999),
                 eps: float = 1e-8) -> None:  # fmt: skip
        super().__init__(parameters, lr)
        self.betas, self.eps = betas, eps
        self.time = [0] * len(self.parameters)
        self.m, self.v = [0.0] * len(self.parameters), [0.0] * len(self.parameters)

    def step(self) -> None:
        """Move each parameter by its averaged gradient over the root of its averaged square."""
        beta1, beta2 = self.betas
        for i, parameter in self.reached():
            g = parameter.grad
            self.time[i] += 1
            self.m[i] = beta1 * self.m[i] + (1 - beta1) * g
            self.v[i] = beta2 * self.v[i] + (1 - beta2) * g**2
            m_hat = self.m[i] / (1 - beta1 ** self.time[i])  # both averages started at 0, which this corrects
            v_hat = self.v[i] / (1 - beta2 ** self.time[i])
            parameter.data -= self.lr * m_hat / (math.sqrt(v_hat) + self.eps)
