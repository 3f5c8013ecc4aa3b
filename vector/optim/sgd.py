"""Gradient descent, with momentum."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from vector.optim.optimizer import Array, Optimizer, blocks, checked
from vector.tensor import Tensor


class SGD(Optimizer):
    """θ ← θ − η·v with v ← μ·v + (1 − τ)·g, where the first v is g; without momentum v = g.

    Momentum is Polyak's (1964), Nesterov's as in Sutskever et al. (ICML 2013), both in PyTorch's form: with `nesterov`
    the step is η·(g + μ·v).

    Args:
        lr: η. momentum: μ. dampening: τ. weight_decay: λ, which adds λ·θ to g.
        nesterov: look ahead along v.

    Raises:
        ValueError: an argument below 0; nesterov without momentum or with dampening.
    """

    def __init__(
        self,
        parameters: Iterable[Tensor],
        lr: float = 1e-3,
        momentum: float = 0.0,
        dampening: float = 0.0,
        weight_decay: float = 0.0,
        nesterov: bool = False,
    ) -> None:
        super().__init__(parameters, lr)
        checked("SGD", momentum=momentum, weight_decay=weight_decay)
        if nesterov and (not momentum or dampening):
            raise ValueError(
                f"SGD: nesterov expected momentum > 0 and dampening == 0, got momentum={momentum}, {dampening=}"
            )
        self.momentum = momentum
        self.dampening = dampening
        self.weight_decay = weight_decay
        self.nesterov = nesterov
        self.velocity: dict[int, Array] = {}

    def _update(self, i: int, data: Array, g: Array) -> None:
        if not self.momentum:
            for theta, slope in blocks(data, g):
                if self.weight_decay:
                    slope = slope + self.weight_decay * theta
                theta -= self.lr * slope
            return
        fresh = 1 - self.dampening if i in self.velocity else 1.0
        if i not in self.velocity:
            self.velocity[i] = np.zeros_like(data)
        for theta, slope, v in blocks(data, g, self.velocity[i]):
            if self.weight_decay:
                slope = slope + self.weight_decay * theta
            v *= self.momentum
            v += slope if fresh == 1 else fresh * slope
            theta -= self.lr * (slope + self.momentum * v if self.nesterov else v)
