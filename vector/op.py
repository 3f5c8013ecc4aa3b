"""What a primitive is: a name, a value on arrays, and a vector-Jacobian product for each input."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from vector import vocabulary
from vector.arrays import check_real, operand

Vjp = Callable[..., Any]


class Op:
    """One row of the rule table, and the function that users call.

    Args:
        name: how the operation is drawn and named in messages, such as "×" or "tanh".
        forward: (*arrays, **params) → array, in plain NumPy; an operand with a default there may be left out.
        vjps: one function per input, (g, out, *inputs, **params) → the input's gradient, before un-broadcasting.
            They are written in plain NumPy too: read with arrays they are fast, read with Tensors they are recorded,
            which gives higher derivatives; read backwards they are forward mode (`vector.sweep.pushforward`).
        partials: instead of vjps, for an elementwise operation: its local derivatives (out, *inputs) → ∂out/∂input.
        linear: whether the operation is linear in its differentiable inputs taken together. Its vjps then use nothing
            of the inputs but their shapes, so that changing an input's numbers after the forward pass does no harm.
            Only a linear row's vjps may give back memory that is not new: g itself, or a view of it.
        adds: for a linear operation of one operand whose transpose fills zeros with g: (total, g, **params) → None adds
            it to a gradient that is there already, so that of many slices each costs as much as it is large.
        masks: whether the partials are masks, whose 0 and 1 no message can turn into NaN; for all other partials
            `needs_mask` is true (see `vector.sweep.masked_product`).
        kinks: (out, *inputs, **params) → for each input, a mask of the places where the derivative is a choice, with
            the interval of slopes it is chosen from; None where it never is.
        meaning: a line of mathematics, and what it does to a gradient in a sentence; users read it as the docstring.
        plain: `forward` as a textbook has it, for a row that does several things at once: how a ledger shows it.

    >>> import numpy as np
    >>> from vector.rules import tanh
    >>> tanh(np.zeros(2))
    array([0., 0.])
    """

    __slots__ = (
        "__dict__", "adds", "defaults", "forward", "kinks", "linear", "name", "needs_mask", "nin", "operands",
        "partials", "plain", "shares", "vjps",
    )  # fmt: skip

    def __init__(self, name: str, forward: Callable[..., Any], vjps: Sequence[Vjp] = (), *,
                 partials: Sequence[Vjp] = (), linear: bool = False, masks: bool = False,
                 kinks: Callable[..., Any] | None = None, meaning: str = "", plain: Callable[..., Any] | None = None,
                 adds: Callable[..., None] | None = None) -> None:  # fmt: skip
        self.name = self.__name__ = name
        self.forward = forward
        # A ufunc would take one operand more for the place of its result.
        self.nin = len(partials) or getattr(forward, "nin", 0)
        self.operands = partials[0].__code__.co_varnames[1 : self.nin + 1] if partials else ()
        self.defaults: tuple[Any, ...] = (partials and getattr(forward, "__defaults__", None)) or ()
        self.__doc__ = meaning
        self.vjps = vjps
        self.partials = partials
        self.linear = linear
        self.needs_mask = bool(partials) and not masks
        self.kinks = kinks
        self.plain = plain
        self.adds = adds
        self.shares = None if adds else linear

    def __call__(self, *inputs: Any, **params: Any) -> Any:
        """Apply the operation: arrays and lists give an array, and if there is a Tensor among them, a Tensor."""
        first = type(inputs[0]) if inputs else np.ndarray  # of which a look for `_apply` takes longest
        if not self.nin and first is not np.ndarray and (apply := getattr(first, "_apply", None)):
            return apply(self, inputs, params)  # without the loop, which takes a twentieth of a sum
        lists = False
        for x in inputs:
            apply = None if type(x) is np.ndarray else getattr(type(x), "_apply", None)
            if apply is not None:
                if self.nin and (params or len(inputs) != self.nin):
                    inputs, params = self.completed(inputs, params), {}
                return apply(self, inputs, params)
            lists = lists or isinstance(x, (list, tuple))
        if lists:
            return self(*map(operand, inputs), **params)
        if params and (self.defaults or not inputs):
            return self(*self.completed(inputs, params))
        try:
            return self.forward(*inputs, **params)
        except TypeError:
            if answers := vocabulary.told(params):
                raise TypeError(f"{self.name}: expected operands, got {', '.join(params)}{answers}") from None
            for x in inputs:
                check_real(x, f"as an operand of {self.name}")
            raise

    def completed(self, inputs: tuple[Any, ...], named: Mapping[str, Any]) -> tuple[Any, ...]:
        """The operands, with those given by name, and the defaults of the others; TypeError where that cannot be."""
        if not named and self.nin - len(self.defaults) <= len(inputs) < self.nin:
            return inputs + self.defaults[len(inputs) - self.nin :]
        if not self.defaults:
            got = f"{', '.join([str(len(inputs)), *named])}{vocabulary.told(named)}"
            raise TypeError(f"{self.name}: expected operands == {self.nin} and y = f(x), not out=y, got {got}")
        missing = self.operands[len(inputs) :]
        known = {**dict(zip(self.operands[::-1], self.defaults[::-1], strict=False)), **named}
        if len(inputs) > self.nin or not named.keys() <= {*missing} or not known.keys() >= {*missing}:
            got = f"{', '.join([str(len(inputs)), *named])}{vocabulary.told(named.keys() - {*missing})}"
            raise TypeError(f"{self.name}: expected operands {', '.join(self.operands)}, got {got}")
        return (*inputs, *(known[name] for name in missing))

    def __repr__(self) -> str:
        return f"Op({self.name!r})"


class Activation(Op):
    """An operation that networks use between their layers, where they know it by its name."""

    __slots__ = ()


def elementwise(name: str, forward: Callable[..., Any], *partials: Vjp, **more: Any) -> Op:
    """A function of each element alone, given by its local derivatives (out, *inputs) → ∂out/∂input."""
    return Op(name, forward, partials=partials, **more)


def activation(name: str, forward: Callable[..., Any], *partials: Vjp, **more: Any) -> Op:
    """An elementwise function for use between layers; what comes after its first operand is a module's parameter."""
    return Activation(name, forward, partials=partials, **more)


