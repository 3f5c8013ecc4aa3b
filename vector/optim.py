"""Optimizers: how a step along the gradient changes the parameters. Arguments and defaults are PyTorch's."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from typing import Any

import numpy as np
import numpy.typing as npt

from vector.tensor import Tensor

Array = npt.NDArray[Any]


class Optimizer:
    """A list of parameters and a rule, `_update`, that changes one of them.

    Raises:
        ValueError: no parameters, or a learning rate that is not positive.
    """

    def __init__(self, parameters: Iterable[Tensor], lr: float) -> None:
        self.parameters = list(parameters)
        self.lr = lr
        if not self.parameters:
            raise ValueError(f"{type(self).__name__}: expected at least one parameter, got none")
        if not lr > 0:
            raise ValueError(f"{type(self).__name__}: expected lr > 0, got {lr}")

    def step(self) -> None:
        """Change every parameter that has a gradient, in place."""
        for i, p in enumerate(self.parameters):
            if p.grad is not None:
                data = p.data
                self._update(i, data, p.grad)
                p.data = data  # tells the graph that the numbers changed

    def zero_grad(self) -> None:
        """Forget the gradients, so that the next backward starts a new sum."""
        for p in self.parameters:
            p.grad = None

    def _update(self, i: int, data: Array, g: Array) -> None:
        raise NotImplementedError


class SGD(Optimizer):
    """θ ← θ − η·v with v ← μ·v + g; without momentum v = g (Sutskever et al., ICML 2013, in PyTorch's form).

    Args:
        lr: η. momentum: μ, 0 by default.
    """

    def __init__(self, parameters: Iterable[Tensor], lr: float = 1e-3, momentum: float = 0.0) -> None:
        super().__init__(parameters, lr)
        self.momentum = momentum
        self.velocity: dict[int, Array] = {}

    def _update(self, i: int, data: Array, g: Array) -> None:
        if self.momentum:
            if i in self.velocity:
                self.velocity[i] *= self.momentum
                self.velocity[i] += g
            else:
                self.velocity[i] = g.copy()
            g = self.velocity[i]
        for theta, slope in _blocks(data, g):
            theta -= self.lr * slope


class Adam(Optimizer):
    """Adam (Kingma & Ba, ICLR 2015, algorithm 1).

    m ← β₁·m + (1 − β₁)·g and v ← β₂·v + (1 − β₂)·g², corrected for their start at 0:
    θ ← θ − η·m̂ / (√v̂ + ε), m̂ = m / (1 − β₁ᵗ), v̂ = v / (1 − β₂ᵗ).

    Args:
        lr: η. betas: β₁, β₂. eps: ε, outside the root.
    """

    def __init__(
        self,
        parameters: Iterable[Tensor],
        lr: float = 1e-3,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-8,
    ) -> None:
        super().__init__(parameters, lr)
        self.betas = betas
        self.eps = eps
        self.time = [0] * len(self.parameters)
        self.sums = [(np.zeros_like(p.data), np.zeros_like(p.data)) for p in self.parameters]

    def _update(self, i: int, data: Array, g: Array) -> None:
        beta1, beta2 = self.betas
        self.time[i] += 1
        # The sums below are m / (1 − β₁) and v / (1 − β₂); the factors and corrections are left to the two constants.
        scale = math.sqrt((1 - beta2) / (1 - beta2 ** self.time[i]))
        rate = self.lr * (1 - beta1) / (1 - beta1 ** self.time[i]) / scale
        eps = self.eps / scale
        for theta, slope, m, v in _blocks(data, g, *self.sums[i]):
            m *= beta1
            m += slope
            v *= beta2
            change = slope * slope
            v += change
            np.sqrt(v, out=change)
            change += eps
            np.divide(m, change, out=change)
            change *= rate
            theta -= change


def _blocks(*arrays: Array, size: int = 32_768) -> Iterator[tuple[Array, ...]]:
    """The arrays as flat views, block by block: small enough that all passes of an update find them in the cache."""
    data = arrays[0]
    if data.size <= size or not (data.flags.c_contiguous or data.flags.f_contiguous):
        yield arrays if data.ndim else tuple([array.reshape(1) for array in arrays])
        return
    # A transposed weight is walked as it lies in memory, and its gradient, nearly always laid out alike, with it.
    if not data.flags.c_contiguous:
        arrays = tuple([array.T for array in arrays])
    flat = [array.reshape(-1) for array in arrays]
    for start in range(0, data.size, size):
        yield tuple([array[start : start + size] for array in flat])
