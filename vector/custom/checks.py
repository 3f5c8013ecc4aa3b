"""What a user's own operation may take and give."""

from __future__ import annotations

from typing import Any

import numpy as np

from vector.arrays import as_array
from vector.tensor import Tensor
from vector.topology import reverse_topological
from vector.trees import tree_leaves


def is_operand(x: Any) -> bool:
    """Whether an argument is an array, of any library."""
    return isinstance(x, (Tensor, np.generic)) or hasattr(type(x), "__array_function__")


def check_applied(function: Any, base: Any, args: tuple[Any, ...]) -> None:
    """Raise unless the operation is complete, and each Tensor an argument of its own."""
    name = function.__name__
    if function.forward is base.forward:
        raise NotImplementedError(f"{name}: expected a static method forward(ctx, *args), got none; write it in {name}")
    if function.backward is base.backward and any(isinstance(x, Tensor) and x.requires_grad for x in args):
        raise NotImplementedError(
            f"{name}: expected a static method backward(ctx, *upstream), for an argument requires a gradient, got "
            f"none; write it in {name}, or detach the argument"
        )
    for i, x in enumerate(args):
        if not is_operand(x) and any(isinstance(leaf, Tensor) and leaf.requires_grad for leaf in tree_leaves(x)):
            raise TypeError(
                f"{name}.apply: expected each Tensor as an argument of its own, got one inside argument {i}, a "
                f"{type(x).__name__}, where no gradient would reach it; write apply(*tensors)"
            )


def output(name: str, x: Any) -> Any:
    """One output of forward, as an array that may be written to."""
    if isinstance(x, Tensor) and x.requires_grad:
        raise TypeError(
            f"{name}.forward: expected arrays computed from its arguments, got a Tensor that requires a gradient from "
            "outside, which no gradient would reach; pass that Tensor to apply as an argument"
        )
    array = as_array(numbers(x))
    if not isinstance(array, np.ndarray):
        return array
    return array if array.flags.writeable else array.copy()


def reaches(shape: tuple[int, ...], operand: tuple[int, ...]) -> bool:
    """Whether an operand of the one shape broadcasts to the other."""
    try:
        return np.broadcast_shapes(shape, operand) == shape
    except ValueError:
        return False


def depends(gradient: Any, g: Tensor) -> bool:
    """Whether it was computed from g, or is nothing but zeros."""
    if not np.any(numbers(gradient)):
        return True
    return isinstance(gradient, Tensor) and (
        gradient.requires_grad and any(node is g for node in reverse_topological(gradient, since=g.number))
    )


def numbers(x: Any) -> Any:
    """A Tensor's array; anything else as it is."""
    return x._array if isinstance(x, Tensor) else x


def described(x: Any) -> str:
    """Its type and shape, for a message."""
    shape = f" of shape {x.shape}" if hasattr(x, "shape") else ""
    return f"a {type(x).__name__}{shape}"
