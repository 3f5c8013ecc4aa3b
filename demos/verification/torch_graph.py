"""PyTorch's own graph as nodes that viz draws and checks: each call is recorded with its operands and its result."""

from __future__ import annotations

import itertools
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, NamedTuple

import numpy as np

from vector.names import name_all
from viz.walk import topological

SYMBOLS = {
    "add": "+", "radd": "+", "sub": "−", "rsub": "−", "mul": "×", "rmul": "×", "div": "÷", "true_divide": "÷",
    "truediv": "÷", "rtruediv": "÷", "rdiv": "÷", "pow": "**", "matmul": "@", "rmatmul": "@", "neg": "neg",
}  # fmt: skip


def plain(tensor: Any) -> Any:
    """A tensor's numbers as an array; bfloat16, which NumPy lacks, as float32."""
    import torch

    array = tensor.detach().cpu()
    return np.array((array.float() if array.dtype == torch.bfloat16 else array).numpy())


_creation_numbers = itertools.count(1)


class Term(NamedTuple):
    """See `viz.node.Term`; Jacobians are not written out."""

    child: TorchNode
    argument: int
    upstream: Any
    local: Any
    product: Any


class Step(NamedTuple):
    """See `viz.node.Step`."""

    variable: TorchNode
    terms: tuple[Term, ...]
    total: Any


class TorchNode:
    """A tensor, the call that made it, and the tensors in that call; see `viz.node.Node`."""

    def __init__(
        self,
        tensor: Any,
        op: str,
        parents: Sequence[TorchNode],
        call: Callable[..., Any] | None,
        params: Mapping[Any, Any] | None = None,
    ) -> None:
        self.data = plain(tensor)
        self.number = next(_creation_numbers)
        self.op = op
        self.parents = tuple(parents)
        self.call = call
        self.params = params or {}
        self.requires_grad = bool(tensor.requires_grad)
        self.grad: Any = None
        self.label = ""
        self.role = "operation" if parents else "input" if self.requires_grad else "constant"

    name_all = staticmethod(name_all)

    def evaluate(self, *operands: Any) -> Any:
        """What the same call gives for other operands."""
        import torch

        if self.call is None:
            raise ValueError("evaluate: expected the result of an operation, got a leaf")
        with torch.no_grad():
            return plain(self.call([torch.as_tensor(np.array(x)) for x in operands]))

    def messages(self, upstream: Any) -> list[Any]:
        """What the call sends back to each operand."""
        import torch

        if self.call is None:
            return []
        operands = [torch.tensor(p.data, requires_grad=p.requires_grad) for p in self.parents]
        with torch.enable_grad():
            # A copy, for a call may change its operands in place.
            out = self.call([x.clone() if x.requires_grad else x for x in operands])
        wanted = [x for x in operands if x.requires_grad]
        if not out.requires_grad:
            return [None] * len(operands)
        weight = torch.as_tensor(np.asarray(upstream)).to(out.dtype).broadcast_to(out.shape)
        found = iter(torch.autograd.grad(out, wanted, weight, allow_unused=True))
        sent = [next(found) if x.requires_grad else None for x in operands]
        return [None if g is None else plain(g) for g in sent]

    def chain_rule(self) -> Iterator[Step]:
        """The chain rule, one step for each tensor, the output first."""
        received: dict[int, list[Term]] = defaultdict(list)
        for node in reversed(topological([self])):
            if not isinstance(node, TorchNode) or not node.requires_grad or not (received[id(node)] or node is self):
                continue
            terms = tuple(received[id(node)])
            total = np.ones(node.data.shape) if node is self else sum(term.product for term in terms)
            yield Step(node, terms, total)
            for argument, (parent, product) in enumerate(zip(node.parents, node.messages(total), strict=False)):
                if product is not None:
                    received[id(parent)].append(Term(node, argument, total, None, product))


