"""A GRU (Cho et al., 2014) unrolled over its sequence, from Linear layers; PyTorch has its own, JAX scans."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from benchmarks.models.training import Training

FEATURES, CLASSES = 8, 10


class Size(NamedTuple):
    """The sequence's length, the number of sequences, and of hidden units."""

    length: int
    batch: int
    hidden: int


def network(nn: Any, size: Size) -> Any:
    """Gates and candidate in one layer each for input and state, in the order of PyTorch's: reset, update, new."""

    class Recurrent(nn.Module):  # type: ignore[misc]
        def __init__(self) -> None:
            super().__init__()
            self.inner = nn.Linear(FEATURES, 3 * size.hidden)
            self.outer = nn.Linear(size.hidden, 3 * size.hidden)
            self.head = nn.Linear(size.hidden, CLASSES)

        def forward(self, x: Any) -> Any:
            sigmoid, tanh, n = nn.functional.sigmoid, nn.functional.tanh, size.hidden
            inputs = self.inner(x)  # of all steps at once
            h = np.zeros((size.batch, n), x.dtype)
            for t in range(size.length):
                mine, state = inputs[t], self.outer(h)
                gates = sigmoid(mine[:, : 2 * n] + state[:, : 2 * n])
                reset, update = gates[:, :n], gates[:, n:]
                new = tanh(mine[:, 2 * n :] + reset * state[:, 2 * n :])
                h = new + update * (h - new)
            return self.head(h)

    return Recurrent()


def torch_network(nn: Any, size: Size) -> Any:
    """PyTorch's own GRU."""

    class Recurrent(nn.Module):  # type: ignore[misc]
        def __init__(self) -> None:
            super().__init__()
            self.gru = nn.GRU(FEATURES, size.hidden)
            self.head = nn.Linear(size.hidden, CLASSES)

        def forward(self, x: Any) -> Any:
            return self.head(self.gru(x)[0][-1])

    return Recurrent()


def data(size: Size, generator: np.random.Generator) -> list[Any]:
    """Sequences, (length, batch, features), and labels."""
    return [generator.normal(size=(size.length, size.batch, FEATURES)), generator.integers(0, CLASSES, size.batch)]


def loss(nn: Any, model: Any, x: Any, labels: Any) -> Any:
    """Cross-entropy of the last state."""
    return nn.functional.cross_entropy(model(x), labels)


def jax_loss(size: Size) -> Any:
    """The same in JAX."""
    import jax
    import jax.numpy as jnp

    def loss(weights: Any, x: Any, labels: Any) -> Any:
        def cell(h: Any, mine: Any) -> Any:
            state = h @ weights["outer.weight"].T + weights["outer.bias"]
            (r, z, n), (hr, hz, hn) = jnp.split(mine, 3, -1), jnp.split(state, 3, -1)
            new = jnp.tanh(n + jax.nn.sigmoid(r + hr) * hn)
            return new + jax.nn.sigmoid(z + hz) * (h - new), None

        inputs = x @ weights["inner.weight"].T + weights["inner.bias"]
        h, _ = jax.lax.scan(cell, jnp.zeros((size.batch, size.hidden), x.dtype), inputs)
        log_p = jax.nn.log_softmax(h @ weights["head.weight"].T + weights["head.bias"])
        return -jnp.mean(jnp.take_along_axis(log_p, labels[:, None], axis=1))

    return loss


SIZES = [Size(8, 8, 32), Size(16, 16, 64), Size(32, 32, 128)]
CASES = {f"GRU, {s.length} steps, batch {s.batch}, {s.hidden} hidden": s for s in SIZES}
NAMES = {f"{ours}.{kind}": f"gru.{kind}_{theirs}_l0" for ours, theirs in (("inner", "ih"), ("outer", "hh"))
         for kind in ("weight", "bias")}  # fmt: skip
FAMILIES = [
    Training(CASES, network, data, loss, jax_loss, torch_network=torch_network, torch_names=NAMES),
]
