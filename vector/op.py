"""What a primitive is: a name, a value on arrays, and a vector-Jacobian product for each input."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

Vjp = Callable[..., Any]


class Op:
    """One row of the rule table, and the function that users call.

    Args:
        name: how the operation is drawn and named in messages, such as "×" or "tanh".
        forward: (*arrays, **params) → array, in plain NumPy.
        vjps: one function per input, (g, out, *inputs, **params) → the input's gradient, before un-broadcasting.
            They are written in plain NumPy too: read with arrays they are fast, read with Tensors they are recorded,
            which gives higher derivatives.
        linear: whether the vjps use nothing of the inputs but their shapes, so that changing an input's numbers
            after the forward pass does no harm. Only a linear row's vjps may give back memory that is not new:
            g itself, or a view of it.

    >>> import numpy as np
    >>> from vector.rules import tanh
    >>> tanh(np.zeros(2))
    array([0., 0.])
    """

    __slots__ = ("forward", "linear", "name", "vjps")

    def __init__(self, name: str, forward: Callable[..., Any], vjps: Sequence[Vjp], *, linear: bool = False) -> None:
        self.name = name
        self.forward = forward
        self.vjps = vjps
        self.linear = linear

    def __call__(self, *inputs: Any, **params: Any) -> Any:
        """Apply the operation: arrays give an array, and if any input is a Tensor, a Tensor."""
        for x in inputs:
            apply = getattr(type(x), "_apply", None)
            if apply is not None:
                return apply(self, inputs, params)
        return self.forward(*inputs, **params)

    def __repr__(self) -> str:
        return f"Op({self.name!r})"


def elementwise(name: str, forward: Callable[..., Any], *partials: Vjp) -> Op:
    """A function of each element alone, given by its local derivatives (out, *inputs) → ∂out/∂input."""

    def vjp(partial: Vjp) -> Vjp:
        return lambda g, out, *inputs: g * partial(out, *inputs)

    return Op(name, forward, [vjp(partial) for partial in partials])


def linear(name: str, forward: Callable[..., Any], *transposes: Vjp) -> Op:
    """A linear function, given by its transposes (g, out, *inputs, **params) → gradient, which read shapes only."""
    return Op(name, forward, transposes, linear=True)


class Each(Sequence[Vjp]):
    """The vjps of an operation with any number of inputs, from one function (argument, g, out, *inputs, **params)."""

    def __init__(self, vjp: Vjp) -> None:
        self.vjp = vjp

    def __getitem__(self, argument: Any) -> Any:
        return lambda *args, **params: self.vjp(argument, *args, **params)

    def __len__(self) -> int:
        raise TypeError("an operation with any number of inputs has no fixed number of vjps")
