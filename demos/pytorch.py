"""PyTorch's names of our operations, and PyTorch as a judge of drawings: `viz.draw(output, verify=Judge())`.

It shares no rule with the engines.
"""

from __future__ import annotations

import importlib.util
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from demos.elementary import FUNCTIONS
from vector.op import Op
from vector.rules import elementwise, ufuncs
from viz.node import Node

_ROWS = [op for module in (elementwise, ufuncs) for op in vars(module).values() if isinstance(op, Op)]


def installed() -> bool:
    """Whether there is a PyTorch to ask."""
    return importlib.util.find_spec("torch") is not None


class Judge:
    """PyTorch's derivatives of single operations, in float64; see `viz.judge.Judge`.

    It speaks only of operations that it computes to the node's own value: not of symbols that it does not know, nor of
    those whose arguments, such as an axis, no drawing shows.

    Raises:
        ImportError: PyTorch is not installed.
    """

    name = "PyTorch"

    def __init__(self) -> None:
        import torch

        self.torch = torch
        self.functions = _drawn(torch)

    def __call__(self, node: Node, upstream: Any) -> Sequence[Any] | None:
        """What `node` sends back to each operand; None where this judge cannot tell."""
        torch = self.torch
        function = self.functions.get(node.op)
        data: list[Any] = [np.asarray(parent.data) for parent in node.parents]
        if function is None or any(array.dtype.kind not in "fiu" for array in data):
            return None
        operands = [torch.tensor(array.astype(float), requires_grad=True) for array in data]
        try:
            out = function(*operands)
        except (RuntimeError, TypeError, IndexError):  # operands of other shapes, or another number of them
            return None
        if not self._is(out, node.data):
            return None
        if not out.requires_grad:
            messages: Sequence[Any] = [None] * len(operands)
        else:
            weight = torch.broadcast_to(torch.as_tensor(np.asarray(upstream, float)), out.shape)
            messages = torch.autograd.grad(out, operands, weight, allow_unused=True)
        return [_plain(message, operand) for message, operand in zip(messages, operands, strict=True)]

    def _is(self, out: Any, value: Any) -> bool:
        expected = np.asarray(value, float)
        close = 1e-9 if expected.dtype == np.asarray(value).dtype else 1e-3  # a narrow dtype was rounded
        found = out.detach().numpy()
        return found.shape == expected.shape and np.allclose(found, expected, close, close, equal_nan=True)


def functions(torch: Any) -> Mapping[str, Callable[..., Any]]:
    """PyTorch's function for each row that it has one for, by the row's name."""
    F = torch.nn.functional
    names = {op.name for op in _ROWS} | FUNCTIONS.keys()
    return {
        **{name: f for name in names if callable(f := getattr(torch, name, None) or getattr(F, name, None))},
        "cbrt": lambda x: (sign := torch.where(x < 0, -1.0, 1.0)) * (sign * x) ** (1 / 3),
        # torch's own softplus turns linear above 20, which is off by 2e-9 there.
        "softplus": lambda x: torch.logaddexp(x, torch.zeros_like(x)),
        "step": lambda x: (x > 0).double(),
    }


def _drawn(torch: Any) -> Mapping[str, Callable[..., Any]]:
    """By the symbol in a drawing: the functions, the operators, and what takes arrays."""
    return {
        **functions(torch),
        "+": torch.add,
        "−": torch.sub,
        "×": torch.mul,
        "÷": torch.div,
        "**": torch.pow,
        "neg": torch.neg,
        "max": torch.maximum,
        "min": torch.minimum,
        "sum": lambda *x: torch.sum(x[0]) if len(x) == 1 else sum(x),
        "mean": torch.mean,
        "·": lambda *x: sum(map(torch.mul, x[: len(x) // 2], x[len(x) // 2 :])),
        "@": torch.matmul,
        "linear": torch.nn.functional.linear,
    }


def _plain(message: Any, operand: Any) -> Any:
    """A number for a number, an array for an array."""
    array = np.zeros(operand.shape) if message is None else message.numpy()
    return array if array.shape else array.item()
