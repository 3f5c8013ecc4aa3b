"""Training steps: forward, backward and update, from the same weights on the same data."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from benchmarks.models.work import Array, Loss, Weights, Work

EPSILON = 1e-8


@dataclasses.dataclass(frozen=True, eq=False)
class Training:
    """A family of networks, trained by Adam or, where weights decay, by AdamW."""

    cases: Mapping[str, Any]
    network: Callable[[Any, Any], Any]
    """(nn, size) → the network, of either framework's `nn`."""
    data: Callable[[Any, np.random.Generator], Sequence[Array]]
    """The size → what the loss is given: whole numbers, and floats that get the dtype asked for."""
    loss: Loss
    """(nn, network, *data) → the loss, in the words of either framework's `nn`."""
    jax_loss: Callable[[Any], Loss]
    """The size → (weights, *data) → the loss."""
    lr: float = 1e-3
    betas: tuple[float, float] = (0.9, 0.999)
    weight_decay: float = 0.0
    torch_network: Callable[[Any, Any], Any] | None = None
    torch_loss: Loss | None = None
    torch_names: Mapping[str, str] = dataclasses.field(default_factory=dict)
    """PyTorch's names of the weights that it calls something else than we do."""

    def ours(self, case: str, dtype: npt.DTypeLike) -> Work:
        """The step on the vector engine."""
        from vector import nn, optim

        network = self.network(nn, self.cases[case]).to(dtype)
        network.load_state_dict(self._weights(case))
        step = self._step(nn, network, optim, self.loss)
        return Work(step, self._data(case, dtype), network.state_dict)

    def pytorch(self, case: str, dtype: npt.DTypeLike) -> Work:
        """The step in PyTorch, with the fused optimizer."""
        import torch

        network = (self.torch_network or self.network)(torch.nn, self.cases[case]).to(
            torch.from_numpy(np.zeros(0, dtype))
        )
        names = {name: self.torch_names.get(name, name) for name in self._weights(case)}
        network.load_state_dict({names[name]: torch.from_numpy(x) for name, x in self._weights(case).items()})
        step = self._step(torch.nn, network, torch.optim, self.torch_loss or self.loss, fused=True)

        def weights() -> Weights:
            state = network.state_dict()
            return {name: state[theirs].numpy() for name, theirs in names.items()}

        return Work(step, [torch.from_numpy(x) for x in self._data(case, dtype)], weights)

    def _step(self, nn: Any, network: Any, optim: Any, loss_of: Loss, **options: Any) -> Callable[..., Any]:
        name = "AdamW" if self.weight_decay else "Adam"
        options |= {"lr": self.lr, "betas": self.betas, "eps": EPSILON, "weight_decay": self.weight_decay}
        optimizer = getattr(optim, name)(network.parameters(), **options)

        def step(*data: Any) -> Any:
            optimizer.zero_grad()
            loss = loss_of(nn, network, *data)
            loss.backward()
            optimizer.step()
            return loss

        return step

    def jaxed(self, case: str, dtype: npt.DTypeLike) -> Work:
        """The step in JAX: one jitted function of weights and moments, whose buffers are donated to the new ones."""
        import jax
        import jax.numpy as jnp

        weights = {name: jnp.asarray(x, dtype) for name, x in self._weights(case).items()}
        state = (weights, jax.tree.map(jnp.zeros_like, weights), jax.tree.map(jnp.zeros_like, weights), jnp.zeros(()))
        loss_of, (beta1, beta2) = self.jax_loss(self.cases[case]), self.betas

        def updated(state: Any, *data: Any) -> Any:
            weights, m, v, t = state
            loss, gradient = jax.value_and_grad(loss_of)(weights, *data)
            t = t + 1
            m = jax.tree.map(lambda m, g: beta1 * m + (1 - beta1) * g, m, gradient)
            v = jax.tree.map(lambda v, g: beta2 * v + (1 - beta2) * g * g, v, gradient)
            rate, root, kept = self.lr / (1 - beta1**t), jnp.sqrt(1 - beta2**t), 1 - self.lr * self.weight_decay
            new = jax.tree.map(lambda w, m, v: kept * w - rate * m / (jnp.sqrt(v) / root + EPSILON), weights, m, v)
            return (new, m, v, t), loss

        take = jax.jit(updated, donate_argnums=0)

        def step(*data: Any) -> float:
            nonlocal state
            state, loss = take(state, *data)
            return float(loss)

        return Work(step, [jnp.asarray(x) for x in self._data(case, dtype)])

    def _weights(self, case: str) -> Weights:
        """First weights for everyone: 1 for scales, else uniform in ±1/√(fan-in)."""
        from vector import nn

        generator, weights = np.random.default_rng(0), {}
        for name, x in self.network(nn, self.cases[case]).state_dict().items():
            bound = 1 / math.sqrt(math.prod(x.shape[1:]))
            scale = x.ndim == 1 and name.endswith("weight")
            weights[name] = (
                np.ones(x.shape) if scale else generator.uniform(-bound, bound, x.shape) * (0.1, 1)[x.ndim > 1]
            )
        return weights

    def _data(self, case: str, dtype: npt.DTypeLike) -> list[Array]:
        data = self.data(self.cases[case], np.random.default_rng(1))
        return [x.astype(dtype) if x.dtype.kind == "f" else x for x in data]
