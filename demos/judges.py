"""Independent derivatives to hold the engines' gradients against: differences, the complex step, and PyTorch."""

from __future__ import annotations

import math
import sys
from collections.abc import Callable, Mapping
from types import SimpleNamespace
from typing import NamedTuple

from demos.elementary import COMPLEX, FUNCTIONS, REAL
from demos.expression import Apply, Expression
from demos.pytorch import functions
from viz.differences import Judgement as Verified
from viz.differences import judge

COMPLEX_STEP = 1e-20  # relative: its square is far below the last digit, and a small derivative does not underflow
_SMALLEST = sys.float_info.min / sys.float_info.epsilon  # from here on floats lose digits


def differences(claimed: float, expression: Expression, values: Mapping[str, float], name: str) -> Verified:
    """What difference quotients, from values of the expression alone, say of a claimed ∂expression/∂name."""
    x = values[name]

    def moved(step: float) -> float:
        try:
            return expression.evaluate(REAL, {**values, name: x + step})
        except (ArithmeticError, ValueError):
            return math.nan

    return judge(claimed, moved, around=x, tolerance=1e-6)


def complex_step(expression: Expression, values: Mapping[str, float], name: str) -> float | None:
    """∂expression/∂name = Im f(x + ih) / h, without cancellation, so exact to rounding; None where it says nothing.

    It says nothing at a kink or a tie of abs, relu, max, min or step, where x + ih is outside the domain, and where the
    step or what it makes is too small for a float.

    Source: W. Squire and G. Trapp, "Using complex variables to estimate derivatives of real functions",
    SIAM Review 40 (1998).
    """
    x = values[name]
    h = COMPLEX_STEP * (abs(x) or 1.0)
    try:
        moved = [complex(expression.evaluate(COMPLEX, {**values, name: complex(x, step)})).imag for step in (h, h / 64)]
    except (ArithmeticError, ValueError):
        return None
    lost = h < _SMALLEST or any(part != 0 and abs(part) < _SMALLEST for part in moved)
    slopes = (moved[0] / h, moved[1] / h * 64) if not lost else (math.nan, math.nan)
    return slopes[0] if math.isclose(*slopes, rel_tol=1e-9) else None


def underflow(x: float) -> float:
    """The largest derivative that the complex step may take for 0, at an input of x."""
    return sys.float_info.min / (COMPLEX_STEP * (abs(x) or 1.0))


class Judgement(NamedTuple):
    """PyTorch's opinion: the value and the gradient of an expression, in float64."""

    value: float
    gradient: Mapping[str, float]


def importable() -> bool:
    """Whether PyTorch is installed, and loads."""
    try:
        import torch  # noqa: F401
    except ImportError:
        return False
    return True


def unknown(expression: Expression) -> list[str]:
    """The functions of an expression that PyTorch has not, by name; it must be installed."""
    import torch

    called = {step.function for step in expression.steps if isinstance(step, Apply)}
    return sorted(called & FUNCTIONS.keys() - functions(torch).keys())


def pytorch(expression: Expression, values: Mapping[str, float]) -> Judgement | None:
    """What PyTorch finds; None when it is not installed, or has no such function."""
    if not importable() or unknown(expression):
        return None
    import torch

    def tensor(x: object) -> torch.Tensor:
        return torch.as_tensor(x, dtype=torch.float64)

    def on_numbers(function: Callable[..., torch.Tensor]) -> Callable[..., torch.Tensor]:
        return lambda *x: function(*map(tensor, x))

    known = {name: on_numbers(function) for name, function in functions(torch).items()}
    inputs = {name: tensor(value).requires_grad_() for name, value in values.items()}
    output = expression.evaluate(SimpleNamespace(**known), inputs)
    if output.requires_grad:  # a step function cuts the graph off
        output.backward()
    return Judgement(output.item(), {name: 0.0 if x.grad is None else x.grad.item() for name, x in inputs.items()})
