"""A learning rate for each number, by the size of its gradients: of all so far, or of the recent ones."""

from collections.abc import Iterable

import numpy as np

from vector.optim.optimizer import Array, Optimizer, blocks
from vector.tensor import Tensor


class Adagrad(Optimizer):
    """θ ← θ − η/(1 + (t − 1)·δ) · g/(√s + ε) with s ← s + g² (Duchi, Hazan & Singer, JMLR 2011, figure 1).

    lr: η. lr_decay: δ. weight_decay: λ, which adds λ·θ to g. initial_accumulator_value: the first s.
    eps: ε, outside the root.

    Raises ValueError: an argument below 0.
    """

    lr_decay: float

    def __init__(self, parameters: Iterable[Tensor], lr: float = 1e-2, lr_decay: float = 0.0, weight_decay: float = 0.0,
                 initial_accumulator_value: float = 0.0, eps: float = 1e-10) -> None:  # fmt: skip
        super().__init__(parameters, lr, lr_decay=lr_decay, weight_decay=weight_decay, eps=eps)
        start = initial_accumulator_value
        if not start >= 0:
            raise ValueError(f"Adagrad: expected initial_accumulator_value >= 0, got {start}")
        self.time = [0] * len(self.parameters)
        self.squares = self._filled(start)

    def _numbers(self, i: int) -> tuple[float]:
        rate = self.lr / (1 + self.time[i] * self.lr_decay)
        self.time[i] += 1
        return (rate,)

    def _shared(self) -> tuple[float, float]:
        return self._decay, self.eps

    def _update(self, i: int, data: Array, g: Array, *numbers: float) -> None:
        lr, decay, eps = numbers
        for theta, slope, s in blocks(data, g, self.squares[i]):
            slope = self._decayed(theta, slope, decay)
            s += slope * slope
            theta -= lr * slope / (np.sqrt(s) + eps)


class RMSprop(Optimizer):
    """θ ← θ − η·u with u ← μ·u + g/(√v + ε) and v ← α·v + (1 − α)·g² (Tieleman & Hinton, Coursera 2012, lecture 6.5).

    Centred (Graves, arXiv:1308.0850, equations 38–41), v − m² takes the place of v, m ← α·m + (1 − α)·g: the variance
    of the gradient instead of its mean square.

    lr: η. alpha: α. eps: ε, outside the root. weight_decay: λ, which adds λ·θ to g. momentum: μ.
    centered: divide by the standard deviation.

    Raises ValueError: an argument below 0.
    """

    alpha: float

    def __init__(self, parameters: Iterable[Tensor], lr: float = 1e-2, alpha: float = 0.99, eps: float = 1e-8,
                 weight_decay: float = 0.0, momentum: float = 0.0, centered: bool = False) -> None:  # fmt: skip
        super().__init__(parameters, lr, alpha=alpha, eps=eps, weight_decay=weight_decay, momentum=momentum)
        self.centered = centered
        self.squares = self._filled()
        self.means = self._filled() if centered else self.squares
        self.velocity = self._filled() if momentum else self.squares

    def _shared(self) -> tuple[float, ...]:
        return self.alpha, 1 - self.alpha, self.eps, self._decay, self.momentum

    def _update(self, i: int, data: Array, g: Array, *numbers: float) -> None:
        lr, alpha, rest, eps, decay, momentum = numbers
        if self.momentum and self.velocity[0] is self.squares[0]:  # the momentum was raised from 0 after the start
            self.velocity = self._filled()
        if self.centered and self.means[0] is self.squares[0]:
            self.means = self._filled()
        for theta, slope, v, m, u in blocks(data, g, self.squares[i], self.means[i], self.velocity[i]):
            slope = self._decayed(theta, slope, decay)
            v *= alpha
            v += rest * slope * slope
            spread = v
            if self.centered:
                m *= alpha
                m += rest * slope
                spread = v - m * m
            change = slope / (np.sqrt(spread) + eps)
            if self.momentum:
                u *= momentum
                u += change
                change = u
            theta -= lr * change
