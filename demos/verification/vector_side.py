"""A function on the vector engine."""

from __future__ import annotations

import functools
import operator
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

import numpy as np

from demos.verification.arguments import Given
from demos.verification.naming import label_held
from demos.verification.side import Array, Numbers, Target, fixed, leaves
from vector import Tensor, nn
from viz.walk import topological


class VectorSide:
    """Arguments become Tensors; parameters are the modules' and what else the outputs were computed from."""

    name = "vector"

    def __init__(self, target: Target, arguments: Mapping[str, Given]) -> None:
        self.target, self.arguments = target, arguments
        self.inputs = {name: one.value for name, one in arguments.items() if one.varies}
        self.variables: dict[str, Any] = {}
        self.modules = {
            name: found for name, found in target.surroundings() if isinstance(found, nn.Module) and id(found)
        }
        owned = {
            ".".join(filter(None, (prefix, name))): p
            for prefix, module in self.modules.items()
            for name, p in module.named_parameters()
        }
        self.own = "" in self.modules  # the module itself is verified
        self.parameters: dict[str, Tensor] = dict(owned) if self.own else {}
        self.saved = [
            (module, name, getattr(module, name))
            for outer in self.modules.values()
            for module in outer.modules()
            for name in module.buffer_names
        ]
        self._find(owned)
        self.numbers: dict[str, Array] = self._numbers()

    def _numbers(self) -> dict[str, Array]:
        return {**self.inputs, **{name: np.array(p.detach().data) for name, p in self.parameters.items()}}

    def _find(self, owned: Mapping[str, Tensor]) -> None:
        """Look in the graph for what else requires a gradient."""
        names = {id(p): name for name, p in owned.items()}
        names |= {id(x): name for name, x in self.target.surroundings() if isinstance(x, Tensor) and name}
        with self._state(self._numbers()):
            first, again = self._call(self.inputs)[1], self._call(self.inputs)[1]
        kept = {id(x) for x in _leaves(again)}  # the others were made on the way
        known = {id(x) for x in self.parameters.values()}
        for leaf in _leaves(first):
            if id(leaf) in kept and id(leaf) not in known:
                self.parameters[names.get(id(leaf)) or leaf.label or f"leaf {len(self.parameters) + 1}"] = leaf

    def _call(self, numbers: Numbers) -> tuple[dict[str, Tensor], list[Any]]:
        tensors = {name: Tensor(np.array(numbers[name]), requires_grad=True, label=name) for name in self.inputs}
        held = {name: fixed(one.value) for name, one in self.arguments.items() if name not in tensors}
        ordered = {name: tensors.get(name, held.get(name)) for name in self.arguments}
        with np.errstate(all="ignore"):
            return tensors, list(leaves(self.target(ordered)))

    @contextmanager
    def _state(self, numbers: Numbers) -> Iterator[None]:
        """Give the parameters these numbers for a while."""
        before = {name: (p, p.detach().data, p.grad) for name, p in self.parameters.items()}
        buffers = [(module, name, value) for module, name, value in self.saved if value is not None]
        for name, (p, _, _) in before.items():
            p.data, p.grad = np.array(numbers[name]), None
        widest = max((x.dtype for x in numbers.values()), key=lambda dtype: dtype.itemsize, default=np.dtype("f8"))
        for module, name, value in buffers:
            setattr(module, name, value.astype(widest if value.dtype.kind == "f" else value.dtype))
        try:
            yield
        finally:
            for p, data, grad in before.values():
                p.data, p.grad = data, grad
            for module, name, value in buffers:
                setattr(module, name, value)

    def outputs(self, numbers: Numbers) -> list[Array]:
        """See `Side`."""
        with self._state(numbers):
            return [np.array(out.detach().data if isinstance(out, Tensor) else out) for out in self._call(numbers)[1]]

    def gradients(self, numbers: Numbers, weights: Sequence[Array]) -> dict[str, Array | None]:
        """See `Side`."""
        with self._state(numbers):
            tensors, loss = self._loss(numbers, weights)
            if loss is not None:
                with np.errstate(all="ignore"):
                    loss.backward()
            of = {**tensors, **self.parameters}
            return {name: None if x.grad is None else np.array(x.grad) for name, x in of.items()}

    def _loss(self, numbers: Numbers, weights: Sequence[Array]) -> tuple[dict[str, Tensor], Tensor | None]:
        """Σ weight·output; an output of one element, alone, is it itself."""
        tensors, outputs = self._call(numbers)
        self.variables = {**tensors, **self.parameters}
        found = [out for out in outputs if not isinstance(out, Tensor) or out.dtype.kind == "f"]
        found = [out for out in found if np.asarray(getattr(out, "_array", out)).dtype.kind == "f"]
        with np.errstate(all="ignore"):
            if len(found) == 1 and np.size(weights[0]) == 1 and float(weights[0].sum()) == 1:
                loss = found[0]
            else:
                parts = [(out * w.astype(out.dtype)).sum() for out, w in zip(found, weights, strict=True)]
                loss = functools.reduce(operator.add, parts)
        return tensors, loss if isinstance(loss, Tensor) and loss.requires_grad else None

    @contextmanager
    def graph(self, numbers: Numbers, weights: Sequence[Array]) -> Iterator[Any]:
        """See `Side`."""
        with self._state(numbers):
            labels = {id(p): (p, p.label) for p in self.parameters.values()}
            for name, p in self.parameters.items():
                p.label = name
            try:
                loss = self._loss(numbers, weights)[1]
                if loss is not None:
                    with np.errstate(all="ignore"):
                        loss.backward(retain_all=True)
                    label_held(loss, {name: one.value for name, one in self.arguments.items() if not one.varies})
                yield loss
            finally:
                for p, label in labels.values():
                    p.label = label

    def submodules(self, numbers: Numbers) -> dict[str, Array]:
        """See `Side`: each module's class is given a `__call__` that notes what it gave, for the time of one call."""
        found: dict[str, Array] = {}
        names = {
            id(module): ".".join(filter(None, (prefix, name)))
            for prefix, outer in self.modules.items()
            for name, module in outer.named_modules()
        }
        classes = {type(module) for outer in self.modules.values() for module in outer.modules()}
        calls = {cls: cls.__call__ for cls in classes}

        def noting(plain: Any) -> Any:
            def call(module: Any, *args: Any, **named: Any) -> Any:
                out = plain(module, *args, **named)
                first = next(leaves(out), None)
                if isinstance(first, Tensor) and names.get(id(module)):
                    found.setdefault(names[id(module)], np.array(first.detach().data))
                return out

            return call

        own = {cls: "__call__" in vars(cls) for cls in classes}
        try:
            for cls, plain in calls.items():
                cls.__call__ = noting(plain)  # type: ignore[method-assign]
            self.outputs(numbers)
        finally:
            for cls, plain in calls.items():
                if own[cls]:
                    cls.__call__ = plain  # type: ignore[method-assign]
                else:
                    del cls.__call__
        return found


def _leaves(outputs: Sequence[Any]) -> list[Tensor]:
    """What below the outputs requires a gradient and was not computed."""
    nodes = topological([out for out in outputs if isinstance(out, Tensor)])
    return [x for x in nodes if isinstance(x, Tensor) and x.rule is None and x.requires_grad]
