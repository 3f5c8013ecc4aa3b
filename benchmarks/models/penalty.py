"""The critic's step of WGAN-GP (Gulrajani et al., 2017): its gradient by the images is part of the loss.

The units are smooth: with kinks, of which rounding may cross one, no two frameworks stay together for twenty steps.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from benchmarks.models.training import Training

PIXELS, STRENGTH = 784, 10.0


class Size(NamedTuple):
    """How wide the two hidden layers are, and how many images there are."""

    width: int
    batch: int


def network(nn: Any, size: Size) -> Any:
    """The critic."""
    n = size.width
    return nn.Sequential(nn.Linear(PIXELS, n), nn.Tanh(), nn.Linear(n, n), nn.Tanh(), nn.Linear(n, 1))


def data(size: Size, generator: np.random.Generator) -> list[Any]:
    """Real images, false ones, and mixtures of the two."""
    real, fake = generator.random((2, size.batch, PIXELS))
    return [real, fake, fake + generator.random((size.batch, 1)) * (real - fake)]


def distance(real: Any, fake: Any, slopes: Any) -> Any:
    """What the critic minimises: false scores less real ones, and the penalty for slopes of another length than 1."""
    norms = (slopes * slopes).sum(1) ** 0.5
    return fake.mean() - real.mean() + STRENGTH * ((norms - 1) ** 2).mean()


def loss(nn: Any, critic: Any, real: Any, fake: Any, mixed: Any) -> Any:
    """By `vector.grad`."""
    import vector

    return distance(critic(real), critic(fake), vector.grad(lambda x: critic(x).sum())(mixed))


def torch_loss(nn: Any, critic: Any, real: Any, fake: Any, mixed: Any) -> Any:
    """By `torch.autograd.grad`."""
    import torch

    mixed = mixed.detach().requires_grad_()
    (slopes,) = torch.autograd.grad(critic(mixed).sum(), mixed, create_graph=True)
    return distance(critic(real), critic(fake), slopes)


def jax_loss(size: Size) -> Any:
    """By `jax.grad`."""
    import jax

    def loss(w: Any, real: Any, fake: Any, mixed: Any) -> Any:
        def critic(x: Any) -> Any:
            for name in ("0", "2"):
                x = jax.numpy.tanh(x @ w[f"{name}.weight"].T + w[f"{name}.bias"])
            return x @ w["4.weight"].T + w["4.bias"]

        return distance(critic(real), critic(fake), jax.grad(lambda x: critic(x).sum())(mixed))

    return loss


SIZES = [Size(64, 16), Size(256, 40), Size(512, 160)]
CASES = {f"gradient penalty, {s.width} wide, batch {s.batch}": s for s in SIZES}
FAMILIES = [Training(CASES, network, data, loss, jax_loss, lr=1e-4, betas=(0.0, 0.9), torch_loss=torch_loss)]
