"""What the forward of a user's own operation leaves for its backward."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from vector.tensor import Tensor
from vector.trees import tree_leaves, tree_map


class Context:
    """The `ctx` of a `Function`: what `forward` saves, `backward` finds. Attributes may be set at will.

    Attribute needs_input_grad: for each argument of `apply`, whether its gradient is wanted; the others may be None.

    What depends on the inputs' numbers is saved with `save_for_backward`, and should be an input or an output: only
    those stay connected when `backward` is itself differentiated. Anything else that holds floating-point numbers is
    refused there, unless `mark_constant` says that it does not depend on the inputs.
    """

    def __init__(self, needs_input_grad: tuple[bool, ...] = (), arguments: tuple[Any, ...] = ()) -> None:
        self.needs_input_grad = needs_input_grad
        self._arguments = arguments
        self._outputs: tuple[Any, ...] = ()
        self._returned: tuple[Any, ...] = ()  # the outputs before they were made arrays
        self._saved: tuple[Any, ...] = ()
        self._constants: tuple[Any, ...] = ()

    def save_for_backward(self, *arrays: Any) -> None:
        """Keep inputs and outputs for `backward`, which finds them in `saved_tensors`; None is kept as it is.

        Raises TypeError: something is neither an array nor None.
        """
        for array in arrays:
            if array is not None and not hasattr(array, "dtype"):
                raise TypeError(
                    f"save_for_backward: expected arrays, got {type(array).__name__}; set other things as attributes, "
                    "ctx.name = …"
                )
        self._saved = arrays

    @property
    def saved_tensors(self) -> tuple[Any, ...]:
        """What was saved, read-only: arrays, or Tensors where `backward` is itself differentiated."""
        return tuple(readonly(array) for array in self._saved)

    def mark_constant(self, *values: Any) -> None:
        """Declare that what is saved, or set as an attribute, does not depend on the inputs' numbers."""
        self._constants += values


class Differentiable(Context):
    """The same context, read with Tensors: an input, an output and a constant is let through, other numbers are not."""

    def __init__(self, name: str, written: Context, tensors: Mapping[int, Any]) -> None:
        self.needs_input_grad = written.needs_input_grad
        self._name = name
        self._written = written
        self._tensors = tensors  # by the id of the array that forward had in their place

    @property
    def saved_tensors(self) -> tuple[Any, ...]:
        """What was saved, as Tensors of the graph."""
        return tuple(self._connected(array, "save_for_backward") for array in self._written._saved)

    def __getattr__(self, name: str) -> Any:
        value = getattr(self._written, name)  # raises for a name that forward did not set
        return tree_map(lambda leaf: self._connected(leaf, f"ctx.{name}"), value)

    def _connected(self, value: Any, where: str) -> Any:
        if id(value) in self._tensors:
            return self._tensors[id(value)]
        known = tree_leaves([*self._written._constants, *self._written._arguments])
        if _discrete(value) or any(value is constant for constant in known):
            return value
        raise RuntimeError(
            f"{self._name}.backward: expected inputs, outputs and constants on ctx, for it is itself being "
            f"differentiated, got {described(value)} from {where} whose dependence on the inputs was not "
            "recorded; save the input or the output and compute it again in backward, or, if it does not depend on the "
            "inputs' numbers, declare it in forward: ctx.mark_constant(…)"
        )


def readonly(array: Any) -> Any:
    """A view that cannot be written to, where the array's library has such views."""
    if not isinstance(array, np.ndarray):
        return array
    view = array.view()
    view.flags.writeable = False
    return view


def _discrete(value: Any) -> bool:
    """Whether it has no derivative: integers, booleans, names and the like."""
    if hasattr(value, "dtype") and hasattr(value, "shape"):
        return np.dtype(value.dtype).kind in "biuSUMm"
    return value is None or value is ... or isinstance(value, (int, str, bytes, slice, range, type, np.dtype))


def is_operand(x: Any) -> bool:
    """Whether an argument is an array, of any library."""
    return isinstance(x, (Tensor, np.generic)) or hasattr(type(x), "__array_function__")


def described(x: Any) -> str:
    """Its type and shape, for a message."""
    shape = f" of shape {x.shape}" if hasattr(x, "shape") else ""
    return f"a {type(x).__name__}{shape}"
