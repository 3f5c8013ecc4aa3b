"""micrograd's own two test expressions, re-expressed: one formula, run on Values and on PyTorch."""

from collections.abc import Callable
from typing import Any

import pytest
import torch

from scalar import Value

Expression = Callable[..., Any]


def sanity(x: Any) -> Any:
    """One input used many times, through ReLU on both sides of its kink."""
    z = 2 * x + 2 + x
    q = z.relu() + z * x
    h = (z * z).relu()
    return h + q + q * x


def many_operations(a: Any, b: Any) -> Any:
    """Every operator with a number on either side, powers, and intermediates that are used again."""
    c = a + b
    d = a * b + b**3
    c = c + c + 1
    c = c + 1 + c + (-a)
    d = d + d * 2 + (b + a).relu()
    d = d + 3 * d + (b - a).relu()
    e = c - d
    f = e**2
    return f / 2.0 + 10.0 / f


@pytest.mark.parametrize(("f", "point"), [(sanity, (-4.0,)), (many_operations, (-4.0, 2.0))])
def test_it_agrees_with_pytorch(f: Expression, point: tuple[float, ...]) -> None:
    ours, theirs = [Value(x) for x in point], [torch.tensor(x, dtype=torch.float64, requires_grad=True) for x in point]
    y, expected = f(*ours), f(*theirs)
    y.backward()
    expected.backward()
    assert y.data == pytest.approx(expected.item(), rel=1e-14)
    for x, judge in zip(ours, theirs, strict=True):
        assert x.grad == pytest.approx(judge.grad.item(), rel=1e-14)
