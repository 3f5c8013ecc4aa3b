"""SGD with momentum, and Adam, against PyTorch's over twenty steps."""

import math
from collections.abc import Callable, Sequence
from typing import Any

import pytest
import torch

from scalar import Value, exp
from scalar.optim import SGD, Adam

START = [1.5, -0.75, 0.25]

OPTIMIZERS: dict[str, tuple[Callable[[list[Value]], Any], Callable[[list[Any]], Any]]] = {
    "SGD": (lambda p: SGD(p, lr=0.01), lambda p: torch.optim.SGD(p, lr=0.01)),
    "momentum": (lambda p: SGD(p, 0.005, momentum=0.9), lambda p: torch.optim.SGD(p, lr=0.005, momentum=0.9)),
    "Adam": (Adam, torch.optim.Adam),
    "Adam, its own rates": (
        lambda p: Adam(p, lr=0.1, betas=(0.8, 0.95), eps=1e-3),
        lambda p: torch.optim.Adam(p, lr=0.1, betas=(0.8, 0.95), eps=1e-3),
    ),
}


def valley(p: Sequence[Any], e: Callable[[Any], Any]) -> Any:
    """Curved, of unequal steepness, and with a parameter whose gradient becomes very small."""
    x, y, z = p
    return (1 - x) ** 2 + 5 * (y - x * x) ** 2 + e(-z) * 1e-6 * z


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_twenty_steps_are_pytorchs(name: str) -> None:
    ours, theirs = OPTIMIZERS[name]
    values, leaves = (
        [Value(x) for x in START],
        [torch.tensor(x, dtype=torch.float64, requires_grad=True) for x in START],
    )
    descent, judge = ours(values), theirs(leaves)
    for step in range(20):
        for optimizer, f in [(descent, valley(values, exp)), (judge, valley(leaves, torch.exp))]:
            optimizer.zero_grad()
            f.backward()
            optimizer.step()
        assert [v.data for v in values] == [pytest.approx(x.item(), rel=1e-12) for x in leaves], f"step {step}"
    assert all(v.data != x for v, x in zip(values, START, strict=True))


def test_momentum_goes_on_where_there_is_no_gradient() -> None:
    x = Value(0.0)
    descent = SGD([x], lr=1.0, momentum=0.5)
    x.grad = 1.0
    descent.step()
    descent.zero_grad()
    descent.step()
    assert x.data == -1.0 - 0.5


def test_adams_first_step_is_the_learning_rate_whatever_the_gradient() -> None:
    """Both moments are corrected for their start at 0, so their ratio is ±1."""
    for gradient in (1e-3, -1.0, 1e6):
        x = Value(0.0)
        x.grad = gradient
        Adam([x], lr=0.25, eps=0.0).step()
        assert x.data == pytest.approx(-math.copysign(0.25, gradient))


def test_a_parameter_without_a_gradient_stays_under_adam() -> None:
    x, y = Value(1.0), Value(1.0)
    y.grad = 1.0
    Adam([x, y], lr=0.1).step()
    assert x.data == 1.0
    assert y.data < 1.0


@pytest.mark.parametrize("kind", [SGD, Adam])
def test_mistakes_are_named_after_the_optimizer(kind: Any) -> None:
    with pytest.raises(ValueError, match=f"{kind.__name__}: expected at least one parameter, got none"):
        kind([], lr=0.1)
    with pytest.raises(ValueError, match=f"{kind.__name__}: expected lr > 0, got 0"):
        kind([Value(1.0)], lr=0.0)
