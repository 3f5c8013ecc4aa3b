"""Functions of each element, and their gradient: all there is are passes over memory, and exp, sin, tanh, √ and ln."""

from __future__ import annotations

from typing import Any

import numpy as np

from benchmarks.models.work import Evaluation


def data(elements: int, generator: np.random.Generator) -> list[Any]:
    """One array."""
    return [generator.normal(size=elements)]


def f(m: Any, x: Any) -> Any:
    """The sum of e^(−x²)·sin 3x + tanh(x)·√(1 + x²) − ln(1 + x²)."""
    square = x * x
    return (m.exp(-square) * m.sin(3 * x) + m.tanh(x) * m.sqrt(1 + square) - m.log1p(square)).sum()


def with_vector(x: Any) -> Any:
    """In vector."""
    import vector

    x = vector.Tensor(x, requires_grad=True)
    f(vector, x).backward()
    return x.grad


def with_torch(x: Any) -> Any:
    """In PyTorch."""
    import torch

    x = x.detach().requires_grad_()
    (gradient,) = torch.autograd.grad(f(torch, x), x)
    return gradient


def with_jax(x: Any) -> Any:
    """In JAX."""
    import jax

    return jax.grad(lambda x: f(jax.numpy, x))(x)


CASES = {f"elementwise, {elements:,} numbers": elements for elements in (10_000, 100_000, 1_000_000)}
FAMILIES = [Evaluation(CASES, data, with_vector, with_torch, with_jax)]
