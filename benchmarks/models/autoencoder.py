"""A variational autoencoder (Kingma & Welling, 2014) of images, 784-400-20; the noise is an input, for all to agree."""

from __future__ import annotations

from typing import Any

import numpy as np

from benchmarks.models.training import Training

PIXELS, HIDDEN, LATENT = 784, 400, 20


def network(nn: Any, batch: int) -> Any:
    """Encoder and decoder."""

    class Autoencoder(nn.Module):  # type: ignore[misc]
        def __init__(self) -> None:
            super().__init__()
            self.encoder = nn.Sequential(nn.Linear(PIXELS, HIDDEN), nn.Tanh())
            self.mean, self.log_variance = nn.Linear(HIDDEN, LATENT), nn.Linear(HIDDEN, LATENT)
            self.decoder = nn.Sequential(nn.Linear(LATENT, HIDDEN), nn.Tanh(), nn.Linear(HIDDEN, PIXELS))

        def forward(self, images: Any, noise: Any) -> Any:
            hidden = self.encoder(images)
            mean, log_variance = self.mean(hidden), self.log_variance(hidden)
            return self.decoder(mean + (log_variance / 2).exp() * noise), mean, log_variance

    return Autoencoder()


def data(batch: int, generator: np.random.Generator) -> list[Any]:
    """Images and noise."""
    return [generator.random((batch, PIXELS)), generator.normal(size=(batch, LATENT))]


def loss(nn: Any, model: Any, images: Any, noise: Any) -> Any:
    """The evidence lower bound, negated: how badly images are told, and how far the code is from a normal one."""
    logits, mean, log_variance = model(images, noise)
    told = nn.functional.binary_cross_entropy_with_logits(logits, images, reduction="sum")
    divergence = (mean * mean + log_variance.exp() - log_variance - 1).sum() / 2
    return (told + divergence) / len(images)


def jax_loss(batch: int) -> Any:
    """The same in JAX."""
    import jax
    import jax.numpy as jnp

    def loss(w: Any, images: Any, noise: Any) -> Any:
        def linear(name: str, x: Any) -> Any:
            return x @ w[f"{name}.weight"].T + w[f"{name}.bias"]

        hidden = jnp.tanh(linear("encoder.0", images))
        mean, log_variance = linear("mean", hidden), linear("log_variance", hidden)
        code = mean + jnp.exp(log_variance / 2) * noise
        logits = linear("decoder.2", jnp.tanh(linear("decoder.0", code)))
        told = (jax.nn.softplus(logits) - images * logits).sum()
        divergence = (mean**2 + jnp.exp(log_variance) - log_variance - 1).sum() / 2
        return (told + divergence) / len(images)

    return loss


CASES = {f"variational autoencoder, batch {batch}": batch for batch in (10, 100, 1000)}
FAMILIES = [Training(CASES, network, data, loss, jax_loss)]
