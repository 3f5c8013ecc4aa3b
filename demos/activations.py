"""Activations beside PyTorch's: adaptive hinges, maxout, and two whose name is their one number.

Those that keep the number of features have rows in `nn.ACTIVATIONS`: `MLP(2, [8, 1], "apl")` knows them where this file
is imported, as the command line does.
"""

import math
from typing import Any

import numpy as np
import numpy.typing as npt

import vector
from vector import nn
from vector.arrays import Generator


class CentredSoftplus(nn.Module):
    """ln(1 + eˣ) − ln 2: softplus moved down to pass through the origin."""

    def __call__(self, x: Any) -> Any:
        """ln(1 + eˣ) − ln 2."""
        return vector.softplus(x) - math.log(2)


class VeryLeakyReLU(nn.LeakyReLU):
    """x for x > 0, else x/3 (Graham, arXiv:1409.6070)."""

    _shown = "negative_slope={0.negative_slope:.4g}"

    def __init__(self) -> None:
        super().__init__(1 / 3)


class APL(nn.Module):
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
        self.slopes = nn.parameter(generator.normal(0, 0.1, (hinges, num_features)).astype(dtype), "slopes")
        self.places = nn.parameter(generator.normal(0, 1, (hinges, num_features)).astype(dtype), "places")

    def __call__(self, x: Any) -> Any:
        """ReLU and the hinges."""
        features = self.slopes.shape[1]
        if not len(x.shape) or x.shape[-1] != features:
            raise ValueError(f"APL: expected x.shape[-1] == {features} (num_features), got shape {x.shape}")
        distances = self.places - vector.reshape(x, (*x.shape[:-1], 1, features))
        return vector.relu(x) + vector.sum(self.slopes * vector.relu(distances), axis=-2)


class Maxout(nn.Module):
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
        return vector.max(vector.reshape(x, (*x.shape[:-1], -1, self.pieces)), axis=-1)


ACTIVATIONS = nn.ACTIVATIONS
ACTIVATIONS.update(
    centred_softplus=lambda **_: CentredSoftplus(),
    very_leaky_relu=lambda **_: VeryLeakyReLU(),
    apl=lambda *, features, dtype, generator: APL(features, dtype=dtype, generator=generator),
)
