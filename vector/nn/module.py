"""What a layer is: a callable with parameters, found by the names of its attributes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

from vector.tensor import Tensor


def parameter(data: npt.ArrayLike, label: str = "") -> Tensor:
    """A leaf that training changes: requires a gradient, and a `Module` that holds it finds it."""
    return Tensor(data, requires_grad=True, label=label, role="parameter")


class Module:
    """Base of all layers: assign parameters, modules or lists of modules as attributes and write `__call__`.

    >>> class Scale(Module):
    ...     def __init__(self):
    ...         self.factor = parameter(2.0)
    ...     def __call__(self, x):
    ...         return self.factor * x
    >>> [name for name, _ in Scale().named_parameters()]
    ['factor']
    """

    def __call__(self, x: Any) -> Any:
        """The layer's output."""
        raise NotImplementedError(f"{type(self).__name__}: write __call__(self, x)")

    def named_parameters(self, prefix: str = "") -> Iterator[tuple[str, Tensor]]:
        """(dotted name, parameter) in order of assignment, such as ("layers.0.weight", …)."""
        for name, value in vars(self).items():
            yield from _named(prefix + name, value)

    def parameters(self) -> list[Tensor]:
        """All parameters, in order of assignment."""
        return [p for _, p in self.named_parameters()]

    def zero_grad(self) -> None:
        """Forget the gradients of all parameters."""
        for p in self.parameters():
            p.grad = None

    def state_dict(self) -> dict[str, npt.NDArray[Any]]:
        """Dotted name → a copy of the parameter's numbers; names and layouts are PyTorch's."""
        return {name: p.data.copy() for name, p in self.named_parameters()}

    def load_state_dict(self, state: Mapping[str, npt.ArrayLike]) -> None:
        """Copy numbers into the parameters; dtypes stay this module's.

        Raises:
            ValueError: a name is missing or unknown, or a shape differs. Nothing is changed then.
        """
        own = dict(self.named_parameters())
        if own.keys() != state.keys():
            missing, unknown = sorted(own.keys() - state.keys()), sorted(state.keys() - own.keys())
            raise ValueError(f"load_state_dict: expected the names of the model, got missing={missing} {unknown=}")
        for name, p in own.items():
            if np.shape(state[name]) != p.shape:
                raise ValueError(f"load_state_dict: {name} expected shape {p.shape}, got {np.shape(state[name])}")
        for name, p in own.items():
            data = p.data
            data[...] = state[name]
            p.data = data


def _named(name: str, value: Any) -> Iterator[tuple[str, Tensor]]:
    if isinstance(value, Tensor) and value.role == "parameter":
        yield name, value
    elif isinstance(value, Module):
        yield from value.named_parameters(name + ".")
    elif isinstance(value, (list, tuple)):
        for i, item in enumerate(value):
            yield from _named(f"{name}.{i}", item)
