"""`unfold`: one element of a tensor graph, computed once more on an engine of single numbers, and drawn beside it."""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import scalar
from demos.unfolding.twin import Twin
from viz import labels
from viz.drawing import MAX_NODES, Drawing
from viz.graph import Card, Cluster, Graph
from viz.options import Options
from viz.trace import trace
from viz.walk import topological


@dataclass(frozen=True, slots=True, repr=False)
class Unfolded:
    """What `unfold` gives, to look at, `print` or save its `drawing`; loss and element are the engine of numbers'."""

    loss: Any
    element: Any
    drawing: Drawing
    summary: str

    def _repr_mimebundle_(self, include: object = None, exclude: object = None) -> dict[str, str]:
        return {**self.drawing._repr_mimebundle_(), "text/plain": str(self)}

    def __repr__(self) -> str:
        return f"{self.summary}\n\n{self.drawing}"


def unfold(
    loss: Any, tensor: Any, index: Any = (), engine: Any = scalar, *, max_nodes: int = MAX_NODES, **options: Any
) -> Unfolded:
    """The graph of one element of a tensor on an engine of single numbers, beside the tensor graph.

    It holds each element between what this one is computed from and the loss, with the value and the gradient that it
    has in the tensor graph, which is checked; other operands are constants. Where that takes more than `max_nodes`,
    tensors are left out, and counted: what flows back through them enters as slopes of the tensor engine.

    Args:
        loss: a tensor of one element that offers `chain_rule()`.
        tensor: one that the loss has a gradient for.
        index: of the element, as in `tensor[index]`.
        engine: the module of the engine of numbers.
        max_nodes: how many nodes the graph of numbers may have.
        options: of `draw`, such as precision, palette and legend; direction is "TB" by default.

    Raises:
        TypeError: the engine is none.
        ValueError: the loss has several elements or no gradient for the tensor, the index names not one element, or an
            operation cannot be read number by number; it is named.

    >>> import vector
    >>> x = vector.tensor([1.0, 2.0], requires_grad=True, label="x")
    >>> print(unfold((x * x).sum(), x, 1).summary)
    x[1]: value 2, gradient 4, as in the tensor graph
    4 nodes for 3 of 5 elements of 3 tensors
    """
    if not hasattr(engine, "Value"):
        raise TypeError(f"unfold: expected engine=scalar, the module of an engine of numbers, got {engine!r}")
    if getattr(loss, "size", 0) != 1:
        raise ValueError(f"unfold: expected loss.size == 1, got {getattr(loss, 'shape', loss)}; reduce it, with .sum()")
    twin = Twin(loss, tensor, index, engine, max_nodes)
    summary = _summary(twin, options.get("precision", 4))
    settings = Options(**{"direction": "TB", "title": summary.partition("\n")[0], **options})
    return Unfolded(twin.loss, twin.element, Drawing(_graph(twin, settings), 2 * max_nodes), summary)


def _summary(twin: Any, precision: int | str) -> str:
    some: Callable[[int, str], str] = lambda number, name: f"{number:,} {name}{'s' * (number != 1)}"  # noqa: E731
    value, gradient = (labels.number(x, precision) for x in (twin.element.data, twin.element.grad))
    kept, left = [x for x in twin.steps if twin.values.get(x)], [x for x in twin.steps if not twin.values.get(x)]
    of, out = (f"{some(sum(x.size for x in part), 'element')} of {some(len(part), 'tensor')}" for part in (kept, left))
    told = f"{twin.element.label}: value {value}, gradient {gradient}, as in the tensor graph\n"
    told += f"{some(len(twin.order), 'node')} for {sum(len(twin.values[x]) for x in kept):,} of {of}"
    return told + f"\nleft out: {out}, which enter as {some(len(twin.slopes), 'slope')}" * bool(twin.slopes)


def _graph(twin: Any, options: Options) -> Graph:
    """Both graphs; numbers stand in the frame of their tensor, and tensors have the gradients of the ledger."""
    outputs = [*dict.fromkeys([twin.output, twin.loss, twin.order[-1]])]
    nodes = {f"n{i}": node for i, node in enumerate(topological(outputs), start=1)}
    drawn = Counter(twin.owners[x][0] for x in twin.order if x in twin.owners)
    symbols = {node: labels.clean(getattr(name, "symbol", name)) for node, name in twin.names.items()}
    titles = {x: f"{symbol}: {drawn[x]:,} of {x.size:,}" for x, symbol in symbols.items() if x in drawn}
    frames = {x: Cluster(f"t{i}", "", "", "", title, ()) for i, (x, title) in enumerate(titles.items())}

    def placed(card: Card) -> Card:
        node = nodes[card.id]
        if (home := twin.homes.get(node)) is not None:
            return replace(card, cluster=frames[home].id)
        if isinstance(node, twin.engine.Value):
            return card
        gradient = labels.data(twin.steps[node].total, options.precision) if node in twin.steps else labels.NOT_REQUIRED
        rows = tuple(replace(row, text=gradient) if row.key == "grad" else row for row in card.rows)
        return replace(card, rows=rows, cluster="tensors")

    graph, clusters = trace(outputs, options, {}), (Cluster("tensors", "", "", "", "tensors", ()), *frames.values())
    return replace(graph, cards=tuple(map(placed, graph.cards)), clusters=clusters)
