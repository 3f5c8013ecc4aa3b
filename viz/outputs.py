"""What `draw` is given: nodes, or a function and the inputs to call it with."""

import inspect
from collections.abc import Callable, Sequence
from typing import Any

from viz.node import Node

Function = Callable[..., Node | Sequence[Node]]

_ATTRIBUTES = ("op", "parents", "data", "grad", "label", "role")


def resolve(
    target: Node | Sequence[Node] | Function, inputs: Sequence[Any] | None
) -> tuple[list[Node], dict[int, str]]:
    """The outputs to draw, and by the `id` of each of a function's inputs the name of its parameter.

    Raises:
        TypeError: an output is no node; inputs without a function, or a function without inputs.
        ValueError: there is no output.
    """
    names: dict[int, str] = {}
    if callable(target):
        if inputs is None:
            name = getattr(target, "__name__", type(target).__name__)
            raise TypeError(f"expected inputs to call {name} with; give draw({name}, inputs=(x, y))")
        names = _parameter_names(target, inputs)
        target = target(*inputs)
    elif inputs is not None:
        raise TypeError(f"expected a function to call with the inputs; got {type(target).__name__}")
    outputs: list[Node] = [*target] if isinstance(target, Sequence) else [target]
    if not outputs:
        raise ValueError("expected at least one output to draw; got an empty list")
    for output in outputs:
        missing = [name for name in _ATTRIBUTES if not hasattr(output, name)]
        if missing:
            kind = type(output).__name__
            raise TypeError(f"expected nodes of a compute graph; got {kind}, without {', '.join(missing)}")
    return outputs, names


def _parameter_names(function: Function, inputs: Sequence[Any]) -> dict[int, str]:
    try:
        parameters = inspect.signature(function).parameters.values()
    except ValueError:  # some functions written in C have no signature
        return {}
    named = [p.name for p in parameters if p.kind in (p.POSITIONAL_ONLY, p.POSITIONAL_OR_KEYWORD)]
    return {id(node): name for name, node in zip(named, inputs, strict=False)}
