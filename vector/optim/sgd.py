"""Gradient descent, with momentum."""

from collections.abc import Iterable

from vector.optim.optimizer import Array, Optimizer, blocks
from vector.tensor import Tensor


class SGD(Optimizer):
    """θ ← θ − η·v with v ← μ·v + (1 − τ)·g, where the first v is g; without momentum v = g.

    Momentum is Polyak's (1964), Nesterov's as in Sutskever et al. (ICML 2013), both in PyTorch's form: with `nesterov`
    the step is η·(g + μ·v).

    lr: η. momentum: μ. dampening: τ. weight_decay: λ, which adds λ·θ to g. nesterov: look ahead along v.

    Raises ValueError: an argument below 0; nesterov without momentum or with dampening.
    """

    def __init__(self, parameters: Iterable[Tensor], lr: float = 1e-3, momentum: float = 0.0, dampening: float = 0.0,
                 weight_decay: float = 0.0, nesterov: bool = False) -> None:  # fmt: skip
        super().__init__(parameters, lr, momentum=momentum, weight_decay=weight_decay)
        if nesterov and (not momentum or dampening):
            raise ValueError(f"SGD: nesterov expected momentum > 0 and dampening == 0, got {momentum=}, {dampening=}")
        self.dampening, self.nesterov = dampening, nesterov
        self.time = [0] * len(self.parameters)
        self.velocity = self._filled() if momentum else []

    def _numbers(self, i: int) -> tuple[float, float]:
        fresh = 1 - self.dampening if self.time[i] else 1.0
        self.time[i] += bool(self.momentum)
        return self.lr, fresh

    def _shared(self) -> tuple[float, float]:
        return self.momentum, self._decay

    def _update(self, i: int, data: Array, g: Array, *numbers: float) -> None:
        lr, fresh, momentum, decay = numbers
        if self.momentum and not self.velocity:  # it was raised from 0 after the start
            self.velocity = self._filled()
        for theta, slope, *velocity in blocks(data, g, *([self.velocity[i]] if self.momentum else [])):
            slope = self._decayed(theta, slope, decay)
            for v in velocity:
                v *= momentum
                v += fresh * slope if self.dampening else slope
                slope = slope + momentum * v if self.nesterov else v
            theta -= lr * slope
