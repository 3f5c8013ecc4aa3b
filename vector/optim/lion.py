"""A step of the same size for every number, in the direction of its momentum's sign."""

from collections.abc import Iterable

import numpy as np

from vector.optim.optimizer import Array, Optimizer, blocks
from vector.tensor import Tensor


class Lion(Optimizer):
    """θ ← θ − η·(sign(β₁·m + (1 − β₁)·g) + λ·θ), then m ← β₂·m + (1 − β₂)·g (Chen et al., NeurIPS 2023, algorithm 2).

    lr: η; a tenth to a third of what suits Adam. betas: β₁, β₂. weight_decay: λ, decoupled as in `AdamW`.

    Raises ValueError: weight_decay below 0, or a β outside [0, 1].
    """

    decoupled = True

    def __init__(self, parameters: Iterable[Tensor], lr: float = 1e-4, betas: tuple[float, float] = (0.9, 0.99),
                 weight_decay: float = 0.0) -> None:  # fmt: skip
        super().__init__(parameters, lr, weight_decay=weight_decay)
        if not all(0 <= beta <= 1 for beta in betas):
            raise ValueError(f"Lion: expected betas in [0, 1], got {betas}")
        self.betas = betas
        self.means = self._filled()

    def _shared(self) -> tuple[float, ...]:
        beta1, beta2 = self.betas
        return beta1, 1 - beta1, beta2, 1 - beta2, self._decay

    def _update(self, i: int, data: Array, g: Array, *numbers: float) -> None:
        lr, beta1, rest1, beta2, rest2, decay = numbers
        for theta, slope, m in blocks(data, g, self.means[i]):
            slope = self._decayed(theta, slope, decay)
            theta -= lr * np.sign(beta1 * m + rest1 * slope)
            m *= beta2
            m += rest2 * slope
