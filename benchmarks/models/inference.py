"""Scores of an MLP 784-256-128-10 for many images, without gradients."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from typing import Any

import numpy as np

from benchmarks.models.work import Evaluation

SIZES = (784, 256, 128, 10)


def data(images: int, generator: np.random.Generator) -> list[Any]:
    """Images, and the weight (in, out) and the bias of each layer."""
    inputs: list[Any] = [generator.random((images, SIZES[0]), dtype=np.float32)]
    for fan_in, fan_out in itertools.pairwise(SIZES):
        inputs += [generator.normal(size=(fan_in, fan_out)) / fan_in**0.5, generator.normal(size=fan_out) / 10]
    return inputs


def scores(relu: Callable[[Any], Any]) -> Callable[..., Any]:
    """The network."""

    def f(x: Any, W1: Any, b1: Any, W2: Any, b2: Any, W3: Any, b3: Any) -> Any:
        return relu(relu(x @ W1 + b1) @ W2 + b2) @ W3 + b3

    return f


def with_vector(*inputs: Any) -> Any:
    """In vector."""
    import vector

    with vector.no_grad():
        return scores(vector.relu)(*inputs)


def with_torch(*inputs: Any) -> Any:
    """In PyTorch."""
    import torch

    with torch.inference_mode():
        return scores(torch.relu)(*inputs)


def with_jax(*inputs: Any) -> Any:
    """In JAX."""
    import jax

    return scores(jax.nn.relu)(*inputs)


CASES = {f"inference, {images:,} images": images for images in (1_000, 10_000, 100_000)}
FAMILIES = [Evaluation(CASES, data, with_vector, with_torch, with_jax)]
