"""A second judge of local derivatives: the complex step, f′(x) = Im f(x + ih) / h, exact to rounding."""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from demos.elementary import COMPLEX
from viz.node import Node

STEP = 1e-20  # relative to the operand: its square is far below the last digit

_OPERATORS: Mapping[str, Callable[..., complex]] = {
    "add": operator.add, "subtract": operator.sub, "multiply": operator.mul, "divide": operator.truediv,
    "negative": operator.neg, "absolute": COMPLEX.abs, "power": COMPLEX.power,
    "sum": lambda *x: sum(x), "dot": lambda *xy: sum(map(operator.mul, xy, xy[len(xy) // 2 :])),
}  # fmt: skip


class ComplexStep:
    """Answers `viz.judge.Judge` for the scalar engine's nodes.

    Source: W. Squire and G. Trapp, "Using complex variables to estimate derivatives of real functions",
    SIAM Review 40 (1998).
    """

    name = "complex step"

    def __call__(self, node: Node, upstream: Any, /) -> Sequence[float] | None:
        """Upstream times the derivative by each operand; None at a kink, or where complex numbers say nothing."""
        rule: Any = getattr(node, "rule", None)
        name = getattr(rule, "__name__", "")
        function = _OPERATORS.get(name) or getattr(COMPLEX, name, None)
        if function is None:
            return None
        operands: list[Any] = [parent.data for parent in node.parents]
        sent = []
        for argument, x in enumerate(operands):
            h = STEP * (abs(x) or 1.0)
            moved = [*operands[:argument], complex(x, h), *operands[argument + 1 :]]
            try:
                sent.append(upstream * (complex(function(*moved)).imag / h))
            except (ArithmeticError, ValueError):
                return None
        return sent
