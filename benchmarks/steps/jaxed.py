"""The step in JAX: one jitted function of parameters and moments, whose buffers are donated to the new ones."""

from __future__ import annotations

from typing import Any

import jax
import jax.numpy as jnp

from benchmarks.problem import Setting, problem
from benchmarks.steps import Step

BETA1, BETA2, EPSILON = 0.9, 0.999, 1e-8


def jitted(setting: Setting) -> Step:
    """The whole step, jitted."""
    layers, images, labels = problem(setting)
    x, y = jax.device_put(images), jax.device_put(labels.astype("int32"))
    parameters = jax.tree.map(jnp.array, layers)
    zeros = jax.tree.map(jnp.zeros_like, parameters)
    state = (parameters, zeros, jax.tree.map(jnp.copy, zeros), jnp.zeros((), jnp.int32))
    take = jax.jit(_sgd if setting.optimizer == "SGD" else _adam, donate_argnums=0)

    def step() -> float:
        nonlocal state
        state, loss = take(state, x, y, setting.lr)
        return float(loss)

    return step


def _loss(parameters: Any, x: Any, y: Any) -> Any:
    *hidden, (weight, bias) = parameters
    for W, b in hidden:
        x = jax.nn.relu(x @ W.T + b)
    log_p = jax.nn.log_softmax(x @ weight.T + bias)
    return -jnp.mean(jnp.take_along_axis(log_p, y[:, None], axis=1))


def _sgd(state: Any, x: Any, y: Any, lr: float) -> Any:
    parameters, *rest = state
    loss, gradient = jax.value_and_grad(_loss)(parameters, x, y)
    return (jax.tree.map(lambda p, g: p - lr * g, parameters, gradient), *rest), loss


def _adam(state: Any, x: Any, y: Any, lr: float) -> Any:
    parameters, m, v, t = state
    loss, gradient = jax.value_and_grad(_loss)(parameters, x, y)
    t = t + 1
    m = jax.tree.map(lambda m, g: BETA1 * m + (1 - BETA1) * g, m, gradient)
    v = jax.tree.map(lambda v, g: BETA2 * v + (1 - BETA2) * g * g, v, gradient)
    rate, root = lr / (1 - BETA1**t), jnp.sqrt(1 - BETA2**t)
    new = jax.tree.map(lambda p, m, v: p - rate * m / (jnp.sqrt(v) / root + EPSILON), parameters, m, v)
    return (new, m, v, t), loss
