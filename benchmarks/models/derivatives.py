"""Whole matrices of derivatives: the Jacobian of a network in reverse mode, and the Hessian of a network of one output.

The sizes of the Jacobians are those around 100-80-100, where PyTorch's `jacrev` and JAX's are compared.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from benchmarks.models.work import Evaluation


def layers(sizes: Sequence[int], generator: np.random.Generator) -> list[Any]:
    """A point, and the two matrices of the network, (out, in)."""
    n, hidden, out = sizes
    return [
        generator.normal(size=n), generator.normal(size=(hidden, n)) / n**0.5,
        generator.normal(size=(out, hidden)) / hidden**0.5,
    ]  # fmt: skip


def network(tanh: Callable[[Any], Any]) -> Callable[..., Any]:
    """tanh(W₂·tanh(W₁·x))."""
    return lambda x, W1, W2: tanh(W2 @ tanh(W1 @ x))


def score(tanh: Callable[[Any], Any]) -> Callable[..., Any]:
    """½·|network|², one number."""

    def f(x: Any, W1: Any, W2: Any) -> Any:
        out = network(tanh)(x, W1, W2)
        return (out * out).sum() / 2

    return f


def vector_jacobian(*inputs: Any) -> Any:
    """By `vector.jacobian`."""
    import vector

    return vector.jacobian(network(vector.tanh))(*inputs)


def torch_jacobian(*inputs: Any) -> Any:
    """By `torch.func.jacrev`."""
    import torch

    return torch.func.jacrev(network(torch.tanh))(*inputs)


def jax_jacobian(*inputs: Any) -> Any:
    """By `jax.jacrev`."""
    import jax

    return jax.jacrev(network(jax.numpy.tanh))(*inputs)


def vector_hessian(*inputs: Any) -> Any:
    """By `vector.hessian`."""
    import vector

    return vector.hessian(score(vector.tanh))(*inputs)


def torch_hessian(*inputs: Any) -> Any:
    """By `torch.func.hessian`."""
    import torch

    return torch.func.hessian(score(torch.tanh))(*inputs)


def jax_hessian(*inputs: Any) -> Any:
    """By `jax.hessian`."""
    import jax

    return jax.hessian(score(jax.numpy.tanh))(*inputs)


JACOBIANS = {"-".join(map(str, sizes)): sizes for sizes in ((30, 24, 30), (100, 80, 100), (300, 240, 300))}
HESSIANS = {"-".join(map(str, sizes)): sizes for sizes in ((10, 10, 1), (32, 32, 1), (100, 100, 1))}
FAMILIES = [
    Evaluation(
        {f"Jacobian, {name}": sizes for name, sizes in JACOBIANS.items()},
        layers, vector_jacobian, torch_jacobian, jax_jacobian,
    ),
    Evaluation(
        {f"Hessian, {name}": sizes for name, sizes in HESSIANS.items()},
        layers, vector_hessian, torch_hessian, jax_hessian,
    ),
]  # fmt: skip
