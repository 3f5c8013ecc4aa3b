"""LeNet-5 (LeCun, Bottou, Bengio & Haffner, 1998) with today's ReLU and max pooling, on images of 28 × 28."""

from __future__ import annotations

from typing import Any

import numpy as np

from benchmarks.models.training import Training


def network(nn: Any, batch: int) -> Any:
    """Two convolutions, three layers."""
    return nn.Sequential(
        nn.Conv2d(1, 6, 5, padding=2), nn.ReLU(), nn.MaxPool2d(2), nn.Conv2d(6, 16, 5), nn.ReLU(), nn.MaxPool2d(2),
        nn.Flatten(), nn.Linear(400, 120), nn.ReLU(), nn.Linear(120, 84), nn.ReLU(), nn.Linear(84, 10),
    )  # fmt: skip


def data(batch: int, generator: np.random.Generator) -> list[Any]:
    """Images and labels."""
    return [generator.random((batch, 1, 28, 28)), generator.integers(0, 10, batch)]


def loss(nn: Any, model: Any, images: Any, labels: Any) -> Any:
    """Cross-entropy."""
    return nn.functional.cross_entropy(model(images), labels)


def jax_loss(batch: int) -> Any:
    """The same in JAX."""
    import jax
    import jax.numpy as jnp

    def convolved(weights: Any, name: str, x: Any, padding: int) -> Any:
        sides = [(padding, padding)] * 2
        x = jax.lax.conv_general_dilated(x, weights[f"{name}.weight"], (1, 1), sides)
        x = jax.nn.relu(x + weights[f"{name}.bias"][:, None, None])
        return jax.lax.reduce_window(x, -jnp.inf, jax.lax.max, (1, 1, 2, 2), (1, 1, 2, 2), "VALID")

    def loss(weights: Any, images: Any, labels: Any) -> Any:
        x = convolved(weights, "3", convolved(weights, "0", images, 2), 0).reshape(len(images), -1)
        for name in ("7", "9"):
            x = jax.nn.relu(x @ weights[f"{name}.weight"].T + weights[f"{name}.bias"])
        log_p = jax.nn.log_softmax(x @ weights["11.weight"].T + weights["11.bias"])
        return -jnp.mean(jnp.take_along_axis(log_p, labels[:, None], axis=1))

    return loss


FAMILIES = [Training({f"LeNet-5, batch {batch}": batch for batch in (4, 32, 256)}, network, data, loss, jax_loss)]
