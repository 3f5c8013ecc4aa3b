"""A deep normalised MLP: eight times Linear, LayerNorm (Ba, Kiros & Hinton, 2016), GELU (Hendrycks & Gimpel, 2016)."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from benchmarks.models.training import Training

DEPTH, CLASSES, EPSILON = 8, 10, 1e-5


class Size(NamedTuple):
    """How wide each layer is, and how many examples there are."""

    width: int
    batch: int


def network(nn: Any, size: Size) -> Any:
    """Modules in a row."""
    layers = [m for _ in range(DEPTH) for m in (nn.Linear(size.width, size.width), nn.LayerNorm(size.width), nn.GELU())]
    return nn.Sequential(*layers, nn.Linear(size.width, CLASSES))


def data(size: Size, generator: np.random.Generator) -> list[Any]:
    """Examples and labels."""
    return [generator.normal(size=size[::-1]), generator.integers(0, CLASSES, size.batch)]


def loss(nn: Any, model: Any, x: Any, labels: Any) -> Any:
    """Cross-entropy."""
    return nn.functional.cross_entropy(model(x), labels)


def jax_loss(size: Size) -> Any:
    """The same in JAX."""
    import jax
    import jax.numpy as jnp

    def loss(weights: Any, x: Any, labels: Any) -> Any:
        for i in range(0, 3 * DEPTH, 3):
            z = x @ weights[f"{i}.weight"].T + weights[f"{i}.bias"]
            x = jax.nn.standardize(z, epsilon=EPSILON) * weights[f"{i + 1}.weight"] + weights[f"{i + 1}.bias"]
            x = jax.nn.gelu(x, approximate=False)
        log_p = jax.nn.log_softmax(x @ weights[f"{3 * DEPTH}.weight"].T + weights[f"{3 * DEPTH}.bias"])
        return -jnp.mean(jnp.take_along_axis(log_p, labels[:, None], axis=1))

    return loss


SIZES = [Size(64, 32), Size(128, 80), Size(256, 200)]
CASES = {f"normalised MLP, {size.width} wide, batch {size.batch}": size for size in SIZES}
FAMILIES = [Training(CASES, network, data, loss, jax_loss, weight_decay=0.01)]
