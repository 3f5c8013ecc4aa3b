"""Activations: functions of each number alone, as modules.

Most come from the rule table, by `vector.nn.pointwise`; here stand those that are more than a row. At kinks the choice
is PyTorch's: the derivative at 0 is that of the side below.
"""

import math
from typing import Any

import numpy as np
import numpy.typing as npt

from vector import modes, rules
from vector.arrays import Generator
from vector.nn.module import Module, parameter
from vector.nn.pointwise import *  # noqa: F403  # pickled models look for them here


class Identity(Module):
    """x."""

    def __call__(self, x: Any) -> Any:
        """x itself."""
        return x


class Softplus(Module):
    """ln(1 + e^(β·x)) / β, a smooth ReLU (Dugas et al., NIPS 2000); exact where PyTorch turns to x, at β·x = 20."""

    _shown = "beta={0.beta}"

    def __init__(self, beta: float = 1.0) -> None:
        self.beta = beta

    def __call__(self, x: Any) -> Any:
        """ln(1 + e^(β·x)) / β."""
        return rules.softplus(x) if self.beta == 1 else rules.softplus(x * self.beta) / self.beta


class RReLU(Module):
    """x for x > 0, else k·x with a k drawn for each number (Xu et al., arXiv:1505.00853); in use, the mean k.

    lower, upper: k is uniform between them. generator: source of the slopes; default: a fresh one.

    Raises ValueError: lower > upper.
    """

    _shown = "lower={0.lower:.4g}, upper={0.upper:.4g}"

    def __init__(self, lower: float = 1 / 8, upper: float = 1 / 3, *, generator: Generator = None) -> None:
        if lower > upper:
            raise ValueError(f"RReLU: expected lower <= upper, got {lower} and {upper}")
        self.lower, self.upper = lower, upper
        self.generator = generator or np.random.default_rng()

    def __call__(self, x: Any) -> Any:
        """x or k·x."""
        if not self.training:
            return rules.leaky_relu(x, (self.lower + self.upper) / 2)
        slopes = modes.current_hooks().on_random(self.generator.uniform, (self.lower, self.upper, x.shape))
        return rules.leaky_relu(x, slopes.astype(x.dtype))


class GELU(Module):
    """x·Φ(x), Φ the distribution function of the normal law (Hendrycks & Gimpel, arXiv:1606.08415).

    approximate: "none" for Φ(x) to the last digits, "tanh" for ½(1 + tanh(√(2/π)·(x + 0.044715·x³))).

    Raises ValueError: approximate is neither.
    """

    _shown = "approximate={0.approximate!r}"

    def __init__(self, approximate: str = "none") -> None:
        if approximate not in ("none", "tanh"):
            raise ValueError(f"GELU: expected approximate 'none' or 'tanh', got {approximate!r}")
        self.approximate = approximate

    def __call__(self, x: Any) -> Any:
        """x·Φ(x)."""
        if self.approximate == "tanh":
            return x * (0.5 * (1 + rules.tanh(math.sqrt(2 / math.pi) * (x + 0.044715 * (x * x * x)))))
        return rules.gelu(x)


class PReLU(Module):
    """x for x > 0, else a·x with a learnt a (He et al., ICCV 2015, equation 1); derivative a at the kink.

    Args:
        num_parameters: 1 for one a, or one for each channel, axis 1 of x: (batch, channels, ...); `weight` holds them.
        init: the first a.
        dtype: of the parameters.

    Raises ValueError: when called, x.shape[1] != num_parameters, unless that is 1.
    """

    _shown = "num_parameters={0.weight.size}"

    def __init__(self, num_parameters: int = 1, init: float = 0.25, *, dtype: npt.DTypeLike = np.float32) -> None:
        self.weight = parameter(np.full(num_parameters, init, dtype), "weight")

    def __call__(self, x: Any) -> Any:
        """x or a·x."""
        slopes = self.weight.size
        if slopes != 1 and x.shape[1:2] != (slopes,):
            raise ValueError(f"PReLU: expected x.shape[1] == {slopes} (num_parameters), got shape {x.shape}")
        shape = () if slopes == 1 else (slopes,) + (1,) * (len(x.shape) - 2)
        return rules.leaky_relu(x, rules.reshape(self.weight, shape=shape))
