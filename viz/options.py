"""What `draw` is given, checked: nodes, or a function and the inputs to call it with; and what to show, and how."""

import contextlib
import inspect
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, get_args

from viz.graph import Direction
from viz.judge import Judge
from viz.node import Node
from viz.palette import PALETTES

Function = Callable[..., Node | Sequence[Node]]

_ATTRIBUTES = ("op", "parents", "data", "grad", "label", "role")
_FORMAT = re.compile(r"[-+ ]?[,_]?(\.\d+)?[eEfFgG%]")  # nothing in it can be taken for markup


@dataclass(frozen=True, slots=True)
class Options:
    """See `viz.draw`, which takes these as keyword arguments."""

    values: bool = True
    gradients: bool = True
    messages: bool = False
    formulas: bool = False
    verify: bool | Judge = False
    direction: Direction = "LR"
    palette: str = "light"
    precision: int | str = 4
    title: str = ""
    legend: bool = True
    depth: int | None = None
    model: object = None
    fold: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if self.direction not in get_args(Direction):
            raise ValueError(f"expected direction in {get_args(Direction)}; got {self.direction!r}")
        if self.palette not in PALETTES:
            raise ValueError(f"expected palette in {tuple(PALETTES)}; got {self.palette!r}")
        if isinstance(self.precision, str):
            if not _FORMAT.fullmatch(self.precision):
                raise ValueError(f"expected precision as a format such as '.2f' or '+.3e'; got {self.precision!r}")
        elif self.precision < 1:
            raise ValueError(f"expected precision >= 1 significant digit; got {self.precision}")
        if self.verify not in (True, False) and not callable(self.verify):
            raise TypeError(f"expected verify to be True, False or a judge (see viz.judge); got {self.verify!r}")
        if self.depth is not None and self.depth < 0:
            raise ValueError(f"expected depth >= 0 operations below the outputs; got {self.depth}")
        if self.fold and self.model is None:
            raise ValueError(f"expected the model whose modules fold={self.fold} names; give model=")


def resolve(
    target: Node | Sequence[Node] | Function, inputs: Sequence[Any] | None
) -> tuple[list[Node], dict[int, str]]:
    """The outputs to draw, and by the `id` of each of a function's inputs the name of its parameter.

    Raises TypeError: an output is no node; inputs without a function, or a function without inputs; ValueError: there
    is no output.
    """
    names: dict[int, str] = {}
    if callable(target):
        if inputs is None:
            name = getattr(target, "__name__", type(target).__name__)
            raise TypeError(f"expected inputs to call {name} with; give draw({name}, inputs=(x, y))")
        with contextlib.suppress(ValueError):  # some functions written in C have no signature
            parameters = inspect.signature(target).parameters.values()
            named = [p.name for p in parameters if p.kind in (p.POSITIONAL_ONLY, p.POSITIONAL_OR_KEYWORD)]
            names = {id(node): name for name, node in zip(named, inputs, strict=False)}
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
