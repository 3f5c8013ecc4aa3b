"""What every optimizer shares: a list of parameters, and a walk over them in blocks that stay in the cache."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

import numpy as np
import numpy.typing as npt

from vector.tensor import Tensor

Array = npt.NDArray[Any]


class Optimizer:
    """A list of parameters and a rule, `_update`, that changes one of them.

    Attributes:
        lr: the learning rate; may be changed between steps, by hand or by a schedule.
        initial_lr: what the schedules scale: lr when the first of them was made, None before.

    Raises:
        ValueError: no parameters, or a learning rate that is not positive.
    """

    initial_lr: float | None = None

    def __init__(self, parameters: Iterable[Tensor], lr: float) -> None:
        self.parameters = list(parameters)
        self.lr = lr
        if not self.parameters:
            raise ValueError(f"{type(self).__name__}: expected at least one parameter, got none")
        if not lr > 0:
            raise ValueError(f"{type(self).__name__}: expected lr > 0, got {lr}")

    def step(self) -> None:
        """Change every parameter that has a gradient, in place."""
        for i, p in enumerate(self.parameters):
            if p.grad is not None:
                data = p.data
                self._update(i, data, p.grad)
                p.data = data  # tells the graph that the numbers changed

    def zero_grad(self) -> None:
        """Forget the gradients, so that the next backward starts a new sum."""
        for p in self.parameters:
            p.grad = None

    def _update(self, i: int, data: Array, g: Array) -> None:
        """Change data, the numbers of parameter i, in place; g is the gradient, which is only read."""
        raise NotImplementedError

    def _filled(self, value: float = 0.0) -> list[Array]:
        """An array for each parameter, of its shape, dtype and layout, to remember something in."""
        return [np.full_like(p.data, value) for p in self.parameters]


def checked(optimizer: str, **arguments: float) -> None:
    """Refuse arguments below 0.

    Raises:
        ValueError: naming the argument.
    """
    for name, value in arguments.items():
        if not value >= 0:
            raise ValueError(f"{optimizer}: expected {name} >= 0, got {value}")


def blocks(*arrays: Array, size: int = 32_768) -> Iterator[tuple[Array, ...]]:
    """The arrays as flat views, block by block: small enough that all passes of an update find them in the cache."""
    data = arrays[0]
    if data.size <= size or not (data.flags.c_contiguous or data.flags.f_contiguous):
        yield arrays if data.ndim else tuple([array.reshape(1) for array in arrays])
        return
    # A transposed weight is walked as it lies in memory, and its gradient, nearly always laid out alike, with it.
    if not data.flags.c_contiguous:
        arrays = tuple([array.T for array in arrays])
    flat = [array.reshape(-1) for array in arrays]
    for start in range(0, data.size, size):
        yield tuple([array[start : start + size] for array in flat])
