"""Adam and its relatives: steps by the gradient's moving mean, of a size by its moving mean square, or of one size."""

import math
from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np

from vector.optim.optimizer import Array, Optimizer, blocks
from vector.tensor import Tensor


class Adam(Optimizer):
    """Adam (Kingma & Ba, ICLR 2015, algorithm 1).

    m ← β₁·m + (1 − β₁)·g and v ← β₂·v + (1 − β₂)·g², corrected for their start at 0:
    θ ← θ − η·m̂ / (√v̂ + ε), m̂ = m / (1 − β₁ᵗ), v̂ = v / (1 − β₂ᵗ).

    lr: η. betas: β₁, β₂. eps: ε, outside the root. weight_decay: λ, which adds λ·θ to g.
    amsgrad: take the largest v so far (Reddi, Kale & Kumar, ICLR 2018, algorithm 2).

    Raises ValueError: an argument below 0, or a β not below 1.
    """

    def __init__(self, parameters: Iterable[Tensor], lr: float = 1e-3, betas: tuple[float, float] = (0.9, 0.999),
                 eps: float = 1e-8, weight_decay: float = 0.0, amsgrad: bool = False) -> None:  # fmt: skip
        super().__init__(parameters, lr, eps=eps, weight_decay=weight_decay)
        if not all(0 <= beta < 1 for beta in betas):
            raise ValueError(f"{type(self).__name__}: expected betas in [0, 1), got {betas}")
        self.betas = betas
        self.time = [0] * len(self.parameters)
        self.sums = list(zip(*(self._filled() for _ in range(2 + amsgrad)), strict=True))
        self.scaled_by = betas

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """See `Optimizer.load_state_dict`; earlier versions had no `scaled_by`, which was always `betas`."""
        betas = {name.replace("betas", "scaled_by"): state[name] for name in state if name.startswith("betas.")}
        super().load_state_dict(betas | dict(state))

    def __setstate__(self, attributes: dict[str, Any]) -> None:
        """Unpickle or copy, from earlier versions, too."""
        vars(self).update({"scaled_by": attributes["betas"]} | attributes)

    def _numbers(self, i: int) -> tuple[float, ...]:
        beta1, beta2 = self.betas
        self.time[i] += 1
        # The sums below are m / (1 − β₁) and v / (1 − β₂); the factors and corrections are left to the two constants.
        scale = math.sqrt((1 - beta2) / (1 - beta2 ** self.time[i]))
        rate = self.lr * (1 - beta1) / (1 - beta1 ** self.time[i]) / scale
        return rate, self.eps / scale

    def _shared(self) -> tuple[float, ...]:
        if self.scaled_by != self.betas:  # the sums were made with other factors
            before, now = ((*betas, betas[1]) for betas in (self.scaled_by, self.betas))
            for own in self.sums:
                for total, old, new in zip(own, before, now, strict=False):
                    total *= (1 - old) / (1 - new)
            self.scaled_by = self.betas
        return *self.betas, self._decay

    def _update(self, i: int, data: Array, g: Array, *numbers: float) -> None:
        rate, eps, beta1, beta2, decay = numbers
        for theta, slope, m, v, *largest in blocks(data, g, *self.sums[i]):
            slope = self._decayed(theta, slope, decay)
            m *= beta1
            m += slope
            v *= beta2
            change = np.square(slope)
            v += change
            for top in largest:
                v = np.maximum(top, v, out=top)
            np.sqrt(v, out=change)
            change += eps
            np.divide(m, change, out=change)
            change *= rate
            theta -= change


class AdamW(Adam):
    """Adam with θ ← (1 − η·λ)·θ before the step, so that λ decays every weight alike.

    Loshchilov & Hutter, ICLR 2019, algorithm 2; there λ is not multiplied by η, here as in PyTorch it is.

    weight_decay: λ, 0.01 by default; the others as for `Adam`.
    """

    decoupled = True

    def __init__(self, parameters: Iterable[Tensor], lr: float = 1e-3, betas: tuple[float, float] = (0.9, 0.999),
                 eps: float = 1e-8, weight_decay: float = 1e-2, amsgrad: bool = False) -> None:  # fmt: skip
        super().__init__(parameters, lr, betas, eps, weight_decay, amsgrad)


class NAdam(Adam):
    """Adam with Nesterov's look ahead (Dozat, ICLR workshop 2016), in PyTorch's form.

    θ ← θ − η·(μₜ₊₁·m / (1 − Πₜ₊₁) + (1 − μₜ)·g / (1 − Πₜ)) / (√v̂ + ε), m, v and v̂ as for Adam, with the warm-up
    μₜ = β₁·(1 − ½·0.96^(t·ψ)) and Πₜ = μ₁·…·μₜ.

    lr: η. momentum_decay: ψ; the others as for `Adam`.
    """

    momentum_decay: float

    def __init__(self, parameters: Iterable[Tensor], lr: float = 2e-3, betas: tuple[float, float] = (0.9, 0.999),
                 eps: float = 1e-8, weight_decay: float = 0.0, momentum_decay: float = 4e-3) -> None:  # fmt: skip
        super().__init__(parameters, lr, betas, eps, weight_decay)
        self._take(momentum_decay=momentum_decay)
        self.products = [1.0] * len(self.parameters)

    def _numbers(self, i: int) -> tuple[float, ...]:
        beta1, beta2 = self.betas
        self.time[i] += 1
        now, ahead = (beta1 * (1 - 0.5 * 0.96 ** (t * self.momentum_decay)) for t in (self.time[i], self.time[i] + 1))
        self.products[i] *= now
        rate = self.lr * (1 - now) / (1 - self.products[i])
        rate_ahead = self.lr * ahead / (1 - self.products[i] * ahead)
        return rate, rate_ahead, math.sqrt(1 - beta2 ** self.time[i])

    def _shared(self) -> tuple[float, ...]:
        beta1, beta2 = self.betas
        return beta1, 1 - beta1, beta2, 1 - beta2, self.eps, self._decay

    def _update(self, i: int, data: Array, g: Array, *numbers: float) -> None:
        rate, rate_ahead, correction, beta1, rest1, beta2, rest2, eps, decay = numbers
        for theta, slope, m, v in blocks(data, g, *self.sums[i]):
            slope = self._decayed(theta, slope, decay)
            m *= beta1
            m += rest1 * slope
            v *= beta2
            v += rest2 * slope * slope
            theta -= (rate * slope + rate_ahead * m) / (np.sqrt(v) / correction + eps)


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
