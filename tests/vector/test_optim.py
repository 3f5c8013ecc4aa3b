"""Optimizers, each held against PyTorch's over twenty steps."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch

from vector import Tensor, optim, tensor
from vector.nn import MLP, Linear

PAIRS: dict[str, tuple[Callable[[Any], optim.Optimizer], Callable[[Any], torch.optim.Optimizer]]] = {
    "SGD": (lambda p: optim.SGD(p, lr=0.1), lambda p: torch.optim.SGD(p, lr=0.1)),
    "SGD with momentum": (lambda p: optim.SGD(p, 0.1, momentum=0.9), lambda p: torch.optim.SGD(p, 0.1, momentum=0.9)),
    "Adam": (optim.Adam, torch.optim.Adam),
    "Adam with arguments": (
        lambda p: optim.Adam(p, lr=0.05, betas=(0.8, 0.95), eps=1e-3),
        lambda p: torch.optim.Adam(p, lr=0.05, betas=(0.8, 0.95), eps=1e-3),
    ),
}
SHAPES = [(), (3,), (4, 3), (300, 200)]  # the last is larger than one block of the update


def leaves() -> list[np.ndarray]:
    rng = np.random.default_rng(0)
    arrays = [np.asarray(rng.normal(size=shape)) for shape in SHAPES]
    return [*arrays, np.asfortranarray(rng.normal(size=(200, 300)))]  # as nn.Linear keeps its weight


@pytest.mark.parametrize("name", PAIRS)
def test_twenty_steps_agree_with_pytorch(name: str) -> None:
    ours = [Tensor(x.copy(order="K"), requires_grad=True) for x in leaves()]
    theirs = [torch.tensor(x, requires_grad=True) for x in leaves()]
    optimizer, judge = PAIRS[name][0](ours), PAIRS[name][1](theirs)
    for step in range(20):
        optimizer.zero_grad()
        judge.zero_grad()
        for x, y in zip(ours, theirs, strict=True):
            (x * x / 2 + step * x.sin()).sum().backward()
            (y * y / 2 + step * y.sin()).sum().backward()
        optimizer.step()
        judge.step()
    for x, y, start in zip(ours, theirs, leaves(), strict=True):
        np.testing.assert_allclose(x.data, y.detach().numpy(), rtol=1e-10, atol=1e-10)
        assert np.abs(x.data - start).max() > 0.01
        assert x.data.flags.f_contiguous == start.flags.f_contiguous


@pytest.mark.parametrize("name", PAIRS)
def test_a_parameter_without_a_gradient_stays_and_keeps_its_own_time(name: str) -> None:
    ours = [tensor([1.0], requires_grad=True) for _ in range(2)]
    theirs = [torch.tensor([1.0], dtype=torch.float64, requires_grad=True) for _ in range(2)]
    optimizer, judge = PAIRS[name][0](ours), PAIRS[name][1](theirs)
    for step in range(4):
        optimizer.zero_grad()
        judge.zero_grad()
        pairs: list[Any] = [ours, theirs]
        for always, later in pairs:
            (always * 3.0).backward()
            if step >= 2:
                (later * 2.0).backward()
        optimizer.step()
        judge.step()
        if step < 2:
            assert ours[1].item() == 1.0
    for x, y in zip(ours, theirs, strict=True):
        np.testing.assert_allclose(x.data, y.detach().numpy(), rtol=1e-12)


@pytest.mark.parametrize("make", [optim.SGD, optim.Adam])
def test_dtype_and_memory_stay(make: Callable[..., optim.Optimizer]) -> None:
    model = Linear(3, 2)
    before = model.weight.data
    model(np.ones((4, 3), np.float32)).sum().backward()
    make(model.parameters(), lr=0.1).step()
    assert model.weight.data is before, "an update is in place"
    assert model.weight.dtype == np.float32


@pytest.mark.parametrize("rows", [3, 30_000], ids=["small", "large"])
@pytest.mark.parametrize("make", [optim.SGD, optim.Adam])
def test_a_view_as_a_parameter_is_updated_where_it_lies(make: Callable[..., optim.Optimizer], rows: int) -> None:
    array = np.ones((rows, 4))
    view = Tensor(array[:, ::2], requires_grad=True)
    view.sum().backward()
    make([view], lr=0.5).step()
    np.testing.assert_allclose(array, np.tile([0.5, 1.0, 0.5, 1.0], (rows, 1)))


def test_the_learning_rate_may_change_between_steps() -> None:
    x = tensor([1.0], requires_grad=True)
    x.sum().backward()
    sgd = optim.SGD([x], lr=0.5)
    sgd.step()
    sgd.lr = 0.25
    sgd.step()
    np.testing.assert_array_equal(x.data, [0.25])


def test_zero_grad_forgets() -> None:
    model = MLP(2, [3, 1])
    model(np.ones((1, 2), np.float32)).backward()
    optim.SGD(model.parameters()).zero_grad()
    assert all(p.grad is None for p in model.parameters())


@pytest.mark.parametrize("make", [optim.SGD, optim.Adam])
def test_errors(make: Callable[..., optim.Optimizer]) -> None:
    name = make.__name__
    with pytest.raises(ValueError, match=f"{name}: expected at least one parameter, got none"):
        make([])
    for lr in (0.0, -1.0, float("nan")):
        with pytest.raises(ValueError, match=f"{name}: expected lr > 0, got"):
            make([tensor([1.0], requires_grad=True)], lr=lr)
