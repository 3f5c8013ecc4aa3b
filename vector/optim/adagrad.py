"""A learning rate for each number, falling with the squares of its gradients so far."""

from collections.abc import Iterable

import numpy as np

from vector.optim.optimizer import Array, Optimizer, blocks
from vector.tensor import Tensor


class Adagrad(Optimizer):
    """θ ← θ − η/(1 + (t − 1)·δ) · g/(√s + ε) with s ← s + g² (Duchi, Hazan & Singer, JMLR 2011, figure 1).

    Args:
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
