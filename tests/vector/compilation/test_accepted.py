"""Steps as people write them, which there is no reason to refuse."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import demos.perceptron  # noqa: F401  # which names its objective
import vector
from tests.vector.compilation.twins import World, rows, sgd, trained, twins
from vector import nn, optim, training

LEFT: dict[str, Callable[[Any, Any], Any]] = {
    "+": lambda x, t: x + t, "-": lambda x, t: x - t, "*": lambda x, t: x * t, "/": lambda x, t: x / t,
    "**": lambda x, t: x**t, "@": lambda x, t: x @ t, "==": lambda x, t: (x == t) * t, "<": lambda x, t: (x < t) * t,
    "%": lambda x, t: x % t, "//": lambda x, t: x // t + t,
    "where": lambda x, t: np.where(x > 1, t, 0), "where with x": lambda x, t: np.where(x > 1, x, t),
    "maximum": np.maximum, "minimum": np.minimum, "arctan2": np.arctan2, "hypot": np.hypot,
    "logaddexp": np.logaddexp, "power": np.power, "multiply": np.multiply, "subtract": np.subtract,
    "matmul": np.matmul, "dot": np.dot, "outer": np.outer, "inner": np.inner, "kron": np.kron,
    "tensordot": np.tensordot, "vdot": np.vdot, "fmax": np.fmax,
    "einsum": lambda x, t: np.einsum("ij,jk->ik", x, t),
    "concatenate": lambda x, t: np.concatenate([x, t]), "stack": lambda x, t: np.stack([x, t]),
    "vstack": lambda x, t: np.vstack([x, t]), "hstack": lambda x, t: np.hstack((x, t)),
    "clip": lambda x, t: np.clip(t, x - 1, x), "compress": lambda x, t: np.compress(np.ones(4, bool), t, axis=0) * x,
    "solve": lambda x, t: np.linalg.solve(x + 4 * np.eye(4, dtype=x.dtype), t),
    "index": lambda x, t: t[(x[:, 0] > 1).astype(int)], "take": lambda x, t: np.take(t, (x > 1).astype(int)),
    "logsumexp": lambda x, t: vector.logsumexp(t * x, 1), "median": lambda x, t: np.median(t * x, 1),
    "quantile": lambda x, t: np.quantile(t * x, 0.3, 1), "ptp": lambda x, t: np.ptp(t * x, 1),
    "cumsum": lambda x, t: np.cumsum(x * t), "norm": lambda x, t: np.linalg.norm(x * t),
    "sort": lambda x, t: np.sort(x * t), "var": lambda x, t: np.var(x * t, 1), "prod": lambda x, t: np.prod(t * x, 1),
    "nan_to_num": lambda x, t: np.nan_to_num(t * x), "softmax": lambda x, t: vector.softmax(x * t),
}  # fmt: skip


@pytest.mark.parametrize("name", LEFT)
def test_plain_arrays_beside_tensors(name: str) -> None:
    """An array on the left of a Tensor asked the stand-in first, which knew no Tensors: "only computes with arrays"."""

    def make() -> World:
        w: Any = nn.parameter(np.abs(rows(3, (4, 4), np.float64)) + 0.5)

        def step(x: Any) -> Any:
            w.grad = None
            out = LEFT[name](x, w)
            out.sum().backward()
            gradient = w.grad
            w.data -= 0.001 * gradient
            return out, gradient

        return World(step=step, draw=lambda i: (np.abs(rows(i, (4, 4), np.float64)) + 0.5,), w=w)

    twins(make, calls=6)


def test_an_upstream_gradient_that_is_an_argument() -> None:
    """It was refused: "got np.asarray() of an array"."""

    def make() -> World:
        w = nn.parameter(np.ones(3, np.float32))

        def step(g: Any) -> Any:
            w.grad = None
            (w * w).backward(g)
            return w.grad

        return World(step=step, draw=lambda i: (rows(i, (3,)),), w=w)

    twins(make, calls=6)


LOSSES: dict[str, tuple[Callable[[Any, Any], Any], Callable[[int], Any]]] = {
    "hinge": (nn.hinge, lambda i: np.sign(rows(i, (5, 3)))),
    "bce": (nn.binary_cross_entropy_with_logits, lambda i: (rows(i, (5, 3)) > 0).astype(np.float32)),
    "nll": (lambda z, y: nn.nll_loss(vector.log_softmax(z), y), lambda i: np.arange(i, i + 5) % 3),
    "cross_entropy": (nn.cross_entropy, lambda i: np.arange(i, i + 5) % 3),
    "mse": (nn.mse_loss, lambda i: rows(i, (5, 3))),
    "mse, target first": (lambda z, y: ((y - z) ** 2).mean(), lambda i: rows(i, (5, 3))),
    "l1": (nn.l1_loss, lambda i: rows(i, (5, 3))),
    "huber": (nn.huber_loss, lambda i: rows(i, (5, 3))),
    "smooth l1": (nn.smooth_l1_loss, lambda i: rows(i, (5, 3))),
    "cosine": (lambda z, y: nn.cosine_embedding_loss(z, z[::-1] + 1, y), lambda i: np.where(rows(i)[:, 0] > 0, 1, -1)),
}


@pytest.mark.parametrize("first", ["linear", "norm"])
@pytest.mark.parametrize("name", LOSSES)
def test_targets_that_are_arguments(name: str, first: str) -> None:
    loss_of, targets = LOSSES[name]

    def make() -> World:
        linear = nn.Linear(4, 3, generator=np.random.default_rng(0))
        model = nn.Sequential(nn.LayerNorm(4), linear) if first == "norm" else linear
        optimizer = optim.SGD(model.parameters(), lr=0.1)

        def step(x: Any, y: Any) -> Any:
            optimizer.zero_grad()
            loss = loss_of(model(x), y)
            loss.backward()
            optimizer.step()
            return loss

        return World(step=step, draw=lambda i: (rows(i), targets(i)), model=model)

    twins(make, calls=6)


CLIPS: dict[str, Callable[[Any, Any, Any], Any]] = {
    "value": lambda o, loss, model: optim.clip_grad_value_(model.parameters(), 0.05),
    "norm": lambda o, loss, model: optim.clip_grad_norm_(model.parameters(), 0.05) * 0,
}


@pytest.mark.parametrize("name", CLIPS)
def test_clipped_gradients(name: str) -> None:
    def body(optimizer: Any, loss: Any, model: Any) -> Any:
        CLIPS[name](optimizer, loss, model)
        gradients = [p.grad * 1 for p in model.parameters()]
        optimizer.step()
        return loss, gradients

    twins(lambda: trained(sgd, body))


def test_a_float_argument_that_is_returned() -> None:
    """It ended in StopIteration on the third call."""

    def step(x: Any, rate: float, pair: Any) -> Any:
        return x * rate, rate, {"again": [rate, pair[0]], "more": rate * 2 + 1}

    twins(lambda: World(step=step, draw=lambda i: (rows(i), 0.5 * i, (float(i), 2))))


@pytest.mark.parametrize(
    "objective", ["perceptron", *(pytest.param(name, marks=pytest.mark.slow) for name in ("margin", "classification"))]
)
def test_compiled_training_of_every_objective(objective: str) -> None:
    """Where targets stood on the left of the model's output, training ended in a traceback."""
    outputs = 1 if objective == "margin" else 2
    points, labels = vector.data.moons(20, 0.1, np.random.default_rng(3))
    losses = []
    for make_step in (training.training_step, training.compiled_step):
        model = nn.MLP(2, [8, outputs], generator=np.random.default_rng(0))
        options: Any = {"epochs": 4, "batch": 10, "lr": 0.1, "make_step": make_step, "objective": objective}
        losses.append(training.fit(model, points, labels, **options).losses)
    assert losses[1] == pytest.approx(losses[0], rel=1e-4)
    assert losses[0][-1] < losses[0][0]