class _Recorder:
    """The nodes of what runs while it is in force."""

    def __init__(self) -> None:
        self.nodes: dict[int, TorchNode] = {}
        self.alive: list[Any] = []

    def node(self, tensor: Any) -> TorchNode:
        if id(tensor) not in self.nodes:
            self.nodes[id(tensor)] = TorchNode(tensor, "", (), None)
            self.alive.append(tensor)
        return self.nodes[id(tensor)]

    def record(self, name: str, function: Callable[..., Any], args: Any, kwargs: Any, result: Any, before: Any) -> None:
        """Note a call whose result, or the first of them, has a gradient."""
        import torch

        params = {i: x for i, x in enumerate(args) if not torch.is_tensor(x)} | dict(kwargs)
        outputs = [(None, result)] if torch.is_tensor(result) else list(enumerate(result)) if _several(result) else []
        for place, out in outputs:
            if torch.is_tensor(out) and out.requires_grad and out.is_floating_point() and before:
                call = _again(function, args, kwargs, place)
                symbol = name.strip("_")
                self.nodes[id(out)] = TorchNode(out, SYMBOLS.get(symbol, symbol), before, call, params)
                self.alive.append(out)

    def finished(self, loss: Any, named: Mapping[int, str]) -> TorchNode:
        """The node of the loss, with every gradient and the names of the leaves."""
        root = self.node(loss)
        names = {id(self.nodes[key]): name for key, name in named.items() if key in self.nodes}
        for node in topological([root]):
            if isinstance(node, TorchNode) and not node.parents:
                node.label = names.get(id(node), "")
        for step in root.chain_rule():
            step.variable.grad = np.asarray(step.total)
        return root


def _several(result: Any) -> bool:
    return isinstance(result, (tuple, list))


def _tensors(tree: Any) -> list[Any]:
    import torch

    if torch.is_tensor(tree):
        return [tree]
    if isinstance(tree, dict):
        tree = list(tree.values())
    return [t for branch in tree for t in _tensors(branch)] if isinstance(tree, (list, tuple)) else []


def _filled(tree: Any, tensors: Iterator[Any]) -> Any:
    import torch

    if torch.is_tensor(tree):
        return next(tensors)
    if isinstance(tree, dict):
        return {key: _filled(branch, tensors) for key, branch in tree.items()}
    if isinstance(tree, (list, tuple)) and not hasattr(tree, "_fields"):
        return type(tree)(_filled(branch, tensors) for branch in tree)
    return tree


def _again(function: Callable[..., Any], args: Any, kwargs: Any, place: int | None) -> Callable[..., Any]:
    def call(operands: Sequence[Any]) -> Any:
        rest = iter(operands)
        result = function(*_filled(tuple(args), rest), **_filled(dict(kwargs), rest))
        return result if place is None else result[place]

    return call


_SKIPPED = (
    "__get__",
    "__set__",
    "backward",
    "detach",
    "requires_grad_",
    "numpy",
    "item",
    "size",
    "dim",
    "register_hook",
)


@contextmanager
def recorded() -> Iterator[_Recorder]:
    """Record what PyTorch computes, the user's own autograd functions included."""
    import torch
    from torch.overrides import TorchFunctionMode

    recorder = _Recorder()

    class Recording(TorchFunctionMode):  # type: ignore[misc]  # PyTorch is skipped
        def __torch_function__(self, function: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
            kwargs = kwargs or {}
            name = getattr(function, "__name__", "")
            quiet = name in _SKIPPED or name.startswith("is_") or "Property" in type(function).__name__
            before = () if quiet else [recorder.node(t) for t in _tensors((args, kwargs))]
            result = function(*args, **kwargs)
            if not quiet:
                recorder.record(name, function, args, kwargs, result, before)
            return result

    plain = vars(torch.autograd.Function)["apply"]

    def apply(cls: Any, *args: Any, **kwargs: Any) -> Any:
        own = plain.__func__

        def function(*args: Any, **kwargs: Any) -> Any:
            return own(cls, *args, **kwargs)

        before = [recorder.node(t) for t in _tensors((args, kwargs))]
        result = function(*args, **kwargs)
        recorder.record(cls.__name__, function, args, kwargs, result, before)
        return result

    torch.autograd.Function.apply = classmethod(apply)  # for the time of one call
    try:
        with Recording():
            yield recorder
    finally:
        torch.autograd.Function.apply = plain
