"""SGD with momentum, and Adam, against PyTorch's over twenty steps."""

import math
from collections.abc import Callable, Sequence
from typing import Any

import pytest
import torch

from demos import scalar_compile
from scalar import NOT_COMPUTED, Value, exp
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


def test_momentum_goes_on_where_the_gradient_is_0() -> None:
    x = Value(0.0)
    descent = SGD([x], lr=1.0, momentum=0.5)
    for gradient in (1.0, 0.0):
        x.grad = gradient
        descent.step()
    assert x.data == -1.0 - 0.5


UNUSED: dict[str, Callable[[Value, Value, float], Value]] = {
    "eager": lambda u, w, used: w * w + u * used if used else w * w,
    "compiled": lambda u, w, used: scalar_compile.compile(lambda x: w * w * x + (u * used if used else 0)).mean(
        [1.0, 1.0]
    ),
}


@pytest.mark.parametrize("loss", UNUSED)
@pytest.mark.parametrize("name", OPTIMIZERS)
def test_a_step_that_does_not_reach_a_parameter_leaves_it_and_its_state(name: str, loss: str) -> None:
    """Momentum and Adam went on moving it: u, unused in the second of four steps, came to 0.833 there, not 0.9."""
    ours, theirs = OPTIMIZERS[name]
    values = [Value(1.0), Value(1.0)]
    leaves = [torch.tensor(1.0, dtype=torch.float64, requires_grad=True) for _ in values]
    descent, judge = ours(values), theirs(leaves)
    for used in (1.0, 0.0, 1.0, 2.0, 0.0, 0.0, -1.0):
        for optimizer, (u, w), f in [(descent, values, UNUSED[loss]), (judge, leaves, UNUSED["eager"])]:
            optimizer.zero_grad()
            f(u, w, used).backward()
            before = float(u.data)
            optimizer.step()
            assert (u.data == before) == (used == 0.0)
        assert [v.data for v in values] == [pytest.approx(x.item(), rel=1e-12) for x in leaves]


def test_the_numbers_of_a_step_that_does_not_reach_a_parameter() -> None:
    u = Value(1.0)
    descent = SGD([u], lr=0.1, momentum=0.9)
    seen = []
    for gradient in (1.0, NOT_COMPUTED, 0.1, 0.8):
        u.grad = gradient
        descent.step()
        seen.append(u.data)
    assert seen == pytest.approx([0.9, 0.9, 0.8, 0.63])


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
