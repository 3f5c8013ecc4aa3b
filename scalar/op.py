"""What a primitive is: a name, a value and its local derivatives, side by side."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Literal

from scalar import symbols

Interval = tuple[float, float]
Kinks = Sequence[Interval | None]


def smooth(*inputs: float) -> None:
    """The kinks of an operation that has none."""


class Op:
    """One row of the rule table, and the function that users call.

    Args:
        name: how the operation is drawn and named in messages, such as "×" or "tanh".
        forward: floats → float.
        local: (out, *inputs) → one local derivative ∂out/∂input per input. It is written with operators and other
            rows only, so the same line can be read with floats (a number), with Values (a derivative that can be
            differentiated again) and with symbols (a formula).
        kinks: inputs → for each input, the interval of subgradients from which `local` makes its choice at this
            point, or None where the derivative is clear; a false value where all are.

    >>> from scalar.rules import tanh
    >>> tanh(0.0), tanh.local(0.0, 0.0)
    (0.0, (1.0,))
    """

    __slots__ = ("forward", "kinks", "local", "name")

    def __init__(
        self,
        name: str,
        forward: Callable[..., float],
        local: Callable[..., Sequence[Any]],
        kinks: Callable[..., Kinks | Literal[False] | None] = smooth,
    ) -> None:
        self.name = name
        self.forward = forward
        self.local = local
        self.kinks = kinks

    def __call__(self, *inputs: Any) -> Any:
        """Apply the operation: numbers give a float; if any input is a Value, a recorded Value; symbols, a formula.

        Raises:
            TypeError: an input is none of these.
        """
        for x in inputs:
            if not isinstance(x, (float, int)):
                return _reader(self, inputs)(self, *inputs)
        return self.forward(*inputs)

    def __repr__(self) -> str:
        return f"Op({self.name!r})"


def number_from(x: Any, op: str) -> float:
    """The float that `x` stands for: any number, NumPy's scalars and 0-d arrays among them.

    Raises:
        TypeError: x is not one real number, or is one that would lose its gradient here.
    """
    loses_gradient = hasattr(x, "_apply") or hasattr(x, "requires_grad")
    if hasattr(x, "__float__") and getattr(x, "ndim", 0) == 0 and not loses_gradient:
        return float(x)
    hint = "; for arrays use the vector engine: vector.tensor(array)" if hasattr(x, "__array__") else ""
    raise TypeError(f"{op}: expected a number or a Value, got {type(x).__name__}{hint}")


def _reader(op: Op, inputs: Sequence[Any]) -> Callable[..., Any]:
    """Who applies `op` when an input is not a plain number: the Values' class, sympy, or floats made of the rest."""
    for x in inputs:
        if hasattr(type(x), "_apply"):
            return type(x)._apply
        if hasattr(x, "free_symbols"):
            return symbols.apply
    return lambda op, *inputs: op.forward(*(number_from(x, op.name) for x in inputs))
