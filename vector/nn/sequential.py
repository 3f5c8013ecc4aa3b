"""Layers in a row."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from vector.nn.module import Module


class ModuleList(Module, list[Any]):
    """A list of modules that is a module; a plain list, as an attribute, is found as well."""

    def __init__(self, modules: Iterable[Module] = ()) -> None:
        list.__init__(self, modules)

    __hash__ = Module.__hash__  # type: ignore[assignment]

    def _members(self) -> Iterator[tuple[str, Any]]:
        return ((str(i), module) for i, module in enumerate(self))


class ModuleDict(Module, dict[str, Any]):
    """A dictionary of modules that is a module; a plain one, as an attribute, is found as well."""

    def __init__(self, modules: Mapping[str, Module] | Iterable[tuple[str, Module]] = ()) -> None:
        dict.__init__(self, modules)

    __hash__ = Module.__hash__  # type: ignore[assignment]

    def _members(self) -> Iterator[tuple[str, Any]]:
        return iter(self.items())


class Sequential(Module):
    """Each module applied to the output of the one before; their names are "0", "1", …, as in PyTorch.

    Raises TypeError: something is no module.

    >>> from vector import nn
    >>> nn.Sequential(nn.Linear(2, 3), nn.Sequential(nn.ReLU(), nn.Linear(3, 1, bias=False)))
    Sequential(
      (0): Linear(2, 3)
      (1): Sequential(
        (0): ReLU()
        (1): Linear(3, 1, bias=False)
      )
    )
    """

    def __init__(self, *modules: Module) -> None:
        for i, module in enumerate(modules):
            if not isinstance(module, Module):
                raise TypeError(f"Sequential: expected modules, such as nn.ReLU(), got {module!r}")
            setattr(self, str(i), module)

    def __call__(self, x: Any) -> Any:
        """The last module's output; x itself when there is none."""
        for module in self:
            x = module(x)
        return x

    def __iter__(self) -> Iterator[Module]:
        return (module for _, module in self.named_children())

    def __len__(self) -> int:
        return sum(1 for _ in self)

    def __getitem__(self, index: int) -> Module:
        return list(self)[index]
