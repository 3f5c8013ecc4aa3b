"""`unfold`: one element of a tensor graph, computed once more on an engine of single numbers, and drawn beside it."""

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from viz import labels
from viz.drawing import MAX_NODES, Drawing
from viz.graph import Card, Cluster, Graph
from viz.options import Options
from viz.trace import trace
from viz.walk import topological

if TYPE_CHECKING:
    from demos.unfolding.twin import Twin


@dataclass(frozen=True, slots=True, repr=False)
class Unfolded:
    """What `unfold` gives: look at it in a notebook, `print` it, or save its `drawing`."""

    loss: Any
    """The loss on the engine of numbers, after its backward pass."""
    element: Any
    """The element there."""
    drawing: Drawing
    """The tensor graph, and beside it the numbers, those of each tensor in a frame with its name."""
    summary: str
    """The element, what is drawn, and what is only counted."""

    def _repr_mimebundle_(self, include: object = None, exclude: object = None) -> dict[str, str]:
        return {**self.drawing._repr_mimebundle_(), "text/plain": str(self)}

    def __str__(self) -> str:
        return f"{self.summary}\n\n{self.drawing}"

    __repr__ = __str__


def unfold(
    loss: Any, tensor: Any, index: Any = (), engine: Any = None, *, max_nodes: int = MAX_NODES, **options: Any
) -> Unfolded:
    """The graph of one element of a tensor on an engine of single numbers, beside the tensor graph.

    It holds each element between what this one is computed from and the loss; other operands are constants. Each has
    the value and the gradient that it has in the tensor graph, which is checked. Where that takes more than
    `max_nodes`, tensors are left out, and counted: what flows back through them enters as slopes of the tensor engine.

    Args:
        loss: a tensor of one element that offers `chain_rule()`.
        tensor: one that the loss has a gradient for.
        index: of the element, as in `tensor[index]`.
        engine: the module of the engine of numbers, `scalar`.
        max_nodes: how many nodes the graph of numbers may have.
        options: of `draw`, such as precision, palette and legend; direction is "TB" by default.

    Raises:
        TypeError: the engine is none.
        ValueError: the loss has several elements, or no gradient for the tensor; the index names not one element; an
            operation cannot be read number by number, and is named.

    >>> import scalar, vector
    >>> x = vector.tensor([1.0, 2.0], requires_grad=True, label="x")
    >>> print(unfold((x * x).sum(), x, 1, scalar).summary)
    x[1]: value 2, gradient 4, as in the tensor graph
    4 nodes for 3 of 5 elements of 3 tensors
    """
    import numpy as np

    from demos.unfolding.twin import Plan, fitted

    if not hasattr(engine, "Value"):
        raise TypeError(f"unfold: expected engine=scalar, the module of an engine of numbers, got {engine!r}")
    if getattr(loss, "size", 0) != 1:
        raise ValueError(f"unfold: expected loss.size == 1, got {getattr(loss, 'shape', loss)}; reduce it, with .sum()")
    place = np.arange(tensor.size).reshape(tensor.shape)[index]
    if np.ndim(place):
        raise ValueError(f"unfold: expected an index of one element of shape {tensor.shape}, got {index!r}")
    plan = Plan(loss, tensor, int(place))
    twin = fitted(plan, engine, max_nodes)
    summary = _summary(twin, options.get("precision", 4))
    settings = Options(**{"direction": "TB", "title": summary.partition("\n")[0], **options})
    return Unfolded(twin.loss, twin.element, Drawing(_graph(twin, settings), 2 * max_nodes), summary)


def _summary(twin: "Twin", precision: int | str) -> str:
    plan, kept = twin.plan, [x for x in twin.plan.tensors if twin.values.get(id(x))]
    value, gradient = (labels.number(x, precision) for x in (twin.element.data, float(twin.element.grad)))
    drawn, size = sum(len(twin.values[id(x)]) for x in kept), sum(x.size for x in kept)
    lines = [
        f"{plan.element_name(plan.tensor, plan.place)}: value {value}, gradient {gradient}, as in the tensor graph",
        f"{_some(len(twin.order), 'node')} for {drawn:,} of {_some(size, 'element')} of {_some(len(kept), 'tensor')}",
    ]
    if twin.slopes:
        left = [step.variable for me, step in plan.steps.items() if not twin.values.get(me)]
        elements, tensors = _some(sum(x.size for x in left), "element"), _some(len(left), "tensor")
        lines.append(f"left out: {elements} of {tensors}, which enter as {_some(twin.slopes, 'slope')}")
    return "\n".join(lines)


def _some(number: int, name: str) -> str:
    return f"{number:,} {name}{'s' * (number != 1)}"


def _graph(twin: "Twin", options: Options) -> Graph:
    plan, homes = twin.plan, twin.homes()
    outputs = [plan.loss, twin.loss]
    if all(x is not twin.element for x in topological(outputs)):  # the loss is not computed from it
        outputs.append(twin.element)
    nodes = {f"n{i}": node for i, node in enumerate(topological(outputs), start=1)}
    drawn = [id(twin.owners[id(x)][0]) for x in twin.order if id(x) in twin.owners]
    symbols = {me: labels.clean(getattr(name, "symbol", name)) for me, name in plan.names.items()}
    frames = {
        id(x): Cluster(f"t{i}", "", "", "", f"{symbols[id(x)]}: {list(drawn).count(id(x)):,} of {x.size:,}", ())
        for i, x in enumerate(plan.tensors) if id(x) in drawn and id(x) in symbols
    }  # fmt: skip

    def placed(card: Card) -> Card:
        node = nodes[card.id]
        if isinstance(node, type(twin.loss)):
            home = homes.get(id(node))
            return card if home is None else replace(card, cluster=frames[home].id)
        step = plan.steps.get(id(node))
        gradient = labels.data(step.total, options.precision) if step else labels.NOT_REQUIRED
        rows = tuple(replace(row, text=gradient) if row.key == "grad" else row for row in card.rows)
        return replace(card, rows=rows, cluster="tensors")

    graph = trace(outputs, options, {})
    clusters = (Cluster("tensors", "", "", "", "tensors", ()), *frames.values())
    return replace(graph, cards=tuple(map(placed, graph.cards)), clusters=clusters)
