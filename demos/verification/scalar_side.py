"""A function on the scalar engine: arrays become lists, or arrays of objects, of Values."""

from __future__ import annotations

import functools
import operator
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

import numpy as np

from demos.verification.arguments import Given
from demos.verification.side import Array, Numbers, Target, fixed, leaves
from scalar import Value
from scalar.nn import Module
from scalar.value import NOT_COMPUTED

MAX_VALUES = 2000
"""Numbers; more are a matter for arrays."""


class ScalarSide:
    """Parameters are the module's, those of one attribute together as an array.

    Raises:
        ValueError: there are more than `MAX_VALUES` numbers.
    """

    name = "scalar"

    def __init__(self, target: Target, arguments: Mapping[str, Given]) -> None:
        self.target, self.arguments = target, arguments
        self.inputs = {name: one.value for name, one in arguments.items() if one.varies}
        self.variables: dict[str, Any] = {}
        self.parameters: dict[str, list[Value]] = {}
        for prefix, found in target.surroundings():
            if isinstance(found, Module):
                self.parameters |= {f"{prefix}.{name}".lstrip("."): values for name, values in _parameters(found)}
            elif isinstance(found, Value) and not found.parents:
                self.parameters[prefix] = [found]
        own = {name: np.array([p.data for p in values]) for name, values in self.parameters.items()}
        alone = {name: array.reshape(()) if _is_single(target, name) else array for name, array in own.items()}
        self.numbers: dict[str, Array] = {**self.inputs, **alone}
        if sum(np.size(x) for x in self.numbers.values()) > MAX_VALUES:
            raise ValueError(f"more than {MAX_VALUES:,} numbers")
        self.made = _objects
        try:
            self.outputs(self.numbers)
        except Exception:
            if all(np.ndim(x) == 0 for x in self.inputs.values()):
                raise
            self.made = _lists  # which is what a function on numbers expects
            self.outputs(self.numbers)

    def _call(self, numbers: Numbers) -> tuple[dict[str, list[Value]], list[Any]]:
        values: dict[str, list[Value]] = {}
        given: dict[str, Any] = {}
        for name, one in self.arguments.items():
            given[name] = one.value
            if isinstance(one.value, np.ndarray) and one.varies:
                flat = np.ravel(numbers[name])
                values[name] = [Value(x, _element(name, i, one.value.shape)) for i, x in enumerate(flat.tolist())]
                given[name] = self.made(values[name], one.value.shape)
            elif isinstance(one.value, np.ndarray):
                given[name] = fixed(one.value) if one.value.ndim else one.value.item()
        found = [x.tolist() if isinstance(x, np.ndarray) else x for x in leaves(self.target(given))]
        outputs = list(leaves(found))
        if not all(isinstance(x, (Value, int, float, np.number)) for x in outputs):
            kinds = {type(x).__name__ for x in outputs} - {"Value"}
            raise TypeError(f"expected numbers or Values as a result, got {', '.join(sorted(kinds))}")
        return values, outputs

    @contextmanager
    def _state(self, numbers: Numbers) -> Iterator[None]:
        flat = [
            (p, x) for name, ps in self.parameters.items() for p, x in zip(ps, np.ravel(numbers[name]), strict=True)
        ]
        before = [(p, p.data, p.grad) for p, _ in flat]
        for p, x in flat:
            p.data, p.grad = float(x), NOT_COMPUTED
        try:
            yield
        finally:
            for p, data, grad in before:
                p.data, p.grad = data, grad

    def outputs(self, numbers: Numbers) -> list[Array]:
        """See `Side`: all numbers in one array, for lists of Values have no shape of their own."""
        with self._state(numbers):
            found = self._call(numbers)[1]
            data = [x.data if isinstance(x, Value) else x for x in found]
            return [np.array(data[0] if len(data) == 1 else data)]

    def gradients(self, numbers: Numbers, weights: Sequence[Array]) -> dict[str, Array | None]:
        """See `Side`."""
        with self._state(numbers):
            values, loss = self._loss(numbers, weights)
            if loss is not None:
                loss.backward()
            of = {**values, **self.parameters}
            return {name: _gradient(of[name], self.numbers[name].shape) for name in self.numbers}

    def _loss(self, numbers: Numbers, weights: Sequence[Array]) -> tuple[dict[str, list[Value]], Value | None]:
        values, outputs = self._call(numbers)
        self.variables = {**values, **self.parameters}
        flat = np.concatenate([np.ravel(w) for w in weights]).tolist()
        parts = [(x, w) for x, w in zip(outputs, flat, strict=True) if isinstance(x, Value)]
        if not parts:
            return values, None
        return values, parts[0][0] if parts[0][1] == 1 and len(flat) == 1 else functools.reduce(
            operator.add, [x * w for x, w in parts]
        )

    @contextmanager
    def graph(self, numbers: Numbers, weights: Sequence[Array]) -> Iterator[Any]:
        """See `Side`."""
        with self._state(numbers):
            loss = self._loss(numbers, weights)[1]
            if loss is not None:
                loss.backward()
            yield loss

    def submodules(self, numbers: Numbers) -> dict[str, Array]:
        """See `Side`."""
        return {}


def _objects(values: list[Value], shape: tuple[int, ...]) -> Any:
    if not shape:
        return values[0]
    array = np.empty(len(values), object)
    array[:] = values
    return array.reshape(shape)


def _lists(values: list[Value], shape: tuple[int, ...]) -> Any:
    return _objects(values, shape).tolist() if shape else values[0]


def _element(name: str, index: int, shape: tuple[int, ...]) -> str:
    place = ", ".join(map(str, np.unravel_index(index, shape))) if shape else ""
    return f"{name}[{place}]" if shape else name


def _parameters(module: Module, path: str = "") -> Iterator[tuple[str, list[Value]]]:
    """(dotted name, Values) of each attribute of a module and of those in it."""
    for name, found in vars(module).items():
        parts = list(found) if isinstance(found, (list, tuple)) else [found]
        own = [p for p in leaves(parts) if isinstance(p, Value) and p.role == "parameter"]
        if own:
            yield path + name, own
        for i, part in enumerate(parts):
            if isinstance(part, Module):
                yield from _parameters(
                    part, f"{path}{name}.{i}." if isinstance(found, (list, tuple)) else f"{path}{name}."
                )


def _is_single(target: Target, name: str) -> bool:
    """Whether a parameter is a number and no list of one."""
    found: Any = dict(target.surroundings())
    found = found.get("", found) if "" in found and name.split(".")[0] not in found else found
    for key in name.split("."):
        if isinstance(found, dict):
            found = found[key]
        else:
            found = found[int(key)] if isinstance(found, (list, tuple)) else getattr(found, key)
    return isinstance(found, Value)


def _gradient(values: list[Value], shape: tuple[int, ...]) -> Array | None:
    """Their gradients; None where no backward pass reached any of them."""
    if all(x.grad is NOT_COMPUTED for x in values):
        return None
    return np.array([float(x.grad) for x in values]).reshape(shape)
