"""Independent derivatives to hold the engines' gradients against: differences, the complex step, and PyTorch."""

from __future__ import annotations

import math
import sys
from collections.abc import Mapping
from types import SimpleNamespace
from typing import NamedTuple

from demos.elementary import COMPLEX, REAL
from demos.expression import Expression

# The best step of a central difference: round-off ε/h and truncation h² are of one size.
DIFFERENCE_STEP = sys.float_info.epsilon ** (1 / 3)
COMPLEX_STEP = 1e-100


class Differences(NamedTuple):
    """Finite differences of a function at one point; NaN where it is not defined beside the point."""

    backward: float
    central: float
    forward: float
    kink: bool
    """Whether the derivatives from the left and from the right differ."""


def differences(expression: Expression, values: Mapping[str, float], name: str) -> Differences:
    """∂expression/∂name from values of the expression alone, with steps of 6e-6·max(1, |x|) and an eighth of it."""

    def f(x: float) -> float:
        try:
            return expression.evaluate(REAL, {**values, name: x})
        except (ArithmeticError, ValueError):
            return math.nan

    def one_sided(h: float) -> tuple[float, float]:
        return (f(x) - f(x - h)) / h, (f(x + h) - f(x)) / h

    x = values[name]
    h = DIFFERENCE_STEP * max(1.0, abs(x))
    central = (f(x + h) - f(x - h)) / (2 * h)
    left, right = one_sided(h)
    near_left, near_right = one_sided(h / 8)
    # On a smooth curve the gap between the two sides closes with the step; at a kink it stays.
    gap, near_gap = abs(right - left), abs(near_right - near_left)
    noise = 1e-6 * max(1.0, abs(central), abs(f(x)))
    return Differences(near_left, central, near_right, near_gap > max(gap / 2, noise))


def complex_step(expression: Expression, values: Mapping[str, float], name: str) -> float | None:
    """∂expression/∂name = Im f(x + ih) / h, without cancellation, so exact to rounding; None where it says nothing.

    It says nothing at a kink or a tie of abs, relu, max, min or step, and where x + ih is outside the domain.

    Source: W. Squire and G. Trapp, "Using complex variables to estimate derivatives of real functions",
    SIAM Review 40 (1998).
    """
    inputs: dict[str, complex] = dict(values)
    inputs[name] = complex(values[name], COMPLEX_STEP)
    try:
        return complex(expression.evaluate(COMPLEX, inputs)).imag / COMPLEX_STEP
    except (ArithmeticError, ValueError):
        return None


class Judgement(NamedTuple):
    """PyTorch's opinion: the value and the gradient of an expression, in float64."""

    value: float
    gradient: Mapping[str, float]


def pytorch(expression: Expression, values: Mapping[str, float]) -> Judgement | None:
    """What PyTorch finds; None when it is not installed."""
    try:
        import torch
    except ImportError:
        return None

    def tensor(x: object) -> torch.Tensor:
        return torch.as_tensor(x, dtype=torch.float64)

    functions = SimpleNamespace(
        **{name: getattr(torch, name) for name in ("abs", "exp", "log", "sqrt", "sin", "cos", "tan", "tanh")},
        sigmoid=torch.sigmoid,
        relu=torch.relu,
        # torch's own softplus turns linear above 20, which is off by 2e-9 there.
        softplus=lambda x: torch.logaddexp(x, tensor(0)),
        maximum=lambda x, y: torch.maximum(tensor(x), tensor(y)),
        minimum=lambda x, y: torch.minimum(tensor(x), tensor(y)),
        step=lambda x: (x > 0).double(),
    )
    inputs = {name: tensor(value).requires_grad_() for name, value in values.items()}
    output = expression.evaluate(functions, inputs)
    if output.requires_grad:  # a step function cuts the graph off
        output.backward()
    return Judgement(output.item(), {name: 0.0 if x.grad is None else x.grad.item() for name, x in inputs.items()})
