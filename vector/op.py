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
            which gives higher derivatives; read backwards they are forward mode (`vector.sweep.pushforward`).
        partials: instead of vjps, for an elementwise operation: its local derivatives (out, *inputs) → ∂out/∂input.
        linear: whether the operation is linear in its differentiable inputs taken together. Its vjps then use nothing
            of the inputs but their shapes, so that changing an input's numbers after the forward pass does no harm.
            Only a linear row's vjps may give back memory that is not new: g itself, or a view of it.
        masks: whether the partials are masks, whose 0 and 1 no message can turn into NaN; for all other partials
            `may_stop` is true (see `vector.sweep.stopping`).
        kinks: (out, *inputs, **params) → for each input, a mask of the places where the derivative is a choice, with
            the interval of slopes it is chosen from; None where it never is.

    >>> import numpy as np
    >>> from vector.rules import tanh
    >>> tanh(np.zeros(2))
    array([0., 0.])
    """

    __slots__ = ("forward", "kinks", "linear", "may_stop", "name", "nin", "partials", "vjps")

    def __init__(
        self,
        name: str,
        forward: Callable[..., Any],
        vjps: Sequence[Vjp] = (),
        *,
        partials: Sequence[Vjp] = (),
        linear: bool = False,
        masks: bool = False,
        kinks: Callable[..., Any] | None = None,
    ) -> None:
        self.name = name
        self.forward = forward
        self.nin = getattr(forward, "nin", 0)  # a ufunc would take one operand more for the place of its result
        self.vjps = vjps
        self.partials = partials
        self.linear = linear
        self.may_stop = bool(partials) and not masks
        self.kinks = kinks

    def __call__(self, *inputs: Any, **params: Any) -> Any:
        """Apply the operation: arrays and lists give an array, and if there is a Tensor among them, a Tensor."""
        lists = False
        for x in inputs:
            apply = getattr(type(x), "_apply", None)
            if apply is not None:
                if self.nin and (params or len(inputs) != self.nin):
                    got = ", ".join([str(len(inputs)), *params])
                    raise TypeError(f"{self.name}: expected operands == {self.nin} and y = f(x), not out=y, got {got}")
                return apply(self, inputs, params)
            lists = lists or isinstance(x, (list, tuple))
        if lists:
            from vector.functions.operand import operand

            return self(*map(operand, inputs), **params)
        return self.forward(*inputs, **params)

    def __repr__(self) -> str:
        return f"Op({self.name!r})"


def elementwise(
    name: str, forward: Callable[..., Any], *partials: Vjp, masks: bool = False, kinks: Callable[..., Any] | None = None
) -> Op:
    """A function of each element alone, given by its local derivatives (out, *inputs) → ∂out/∂input."""
    return Op(name, forward, partials=partials, masks=masks, kinks=kinks)


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
