"""A physics-informed network (Raissi, Perdikaris & Karniadakis, 2019): u″ = −π²·sin πx on [0, 1], u(0) = u(1) = 0.

The second derivative stands inside the loss, and the step differentiates it once more, by the weights.
"""

from __future__ import annotations

import math
from typing import Any, NamedTuple

import numpy as np

from benchmarks.models.training import Training


class Size(NamedTuple):
    """How wide the two hidden layers are, and at how many points the equation is asked of them."""

    width: int
    points: int


def network(nn: Any, size: Size) -> Any:
    """u: (points, 1) → (points, 1)."""
    n = size.width
    return nn.Sequential(nn.Linear(1, n), nn.Tanh(), nn.Linear(n, n), nn.Tanh(), nn.Linear(n, 1))


def data(size: Size, generator: np.random.Generator) -> list[Any]:
    """Points, the second derivatives there, and the ends."""
    x = generator.random((size.points, 1))
    return [x, -(math.pi**2) * np.sin(math.pi * x), np.array([[0.0], [1.0]])]


def residual(curvature: Any, wanted: Any, ends: Any) -> Any:
    """How far the equation and the conditions at the ends are from holding."""
    return ((curvature - wanted) ** 2).mean() + (ends**2).mean()


def loss(nn: Any, u: Any, x: Any, wanted: Any, ends: Any) -> Any:
    """By `vector.grad` of `vector.grad`."""
    import vector

    slope = vector.grad(lambda x: u(x).sum())
    return residual(vector.grad(lambda x: slope(x).sum())(x), wanted, u(ends))


def torch_loss(nn: Any, u: Any, x: Any, wanted: Any, ends: Any) -> Any:
    """By `torch.autograd.grad`, twice."""
    import torch

    x = x.detach().requires_grad_()
    (slope,) = torch.autograd.grad(u(x).sum(), x, create_graph=True)
    (curvature,) = torch.autograd.grad(slope.sum(), x, create_graph=True)
    return residual(curvature, wanted, u(ends))


def jax_loss(size: Size) -> Any:
    """By `jax.grad` of `jax.grad`."""
    import jax
    import jax.numpy as jnp

    def loss(w: Any, x: Any, wanted: Any, ends: Any) -> Any:
        def u(x: Any) -> Any:
            for name in ("0", "2"):
                x = jnp.tanh(x @ w[f"{name}.weight"].T + w[f"{name}.bias"])
            return x @ w["4.weight"].T + w["4.bias"]

        slope = jax.grad(lambda x: u(x).sum())
        return residual(jax.grad(lambda x: slope(x).sum())(x), wanted, u(ends))

    return loss


SIZES = [Size(20, 100), Size(50, 250), Size(100, 600)]
CASES = {f"physics-informed network, {s.width} wide, {s.points} points": s for s in SIZES}
FAMILIES = [Training(CASES, network, data, loss, jax_loss, torch_loss=torch_loss)]
