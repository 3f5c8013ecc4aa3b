"""Reverse mode: one backward sweep gives the gradient of an output with respect to everything below it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from vector import anomaly, modes
from vector.broadcasting import unbroadcast
from vector.topology import reverse_topological

if TYPE_CHECKING:
    from vector.tensor import Tensor


def gradients(output: Tensor, g: Any, *, create_graph: bool = False) -> Iterator[tuple[Tensor, Any, bool]]:
    """Yield (node, gradient, shared) for output and every node below it, in reverse topological order.

    Args:
        output: the tensor to differentiate.
        g: its upstream gradient, an array of its shape, or a Tensor with create_graph.
        create_graph: run the rules on Tensors, so that the gradients themselves are recorded.

    The gradient is `shared` when its memory may belong to another gradient or to the caller; whoever keeps it and
    lets it be written to must copy it.

    Raises:
        RuntimeError: an operand was changed in place after it was used.
    """
    read = _itself if create_graph else _numbers
    detecting = modes.detecting_anomaly.get()
    totals: dict[Tensor, Any] = {output: g}
    shared = {output}
    for node in reverse_topological(output):
        g = totals.pop(node)
        yield node, g, node in shared
        op, parents = node._op, node.parents
        if op is None:
            continue
        out, inputs = read(node), [read(parent) for parent in parents]
        for argument, parent in enumerate(parents):
            if parent.changed > node.number and not op.linear:
                raise RuntimeError(_changed_message(node, parent))
            if not parent.requires_grad:
                continue
            message = op.vjps[argument](g, out, *inputs, **node.params)
            if message.shape != parent._data.shape:
                message = unbroadcast(message, parent.shape)
            if message.dtype != parent._data.dtype:
                message = message.astype(parent.dtype)
            if detecting:
                anomaly.check(op.name, _numbers(message), [_numbers(x) for x in (g, *inputs)], "gradient")
            if parent in totals:
                totals[parent] = totals[parent] + message
                shared.discard(parent)
            else:
                totals[parent] = message
                if op.linear or message is g:
                    shared.add(parent)


def _itself(tensor: Tensor) -> Tensor:
    return tensor


def _numbers(x: Any) -> Any:
    return getattr(x, "_data", x)


def _changed_message(node: Tensor, parent: Tensor) -> str:
    name = f"{parent.label!r}" if parent.label else f"operand of shape {parent.shape}"
    return (
        f"backward through {node.op}: {name} was changed in place after the forward pass used it, so its gradient "
        "would be wrong; run the forward pass again, or change a copy"
    )
