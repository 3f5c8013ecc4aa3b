"""A function of nested arguments at a point, as `check_grads` sees it: of a list of arrays, to a list of arrays."""

from collections.abc import Callable
from typing import Any

import numpy as np

from vector.arrays import array_of
from vector.checking.differences import Arrays, evaluated
from vector.tensor import Tensor
from vector.trees import named_leaves, tree_leaves, tree_unflatten


class FlatFunction:
    """f as a function of the arrays that are checked, to the list of its outputs that have a derivative."""

    def __init__(self, f: Callable[..., Any], args: tuple[Any, ...]) -> None:
        self.f, self.args = f, args
        self.arrays = [_array(x) for x in tree_leaves(args)]
        self.checked = [i for i, x in enumerate(self.arrays) if x.dtype.kind == "f"]
        self.point = [self.arrays[i] for i in self.checked]
        named = [pair for i, arg in enumerate(args) for pair in named_leaves(arg, _name(f, i), "{}[{!r}]")]
        self.names = [named[i][0] for i in self.checked]
        if not self.point:
            raise TypeError(
                "check_grads: expected an argument with floating-point numbers, got none; use astype(float)"
            )
        for name, x in zip(self.names, self.point, strict=True):
            if not np.isfinite(x).all():
                raise ValueError(f"check_grads: expected finite numbers, got NaN or infinity in argument {name}")

    def __call__(self, *xs: Any) -> list[Any]:
        """The outputs that have a derivative, for other numbers in the arrays that are checked."""
        given = dict(zip(self.checked, xs, strict=True))
        args = tree_unflatten(self.args, iter([given.get(i, x) for i, x in enumerate(self.arrays)]))
        return [out for out in map(_result, tree_leaves(self.f(*args))) if out.dtype.kind == "f"]

    def checked_outputs(self) -> Arrays:
        """What f gives at the point, if that can be checked."""
        outputs, again = (evaluated(self, self.point) for _ in range(2))
        if not outputs:
            raise TypeError("check_grads: expected f to give floating-point numbers, got none")
        for i, (out, other) in enumerate(zip(outputs, again, strict=True)):
            if not np.isfinite(out).all():
                raise ValueError(
                    f"check_grads: expected f to be finite at the point, got NaN or infinity in output {i}; check at "
                    "another point"
                )
            if not np.array_equal(out, other):
                raise ValueError(
                    f"check_grads: expected the same value from the same arguments, got different ones in output {i}; "
                    "give f random numbers that are drawn once"
                )
        return outputs


def _array(x: Any) -> Any:
    """An argument's numbers; a whole Python number is meant as a float."""
    whole = isinstance(x, int) and not isinstance(x, bool)
    array = np.array(array_of(x), dtype=float if whole else None)
    if array.dtype.kind not in "biuf":
        raise TypeError(f"check_grads: expected real numbers as arguments, got {type(x).__name__} {x!r}")
    return array


def _result(out: Any) -> Tensor:
    """One of f's results."""
    if not isinstance(out, Tensor) and (hasattr(out, "dtype") or isinstance(out, (int, float))):
        out = Tensor(out)
    if not isinstance(out, Tensor) or out.dtype.kind not in "biuf":
        raise TypeError(f"check_grads: expected f to give real numbers, got {type(out).__name__}")
    return out


def _name(f: Callable[..., Any], place: int) -> str:
    """What f calls its argument, where that can be seen."""
    code = getattr(f, "__code__", None)
    names = code.co_varnames[: code.co_argcount] if code and not hasattr(f, "__self__") else ()
    return names[place] if place < len(names) else str(place)
