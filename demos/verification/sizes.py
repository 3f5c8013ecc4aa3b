"""How large the summands of a gradient are: what rounding leaves of a sum is measured by them, not by the sum."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from typing import Any

import numpy as np

from demos.verification.naming import every
from demos.verification.side import Array
from demos.verification.torch_graph import TorchNode
from scalar import Value
from vector.sweep import masked_product, messages


def summands(root: Any) -> dict[int, Array]:
    """By the `id` of a node, |Jacobian|ᵀ·…·1 along all paths, as far as a message of positive numbers shows it."""
    found: dict[int, Any] = defaultdict(float, {id(root): np.ones(np.shape(root.data))})
    for node in reversed(every(root)):
        if id(node) in found and node.parents:
            for parent, message in _messages(node, found[id(node)]):
                found[id(parent)] = found[id(parent)] + abs(message) + _lost(node, parent, found[id(node)])
    return dict(found)


def _lost(node: Any, parent: Any, g: Any) -> Any:
    """What a local derivative is computed from: 1 − tanh² keeps no digits beside a tanh of 1."""
    out, x = np.abs(np.asarray(node.data, float)), np.abs(np.asarray(parent.data, float))
    return g * np.where(out <= 1.0, out, 1.0 / np.maximum(x, 1.0)) if out.shape == x.shape else 0.0


def largest(root: Any) -> float:
    """The largest number on the way to an output."""
    arrays = [np.abs(np.asarray(node.data)) for node in every(root) if np.asarray(node.data).dtype.kind == "f"]
    return max((float(x[np.isfinite(x)].max(initial=0)) for x in arrays), default=0.0)


def _messages(node: Any, g: Any) -> Iterator[tuple[Any, Any]]:
    if isinstance(node, Value):
        yield from ((parent, g * local) for parent, local in zip(node.parents, node.locals, strict=True))
    elif isinstance(node, TorchNode):
        sent = zip(node.parents, node.messages(g), strict=False)
        yield from ((parent, message) for parent, message in sent if message is not None)
    else:
        yield from ((parent, message) for _, parent, message in messages(node, g, masked_product))
