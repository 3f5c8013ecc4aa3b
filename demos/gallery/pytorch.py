"""Questions to PyTorch, for the comparisons of the examples."""

from __future__ import annotations

from collections.abc import Callable
from types import ModuleType
from typing import Any


def gradient(f: Callable[..., Any], *arguments: Any) -> Callable[[ModuleType], Any]:
    """Asks PyTorch for the derivatives of f(torch, *arguments), in float64: one, or one for each argument.

    >>> ask = gradient(lambda torch, x, y: x * torch.sin(y), 2.0, 0.0)
    """

    def ask(torch: ModuleType) -> Any:
        tensors = [torch.tensor(argument, dtype=torch.float64, requires_grad=True) for argument in arguments]
        parts = torch.autograd.grad(f(torch, *tensors), tensors)
        return parts if len(parts) > 1 else parts[0]

    return ask
