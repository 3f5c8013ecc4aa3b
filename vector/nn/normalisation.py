"""Layers that give their input mean 0 and variance 1, then scale and shift it as learnt."""

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from vector import functions, modes, rules
from vector.nn.module import Module, parameter
from vector.tensor import data_of


class BatchNorm1d(Module):
    """γ·(x − μ)/√(σ² + ε) + β for each feature, x: (batch, features) or (batch, features, length).

    Ioffe & Szegedy, ICML 2015, algorithms 1 and 2. In training μ and σ² are the batch's, and their running means, with
    n/(n − 1)·σ² for σ², move towards them; in use they are the running means.

    Args:
        num_features: `weight` γ, `bias` β, `running_mean` and `running_var` are (num_features,).
        eps: ε.
        momentum: how far the running means move: r ← (1 − momentum)·r + momentum·new; None for the mean of all so far.
        affine: whether γ and β are there; else they are None.
        track_running_stats: whether running means are kept; else the batch's serve in use too.
        dtype: of the parameters and running means.

    Raises ValueError: when called, x is not of that shape, or has one number for each feature while training.
    """

    _shown = "{0.num_features}, eps={0.eps}, momentum={0.momentum}"
    buffer_names = ("running_mean", "running_var", "num_batches_tracked")

    def __init__(self, num_features: int, eps: float = 1e-5, momentum: float | None = 0.1, affine: bool = True,
                 track_running_stats: bool = True, *, dtype: npt.DTypeLike = np.float32) -> None:  # fmt: skip
        self.num_features, self.eps, self.momentum = num_features, eps, momentum
        self.weight: Any = parameter(np.ones(num_features, dtype), "weight") if affine else None
        self.bias: Any = parameter(np.zeros(num_features, dtype), "bias") if affine else None
        self.running_mean: Any = np.zeros(num_features, dtype) if track_running_stats else None
        self.running_var: Any = np.ones(num_features, dtype) if track_running_stats else None
        self.num_batches_tracked: Any = np.array(0) if track_running_stats else None

    def __call__(self, x: Any) -> Any:
        """γ·(x − μ)/√(σ² + ε) + β."""
        shape = x.shape
        if len(shape) not in (2, 3) or shape[1] != self.num_features:
            raise ValueError(
                f"BatchNorm1d: expected x of shape (batch, {self.num_features}) or (batch, {self.num_features}, "
                f"length), got {shape}"
            )
        column = (-1,) + (1,) * (len(shape) - 2)
        if self.training or self.running_mean is None:
            out, mean, variance = _standardised(x, (0, *range(2, len(shape))), self.eps)
            if self.training:
                self._track(mean, variance, math.prod(shape) // max(self.num_features, 1))
        else:
            running_mean, running_var = map(modes.current_hooks().on_read, (self.running_mean, self.running_var))
            out = (x - running_mean.reshape(column)) / np.sqrt(running_var + self.eps).reshape(column)
        if self.weight is None:
            return out
        return out * rules.reshape(self.weight, shape=column) + rules.reshape(self.bias, shape=column)

    def _track(self, mean: Any, variance: Any, count: int) -> None:
        if count < 2:
            raise ValueError(
                f"BatchNorm1d: expected more than one number for each feature in training, got {count}; use a larger "
                "batch, or .eval()"
            )
        if self.running_mean is None:
            return
        tracked = modes.current_hooks().on_read(self.num_batches_tracked)
        tracked += 1
        share: Any = (1 / tracked).astype(self.running_mean.dtype) if self.momentum is None else self.momentum
        unbiased = data_of(variance) * (count / (count - 1))
        for running, new in ((self.running_mean, data_of(mean)), (self.running_var, unbiased)):
            running = modes.current_hooks().on_read(running)
            running += share * (new.reshape(-1) - running)


class LayerNorm(Module):
    """γ·(x − μ)/√(σ² + ε) + β, μ and σ² taken over the last axes of each example (Ba, Kiros & Hinton, 2016).

    Args:
        normalized_shape: the sizes of those axes, or the size of the last; the shape of `weight` γ and `bias` β.
        eps: ε.
        elementwise_affine: whether γ and β are there; else they are None.
        bias: whether β is.
        dtype: of the parameters.

    Raises ValueError: when called, x.shape does not end in normalized_shape.
    """

    _shown = "{0.normalized_shape}, eps={0.eps}"

    def __init__(self, normalized_shape: int | Sequence[int], eps: float = 1e-5, elementwise_affine: bool = True,
                 bias: bool = True, *, dtype: npt.DTypeLike = np.float32) -> None:  # fmt: skip
        shape = (normalized_shape,) if isinstance(normalized_shape, int) else tuple(normalized_shape)
        self.normalized_shape = shape
        self.eps = eps
        self.weight: Any = parameter(np.ones(shape, dtype), "weight") if elementwise_affine else None
        self.bias: Any = parameter(np.zeros(shape, dtype), "bias") if elementwise_affine and bias else None

    def __call__(self, x: Any) -> Any:
        """γ·(x − μ)/√(σ² + ε) + β."""
        axes = tuple(range(-len(self.normalized_shape), 0))
        if x.shape[-len(axes) :] != self.normalized_shape:
            raise ValueError(f"LayerNorm: expected x.shape to end in {self.normalized_shape}, got {x.shape}")
        out = _standardised(x, axes, self.eps)[0]
        out = out if self.weight is None else out * self.weight
        return out if self.bias is None else out + self.bias


def _standardised(x: Any, axes: tuple[int, ...], eps: float) -> tuple[Any, Any, Any]:
    """(x − μ)/√(σ² + ε), with the μ and σ² over the axes, which stay with size 1."""
    mean = functions.mean(x, axes, keepdims=True)
    centred = x - mean
    variance = functions.mean(rules.square(centred), axes, keepdims=True)
    return centred * rules.power(variance + eps, -0.5), mean, variance
