"""A function on PyTorch, which is loaded when it is asked for."""

from __future__ import annotations

import functools
import operator
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

import numpy as np

from demos.verification.arguments import Given
from demos.verification.naming import label_held
from demos.verification.side import Array, Numbers, Target, leaves
from demos.verification.torch_graph import plain


class TorchSide:
    """Arguments become tensors; parameters are the modules' and what else the outputs were computed from.

    Raises:
        ImportError: PyTorch is not installed.
    """

    name = "PyTorch"

    def __init__(self, target: Target, arguments: Mapping[str, Given]) -> None:
        import torch

        self.torch, self.target, self.arguments = torch, target, arguments
        self.inputs = {name: one.value for name, one in arguments.items() if one.varies}
        self.variables: dict[str, Any] = {}
        around = list(target.surroundings())
        self.modules = {name: found for name, found in around if isinstance(found, torch.nn.Module)}
        owned = {
            ".".join(filter(None, (prefix, name))): p
            for prefix, module in self.modules.items()
            for name, p in module.named_parameters()
        }
        self.own = "" in self.modules
        loose = {name: x for name, x in around if name and torch.is_tensor(x) and x.is_leaf and x.requires_grad}
        self.parameters: dict[str, Any] = owned | loose
        self.named = {
            ".".join(filter(None, (prefix, name))): b
            for prefix, module in self.modules.items()
            for name, b in module.named_buffers()
        }
        self.given: dict[str, Array] = {}
        """Buffers that take another module's numbers."""
        plain_ = [x for m in self.modules.values() for part in m.modules() for x in vars(part).values()]
        loose_ = [x for x in [*plain_, *dict(around).values()] if torch.is_tensor(x) and x.is_leaf]
        self.buffers = [*self.named.values(), *(x for x in loose_ if not x.requires_grad)]
        own = {name: p.detach().numpy().copy() for name, p in self.parameters.items()}
        self.numbers: dict[str, Array] = {**self.inputs, **own}

    def _call(self, numbers: Numbers) -> tuple[dict[str, Any], list[Any]]:
        torch = self.torch
        tensors = {name: torch.tensor(numbers[name], requires_grad=True) for name in self.inputs}
        held = {
            name: torch.as_tensor(np.array(one.value)) if isinstance(one.value, np.ndarray) else one.value
            for name, one in self.arguments.items()
            if name not in tensors
        }
        ordered = {name: tensors.get(name, held.get(name)) for name in self.arguments}
        return tensors, list(leaves(self.target(ordered)))

    @contextmanager
    def _state(self, numbers: Numbers) -> Iterator[None]:
        torch = self.torch
        before = {name: (p, p.data, p.grad) for name, p in self.parameters.items()}
        known = {id(self.named[name]): torch.as_tensor(x) for name, x in self.given.items()}
        buffers = [(b, b.data, known.get(id(b), b.data).clone()) for b in self.buffers]
        widest = max((x.dtype for x in numbers.values()), key=lambda dtype: dtype.itemsize, default=np.dtype("f8"))
        wide = torch.as_tensor(np.zeros(0, widest)).dtype
        usual = torch.get_default_dtype()
        torch.set_default_dtype(wide if widest.itemsize > 2 else usual)  # that of numbers in the user's code
        for name, (p, _, _) in before.items():
            p.grad, p.data = None, torch.tensor(numbers[name])
        for b, data, copy in buffers:
            b.data = copy.to(wide) if data.is_floating_point() else copy
        try:
            yield
        finally:
            torch.set_default_dtype(usual)
            for p, data, grad in before.values():
                p.data, p.grad = data, grad
            for b, data, _ in buffers:
                b.data = data

    def constants(self) -> list[Array]:
        """Buffers and other tensors of the user's that are no variables, in their own dtype."""
        return [plain(b) for b in self.buffers]

    def outputs(self, numbers: Numbers) -> list[Array]:
        """See `Side`."""
        with self._state(numbers):
            return [self._array(out) for out in self._call(numbers)[1]]

    def _array(self, out: Any) -> Array:
        return plain(out) if self.torch.is_tensor(out) else np.array(out)

    def gradients(self, numbers: Numbers, weights: Sequence[Array]) -> dict[str, Array | None]:
        """See `Side`."""
        torch = self.torch
        with self._state(numbers):
            tensors, loss = self._loss(numbers, weights)
            of = {**tensors, **self.parameters}
            if loss is None or not loss.requires_grad:
                return dict.fromkeys(of)
            found = torch.autograd.grad(loss, list(of.values()), allow_unused=True)
            return {name: None if g is None else self._array(g) for name, g in zip(of, found, strict=True)}

    def _loss(self, numbers: Numbers, weights: Sequence[Array]) -> tuple[dict[str, Any], Any]:
        tensors, outputs = self._call(numbers)
        given = iter(weights)  # one for each output with a derivative, be it a constant
        known = [(out, next(given)) for out in outputs if self._array(out).dtype.kind == "f"]
        parts = [(out, w) for out, w in known if self.torch.is_tensor(out)]
        if len(parts) == len(known) == 1 and np.size(weights[0]) == 1 and float(weights[0].sum()) == 1:
            return tensors, parts[0][0].reshape(())
        sums = [(out * self.torch.as_tensor(w).to(out.dtype)).sum() for out, w in parts]
        return tensors, functools.reduce(operator.add, sums) if sums else None

    def second(self, numbers: Numbers, weights: Sequence[Array], speeds: Numbers) -> dict[str, Array | None] | str:
        """The gradient of Σ speed·gradient by PyTorch's second backward pass; why there is none."""
        torch = self.torch
        with self._state(numbers):
            tensors, loss = self._loss(numbers, weights)
            of = {**tensors, **self.parameters}
            if loss is None or not loss.requires_grad:
                return dict.fromkeys(of)
            first = torch.autograd.grad(loss, list(of.values()), create_graph=True, allow_unused=True)
            parts = [
                (g * torch.as_tensor(speeds[name]).to(g.dtype)).sum()
                for name, g in zip(of, first, strict=True)
                if g is not None and g.requires_grad
            ]
            if not parts:
                return dict.fromkeys(of)
            try:
                found = torch.autograd.grad(sum(parts), list(of.values()), allow_unused=True)
            except RuntimeError as error:
                return str(error).split("\n")[0]
            return {name: None if g is None else self._array(g) for name, g in zip(of, found, strict=True)}

    @contextmanager
    def graph(self, numbers: Numbers, weights: Sequence[Array]) -> Iterator[Any]:
        """See `Side`."""
        from demos.verification.torch_graph import recorded

        with self._state(numbers), recorded() as graph:
            tensors, loss = self._loss(numbers, weights)
            named = {id(x): name for name, x in {**tensors, **self.parameters}.items()}
            root = graph.finished(loss, named) if loss is not None and loss.requires_grad else None
            self.variables = {name: graph.nodes[key] for key, name in named.items() if key in graph.nodes}
            if root is not None:
                label_held(root, {name: one.value for name, one in self.arguments.items() if not one.varies})
            yield root

    def submodules(self, numbers: Numbers) -> dict[str, Array]:
        """See `Side`."""
        found: dict[str, Array] = {}
        hooks = []

        def noting(name: str) -> Any:
            def hook(module: Any, args: Any, out: Any) -> None:
                first = next(leaves(out), None)
                if self.torch.is_tensor(first):
                    found.setdefault(name, self._array(first))

            return hook

        for prefix, outer in self.modules.items():
            for name, module in outer.named_modules():
                path = ".".join(filter(None, (prefix, name)))
                if path:
                    hooks.append(module.register_forward_hook(noting(path)))
        try:
            self.outputs(numbers)
        finally:
            for hook in hooks:
                hook.remove()
        return found