def linear(name: str, forward: Callable[..., Any], *transposes: Vjp, **more: Any) -> Op:
    """A linear function, given by its transposes (g, out, *inputs, **params) → gradient, which read shapes only."""
    return Op(name, forward, transposes, linear=True, **more)


class Each(Sequence[Vjp]):
    """The vjps of an operation with any number of inputs, from one function (argument, g, out, *inputs, **params)."""

    def __init__(self, vjp: Vjp) -> None:
        self.vjp = vjp

    def __getitem__(self, argument: Any) -> Any:
        return lambda *args, **params: self.vjp(argument, *args, **params)

    def __len__(self) -> int:
        raise TypeError("an operation with any number of inputs has no fixed number of vjps")


def publish(namespace: dict[str, Any], *others: str, without: tuple[str, ...] = ()) -> None:
    """Give each row of a module its name there, and a star import what has no underscore and is the module's own.

    Type checkers and editors, which read no computed `__all__`, find the same names by themselves. `others` are
    further names, and what stems from the modules `without` is left out.
    """
    module = namespace["__name__"]
    for name, x in namespace.items():
        if isinstance(x, Op) and "__module__" not in vars(x):
            x.__name__, x.__module__ = name, module
    homes = {name: str(getattr(x, "__module__", "")) for name, x in namespace.items() if not name.startswith("_")}
    own = [name for name, home in homes.items() if home.startswith(module) and home not in without]
    namespace["__all__"] = list(dict.fromkeys([*own, *others]))
