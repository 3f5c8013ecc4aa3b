"""Learning rates step by step, beside PyTorch's."""

import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch

from vector import optim, tensor

Make = Callable[[Any, Any], Any]
"""How to make the schedule of an optimizer, from our `optim` or PyTorch's `lr_scheduler`."""

CASES: dict[str, Make] = {
    "StepLR": lambda m, o: m.StepLR(o, 4),
    "StepLR with gamma": lambda m, o: m.StepLR(o, 3, gamma=0.5),
    "LinearLR": lambda m, o: m.LinearLR(o),
    "LinearLR with arguments": lambda m, o: m.LinearLR(o, 0.1, 0.8, 7),
    "CosineAnnealingLR": lambda m, o: m.CosineAnnealingLR(o, 19),
    "CosineAnnealingLR, up again": lambda m, o: m.CosineAnnealingLR(o, 7, 0.01),
    "OneCycleLR": lambda m, o: m.OneCycleLR(o, 0.5, 20, **_still(m)),
    "OneCycleLR, linear": lambda m, o: m.OneCycleLR(o, 0.5, 24, 0.4, "linear", 10.0, 100.0),
    "OneCycleLR, only down": lambda m, o: m.OneCycleLR(o, 0.5, 20, pct_start=0.0, **_still(m)),
    "OneCycleLR, only up": lambda m, o: m.OneCycleLR(o, 0.5, 20, pct_start=1.0, **_still(m)),
    "warm-up, then cosine": lambda m, o: m.SequentialLR(
        o, [m.LinearLR(o, 0.1, total_iters=5), m.CosineAnnealingLR(o, 10), m.StepLR(o, 2)], milestones=[5, 15]
    ),
}


def _still(m: Any) -> dict[str, bool]:
    """Ours leaves the momentum as it is."""
    return {} if m is optim else {"cycle_momentum": False}


def pytorchs(name: str, steps: int) -> list[float]:
    sgd = torch.optim.SGD([torch.zeros(1)], lr=0.3)
    with warnings.catch_warnings():  # SequentialLR warns of its own use of step(epoch)
        warnings.simplefilter("ignore")
        lib: Any = torch.optim.lr_scheduler
        if name == "OneCycleLR, linear":
            schedule = lib.OneCycleLR(
                sgd, 0.5, 24, pct_start=0.4, anneal_strategy="linear", div_factor=10.0, final_div_factor=100.0,
                cycle_momentum=False,
            )  # fmt: skip
        else:
            schedule = CASES[name](lib, sgd)
        rates = [sgd.param_groups[0]["lr"]]
        for _ in range(steps):
            sgd.step()
            schedule.step()
            rates.append(sgd.param_groups[0]["lr"])
    return rates


@pytest.mark.parametrize("name", CASES)
def test_rates_agree_with_pytorch(name: str) -> None:
    sgd = optim.SGD([tensor([1.0])], lr=0.3)
    schedule = CASES[name](optim, sgd)
    rates = [sgd.lr]
    for _ in range(19):
        schedule.step()
        rates.append(sgd.lr)
    np.testing.assert_allclose(rates, pytorchs(name, 19), rtol=1e-12, atol=1e-15)
    assert len(set(rates)) > 2


def test_the_optimizer_takes_the_scheduled_steps() -> None:
    x = tensor([0.0], requires_grad=True)
    x.sum().backward()
    sgd = optim.SGD([x], lr=1.0)
    schedule = optim.StepLR(sgd, 1, gamma=0.5)
    for _ in range(3):
        sgd.step()
        schedule.step()
    np.testing.assert_array_equal(x.data, [-1.75])


def test_one_step_for_each_minibatch_is_allowed_and_no_more() -> None:
    sgd = optim.SGD([tensor([1.0])], lr=0.1)
    schedule = optim.OneCycleLR(sgd, 1.0, total_steps=4)
    for _ in range(4):
        schedule.step()
    assert sgd.lr == pytest.approx(1 / 25 / 1e4)
    with pytest.raises(ValueError, match="OneCycleLR: expected at most total_steps == 4 steps, got 5"):
        schedule.step()


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda o: optim.StepLR(o, 0), "StepLR: expected step_size >= 1, got 0"),
        (lambda o: optim.LinearLR(o, total_iters=0), "LinearLR: expected total_iters >= 1, got 0"),
        (lambda o: optim.CosineAnnealingLR(o, 0), "CosineAnnealingLR: expected T_max >= 1, got 0"),
        (lambda o: optim.OneCycleLR(o, 1.0, 0), "OneCycleLR: expected total_steps >= 1, got 0"),
        (lambda o: optim.OneCycleLR(o, 1.0, 9, pct_start=1.5), r"expected 0 <= pct_start <= 1, got 1\.5"),
        (lambda o: optim.OneCycleLR(o, 1.0, 9, anneal_strategy="cosine"), "'cos' or 'linear', got 'cosine'"),
        (lambda o: optim.SequentialLR(o, [optim.StepLR(o, 1)], [3]), r"len\(schedulers\) - 1, got 1 and 1"),
    ],
)
def test_errors(make: Callable[[Any], Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        make(optim.SGD([tensor([1.0])]))
