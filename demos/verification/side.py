"""An engine as the judges see it: numbers in, outputs and gradients out."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from typing import Any, Protocol

import numpy as np

from demos.console import CommandError
from demos.verification.arguments import Given, parameters_of, put_together

Array = Any
Numbers = Mapping[str, Array]
"""By name, what is differentiated by: arguments and parameters."""


class Side(Protocol):
    """One function on one engine. Whatever it changes in the user's objects, it puts back."""

    name: str
    numbers: dict[str, Array]
    arguments: Mapping[str, Given]
    variables: dict[str, Any]
    """The nodes of what is differentiated by, in the latest graph; lists of them on scalars."""

    def outputs(self, numbers: Numbers) -> list[Array]:
        """The function's results, as arrays."""

    def gradients(self, numbers: Numbers, weights: Sequence[Array]) -> dict[str, Array | None]:
        """The gradients of Σ weight·output; None for what the outputs do not depend on."""

    def graph(self, numbers: Numbers, weights: Sequence[Array]) -> AbstractContextManager[Any]:
        """The node of Σ weight·output after a backward pass that kept every gradient; None where no graph is seen."""

    def submodules(self, numbers: Numbers) -> dict[str, Array]:
        """The first output of each part of a module, by its dotted name, in the order in which they ran."""


class Target:
    """What a user wants verified, and how it is called.

    Args:
        found: the object.
        owner: the module, if it is one or a method of one.
        call: the function.
    """

    def __init__(self, found: Any, title: str) -> None:
        self.found = found
        self.title = title
        self.trees: dict[str, Any] = {}  # of arguments that are nested, their leaves' names
        self.call: Callable[..., Any] = found
        self.parameters = parameters_of(found)
        if isinstance(found, type) and hasattr(found, "apply") and hasattr(found, "backward"):
            operation: Any = found  # of the user's own, of either library
            self.call = operation.apply
            self.parameters = (parameters_of(operation.forward) or [])[1:]  # without ctx
            self.by_position = True
            return
        kinds = [p.kind for p in self.parameters or []]
        self.by_position = self.parameters is None or inspect.Parameter.VAR_POSITIONAL in kinds
        self.by_position |= inspect.Parameter.POSITIONAL_ONLY in kinds

    @property
    def names(self) -> list[str]:
        """Its parameters; none where Python cannot tell."""
        return [p.name for p in self.parameters or [] if p.kind not in (p.VAR_KEYWORD, p.VAR_POSITIONAL)]

    def annotation(self, name: str) -> Any:
        """What is written behind a parameter's name."""
        return next((p.annotation for p in self.parameters or [] if p.name == name), inspect.Parameter.empty)

    def __call__(self, arguments: Mapping[str, Any]) -> Any:
        """The result."""
        whole = {name: put_together(tree, arguments) for name, tree in self.trees.items()}
        alone = {name: x for name, x in arguments.items() if name.partition("[")[0] not in whole}
        arguments = {**alone, **whole}
        if not self.by_position:
            return self.call(**arguments)
        order = sorted(arguments, key=lambda name: self.names.index(name) if name in self.names else len(self.names))
        return self.call(*[arguments[name] for name in order])

    def has_parameters(self) -> bool:
        """Whether it reads anything that can be differentiated by, beside its arguments."""
        return any(
            callable(getattr(found, "parameters", None))
            or getattr(found, "role", "")
            or hasattr(found, "requires_grad")
            for _, found in self.surroundings()
        )

    def dtype(self) -> np.dtype[Any] | None:
        """That of the first parameter of the modules around it; None without one.

        Raises:
            CommandError: NumPy has no such dtype.
        """
        for _, found in self.surroundings():
            if callable(getattr(found, "parameters", None)):
                for p in found.parameters():
                    name = str(getattr(p, "dtype", "float64")).removeprefix("torch.")
                    if name not in ("float16", "float32", "float64"):
                        raise CommandError(f"{self.title}: expected parameters of float16, 32 or 64, got {name}")
                    return np.dtype(name)
        return None

    def surroundings(self) -> Iterator[tuple[str, Any]]:
        """What the function reads without being given it: itself as an object, its closure and its globals, by name."""
        owner = getattr(self.found, "__self__", self.found)
        if not inspect.isroutine(owner) and not inspect.ismodule(owner):
            yield "", owner
        waiting, seen = [getattr(self.found, "__func__", self.found)], set[int]()
        while waiting:
            function = inspect.unwrap(waiting.pop())
            if not inspect.isfunction(function) or id(function) in seen:
                continue
            seen.add(id(function))
            free = inspect.getclosurevars(function)
            for name, value in [*free.nonlocals.items(), *free.globals.items()]:
                yield name, value
                waiting.append(value)


def leaves(tree: Any) -> Iterator[Any]:
    """What is in nested lists, tuples and dictionaries, from left to right."""
    if isinstance(tree, dict):
        tree = list(tree.values())
    if isinstance(tree, (list, tuple)):
        for branch in tree:
            yield from leaves(branch)
    elif tree is not None:
        yield tree


def floating(arrays: Sequence[Array]) -> list[Array]:
    """Those with a derivative."""
    return [array for array in arrays if np.asarray(array).dtype.kind == "f"]


def fixed(value: Any) -> Any:
    """An argument that no gradient flows to; an array as a copy, which the user's code may change."""
    return value.copy() if isinstance(value, np.ndarray) else value
