"""Activations whose shape is learnt, or that choose among learnt lines."""

from typing import Any

import numpy as np
import numpy.typing as npt

from vector import functions, rules
from vector.arrays import Generator
from vector.nn.module import Module, parameter


class PReLU(Module):
    """x for x > 0, else a·x with a learnt a (He et al., ICCV 2015, equation 1); derivative a at the kink.

    Args:
        num_parameters: 1 for one a, or one for each channel, axis 1 of x: (batch, channels, ...); `weight` holds them.
        init: the first a.
        dtype: of the parameters.

    Raises:
        ValueError: when called, x.shape[1] != num_parameters, unless that is 1.
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


class APL(Module):
    """max(0, x) + Σₛ aₛ·max(0, bₛ − x), adaptive piecewise linear (Agostinelli et al., ICLR workshop 2015, equation 1).

    Args:
        num_features: size of the last axis of x; each feature learns hinges of its own.
        hinges: how many; `slopes` a and `places` b are (hinges, num_features).
        dtype: of the parameters.
        generator: source of the first a, normal with deviation 0.1, and b, normal with deviation 1; default: a fresh
            one.

    Raises:
        ValueError: when called, x.shape[-1] != num_features.
    """

    _shown = "{0.slopes.shape[1]}, hinges={0.slopes.shape[0]}"

    def __init__(
        self, num_features: int, hinges: int = 2, *, dtype: npt.DTypeLike = np.float32, generator: Generator = None
    ) -> None:
        generator = generator or np.random.default_rng()
        self.slopes = parameter(generator.normal(0, 0.1, (hinges, num_features)).astype(dtype), "slopes")
        self.places = parameter(generator.normal(0, 1, (hinges, num_features)).astype(dtype), "places")

    def __call__(self, x: Any) -> Any:
        """ReLU and the hinges."""
        features = self.slopes.shape[1]
        if not len(x.shape) or x.shape[-1] != features:
            raise ValueError(f"APL: expected x.shape[-1] == {features} (num_features), got shape {x.shape}")
        distances = self.places - rules.reshape(x, shape=(*x.shape[:-1], 1, features))
        return rules.relu(x) + functions.sum(self.slopes * rules.relu(distances), axis=-2)


class Maxout(Module):
    """The largest of each group of `pieces` neighbours: (..., n·pieces) → (..., n) (Goodfellow et al., ICML 2013).

    After a `Linear` of n·pieces outputs each result is the maximum of `pieces` learnt lines; ties share the gradient.

    Raises:
        ValueError: pieces below 1; when called, x.shape[-1] is no multiple of pieces.

    >>> Maxout(2)(np.array([[1.0, 5.0, 4.0, 3.0]]))
    array([[5., 4.]])
    """

    _shown = "pieces={0.pieces}"

    def __init__(self, pieces: int = 2) -> None:
        if pieces < 1:
            raise ValueError(f"Maxout: expected pieces >= 1, got {pieces}")
        self.pieces = pieces

    def __call__(self, x: Any) -> Any:
        """The largest of each group."""
        if not len(x.shape) or x.shape[-1] % self.pieces:
            raise ValueError(f"Maxout: expected x.shape[-1] to be a multiple of {self.pieces}, got shape {x.shape}")
        return functions.max(rules.reshape(x, shape=(*x.shape[:-1], -1, self.pieces)), axis=-1)
