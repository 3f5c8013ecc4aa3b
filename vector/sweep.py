"""Reverse mode: one backward sweep gives the gradient of an output with respect to everything below it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from operator import attrgetter
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
    read = _itself if create_graph else attrgetter("_data")
    totals: dict[Tensor, Any] = {output: g}
    shared = {output}
    for node in reverse_topological(output):
        g = totals.pop(node)
        yield node, g, node in shared
        for parent, message in _messages(node, g, read):
            if parent in totals:
                totals[parent] = totals[parent] + message
                shared.discard(parent)
            else:
                totals[parent] = message
                if _borrowed(_array(message), (g, node, *node.parents)):
                    shared.add(parent)


def _messages(node: Tensor, g: Any, read: Callable[[Tensor], Any]) -> Iterator[tuple[Tensor, Any]]:
    """What node sends back to each operand that wants a gradient, in the operand's shape and dtype."""
    op = node._op
    if op is None:
        return
    out, inputs = read(node), [read(parent) for parent in node.parents]
    for argument, parent in enumerate(node.parents):
        if parent.changed > node.number and not op.linear:
            raise RuntimeError(_changed_message(node, parent))
        if not parent.requires_grad:
            continue
        message = op.vjps[argument](g, out, *inputs, **node.params)
        if message.shape != parent.shape:
            message = unbroadcast(message, parent.shape)
        if message.dtype != parent.dtype:
            message = message.astype(parent.dtype)
        if modes.detecting_anomaly.get():
            anomaly.check(op.name, _array(message), [_array(x) for x in (g, *inputs)], "gradient")
        yield parent, message


def _borrowed(message: Any, sources: Iterable[Any]) -> bool:
    """Whether a rule sent back memory that is not its own: an operand's, the upstream gradient's, or one repeated."""
    owner = _owner(message)
    return not message.flags.writeable or any(owner is _owner(_array(source)) for source in sources)


def _owner(array: Any) -> Any:
    """The array whose memory this one looks at."""
    base = getattr(array, "base", None)
    return array if base is None else base


def _itself(tensor: Tensor) -> Tensor:
    return tensor


def _array(x: Any) -> Any:
    return getattr(x, "_data", x)


def _changed_message(node: Tensor, parent: Tensor) -> str:
    name = f"{parent.label!r}" if parent.label else f"operand of shape {parent.shape}"
    return (
        f"backward through {node.op}: {name} was changed in place after the forward pass used it, so its gradient "
        "would be wrong; run the forward pass again, or change a copy"
    )
