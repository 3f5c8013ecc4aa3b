"""What a primitive is: a name, a value and its local derivatives, side by side."""

from collections.abc import Callable, Iterable, Mapping, Sequence
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
        forward: floats → float; an operand with a default there may be left out.
        local: (out, *inputs) → one local derivative ∂out/∂input per input. It is written with operators and other
            rows only, so the same line can be read with floats (a number), with Values (a derivative that can be
            differentiated again) and with symbols (a formula).
        meaning: a line of mathematics, and what it does to a gradient in a sentence; users read it as the docstring.
        kinks: inputs → for each input, the interval of subgradients from which `local` makes its choice at this
            point, or None where the derivative is clear; a false value where all are.

    >>> from scalar.rules import tanh
    >>> tanh(0.0), tanh.local(0.0, 0.0)
    (0.0, (1.0,))
    """

    __slots__ = ("__dict__", "defaults", "forward", "kinks", "local", "name", "operands")

    def __init__(self, name: str, forward: Callable[..., float], local: Callable[..., Sequence[Any]], meaning: str = "",
                 *, kinks: Callable[..., Kinks | Literal[False] | None] = smooth) -> None:  # fmt: skip
        self.name = self.__name__ = name
        self.forward = forward
        self.local = local
        self.kinks = kinks
        self.operands = local.__code__.co_varnames[1 : local.__code__.co_argcount]
        self.defaults: tuple[float, ...] = getattr(forward, "__defaults__", None) or ()
        self.__doc__ = meaning

    @property
    def intuition(self) -> str:
        """What the operation does to a gradient: its meaning, after the line of mathematics."""
        return (self.__doc__ or "").partition(". ")[2]

    def __call__(self, *inputs: Any, **named: Any) -> Any:
        """Apply the operation: numbers give a float; if any input is a Value, a recorded Value; symbols, a formula.

        Raises TypeError: an input is none of these.
        """
        if named or (self.defaults and len(inputs) != len(self.operands)):
            inputs = self.completed(inputs, named)
        for x in inputs:
            if x.__class__ is not float and not isinstance(x, (float, int)):
                return (getattr(x, "_apply", None) or _reader(self, inputs))(self, *inputs)
        return self.forward(*inputs)

    def completed(self, inputs: tuple[Any, ...], named: Mapping[str, Any]) -> tuple[Any, ...]:
        """The operands, with those given by name, and the defaults of the others; TypeError where that cannot be."""
        given, wanted = len(inputs), len(self.operands)
        if not named and wanted - len(self.defaults) <= given < wanted:
            return inputs + self.defaults[given - wanted :]
        missing = self.operands[len(inputs) :]
        known = {**dict(zip(self.operands[::-1], self.defaults[::-1], strict=False)), **named}
        if not named.keys() <= {*missing} or not known.keys() >= {*missing}:
            raise TypeError(f"{self.name}: expected operands {', '.join(self.operands)}, got {[*inputs, *named]}")
        return (*inputs, *(known[name] for name in missing))

    def __repr__(self) -> str:
        return f"Op({self.name!r})"


class Stacked(Op):
    """An operation of any number of operands, which users give as one or two rows: sum(x), dot(x, y)."""

    __slots__ = ()

    def __call__(self, *rows: Iterable[Any]) -> Any:
        """Apply the operation to all numbers of the rows.

        Raises ValueError: the rows have different lengths.
        """
        inputs = tuple(rows[0])
        if len(rows) > 1:
            x, inputs = inputs, (*inputs, *rows[1])
            if len(inputs) != 2 * len(x):
                got = f"{len(x)} and {len(inputs) - len(x)}"
                raise ValueError(f"{self.__name__}: expected len(x) == len(y), got {got}")
        for operand in inputs:
            if operand.__class__ is not float and not isinstance(operand, (float, int)):
                return (getattr(operand, "_apply", None) or _reader(self, inputs))(self, *inputs)
        return self.forward(*inputs)


class Activation(Op):
    """An operation that networks use between their layers, where they know it by its name."""

    __slots__ = ()


def publish(namespace: dict[str, Any], *others: str) -> None:
    """Give each row of a module its name there, and a star import what has no underscore and is the module's own.

    Type checkers and editors, which read no computed `__all__`, find the same names by themselves. `others` are
    further names.
    """
    module = namespace["__name__"]
    for name, x in namespace.items():
        if isinstance(x, Op) and "__module__" not in vars(x):
            x.__name__, x.__module__ = name, module
    homes = {name: str(getattr(x, "__module__", "")) for name, x in namespace.items() if not name.startswith("_")}
    own = [name for name, home in homes.items() if home.startswith(module)]
    namespace["__all__"] = list(dict.fromkeys([*own, *others]))


def number_from(x: Any, op: str) -> float:
    """The float that `x` stands for: any number, NumPy's scalars and 0-d arrays among them.

    Raises TypeError: x is not one real number, or is one that would lose its gradient here.
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
