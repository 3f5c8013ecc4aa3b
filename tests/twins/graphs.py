"""Random graphs of arrays: fan-out, broadcasting, reductions, products, indexing; for any engine or judge.

A program is drawn together with its shapes, so that every draw is a graph. It runs on Tensors, on PyTorch's, on plain
arrays, and on arrays of the scalar engine's Values.
"""

import functools
import operator
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
from hypothesis import strategies as st
from hypothesis.extra.numpy import mutually_broadcastable_shapes

from tests.checks import VECTOR

Shape = tuple[int, ...]
Function = Callable[..., Any]

POINTWISE: Mapping[str, Function] = {
    "tanh": lambda m, x: m.tanh(x),
    "sigmoid": lambda m, x: m.sigmoid(x),
    "softplus": lambda m, x: m.softplus(x),
    "sin": lambda m, x: m.sin(x),
    "cos": lambda m, x: m.cos(x),
    "atan": lambda m, x: m.atan(x),
    "erf": lambda m, x: m.erf(x),
    "exp": lambda m, x: m.exp(m.tanh(x)),
    "log": lambda m, x: m.log(m.exp(m.tanh(x)) + 1),
    "sqrt": lambda m, x: m.sqrt(x * x + 1),
    "negative": lambda m, x: -x,
    "cube": lambda m, x: m.tanh(x) ** 3,
    "relu": lambda m, x: m.relu(x),
    "abs": lambda m, x: m.absolute(x),
}
BINARY: Mapping[str, Function] = {
    "+": lambda m, x, y: x + y,
    "−": lambda m, x, y: x - y,
    "×": lambda m, x, y: x * y,
    "÷": lambda m, x, y: x / (y * y + 1),
    "maximum": lambda m, x, y: m.maximum(x, y),
    "minimum": lambda m, x, y: m.minimum(x, y),
    "hypot": lambda m, x, y: m.hypot(x, y * y + 1),
}
KINKED: Mapping[str, Function] = {
    "relu": lambda x: x,
    "abs": lambda x: x,
    "maximum": lambda x, y: x - y,
    "minimum": lambda x, y: x - y,
}
"""Where this combination of the operands is 0, there is no derivative."""
NEAR = 1e-4
"""How near to a kink is too near: two engines, rounding differently, may stand on two sides, and a finite difference
straddles it. The table judges kinks."""


class Apply(NamedTuple):
    """One operation on earlier results, given by their places."""

    name: str
    f: Function
    operands: tuple[int, ...]
    kink: Function | None = None
    """What of the operands must not be near 0."""

    def __repr__(self) -> str:
        return f"{self.name}({', '.join(f'v{i}' for i in self.operands)})"


class Graph(NamedTuple):
    """A program whose first places are the inputs, and whose output is the sum of all results that nobody used."""

    shapes: tuple[Shape, ...]
    program: tuple[Apply, ...]

    def places(self, m: Any, inputs: Sequence[Any]) -> list[Any]:
        """The inputs and every result, computed with the functions of the namespace m."""
        places = list(inputs)
        for apply in self.program:
            places.append(apply.f(m, *[places[i] for i in apply.operands]))
        return places

    def output(self, m: Any, inputs: Sequence[Any]) -> Any:
        """One number: the sum of the tanh of everything that was not used, so that nothing is without effect."""
        places = self.places(m, inputs)
        used = {i for apply in self.program for i in apply.operands}
        unused = [m.sum(m.tanh(place)) for i, place in enumerate(places) if i not in used]
        return functools.reduce(operator.add, unused)

    def near_a_kink(self, places: Sequence[Any]) -> bool:
        """Whether any operation is too near to where it has no derivative."""
        return any(
            np.any(np.abs(apply.kink(*[places[i] for i in apply.operands])) < NEAR)
            for apply in self.program
            if apply.kink
        )


@st.composite
def graphs(draw: st.DrawFn, size: int = 10) -> Graph:
    """Up to three inputs of shapes that broadcast, and up to `size` operations on any earlier results."""
    inputs = draw(mutually_broadcastable_shapes(num_shapes=draw(st.integers(1, 3)), max_dims=3, max_side=3))
    shapes: list[Shape] = list(inputs.input_shapes)
    program: list[Apply] = []
    for _ in range(draw(st.integers(1, size))):
        apply = draw(_operation(shapes))
        shape = np.shape(apply.f(VECTOR, *[np.zeros(shapes[i]) for i in apply.operands]))
        if np.prod(shape, dtype=int) <= 64:
            program.append(apply)
            shapes.append(shape)
    return Graph(tuple(inputs.input_shapes), tuple(program))


@st.composite
def _operation(draw: st.DrawFn, shapes: Sequence[Shape]) -> Apply:
    kind = draw(st.sampled_from([_pointwise, _binary, _binary, _reduction, _product, _moving, _joining]))
    apply = draw(kind(shapes, draw(st.integers(0, len(shapes) - 1))))
    return apply if apply is not None else draw(_pointwise(shapes, len(shapes) - 1))


@st.composite
def _pointwise(draw: st.DrawFn, shapes: Sequence[Shape], i: int) -> Apply:
    name = draw(st.sampled_from(sorted(POINTWISE)))
    return Apply(name, POINTWISE[name], (i,), KINKED.get(name))


@st.composite
def _binary(draw: st.DrawFn, shapes: Sequence[Shape], i: int) -> Apply:
    """Of any two results that broadcast; a result always does with itself."""
    partners = [j for j, shape in enumerate(shapes) if _broadcast(shapes[i], shape)]
    name, j = draw(st.sampled_from(sorted(BINARY))), draw(st.sampled_from(partners))
    return Apply(name, BINARY[name], tuple(draw(st.permutations((i, j)))), KINKED.get(name))


@st.composite
def _reduction(draw: st.DrawFn, shapes: Sequence[Shape], i: int) -> Apply | None:
    if not shapes[i]:
        return None
    name = draw(st.sampled_from(["sum", "mean", "logsumexp", "softmax", "cumsum", "max"]))
    axis = draw(st.integers(-len(shapes[i]), len(shapes[i]) - 1))
    if name in ("softmax", "cumsum"):
        return Apply(f"{name}[{axis}]", lambda m, x: getattr(m, name)(x, axis=axis), (i,))
    keep = draw(st.booleans())
    return Apply(
        f"{name}[{axis}]",
        lambda m, x: getattr(m, name)(x, axis=axis, keepdims=keep),
        (i,),
        (lambda x: np.diff(np.sort(x, axis), axis=axis)) if name == "max" else None,
    )


@st.composite
def _product(draw: st.DrawFn, shapes: Sequence[Shape], i: int) -> Apply | None:
    partners = [j for j, shape in enumerate(shapes) if _multiplies(shapes[i], shape)]
    if not partners:
        return None
    return Apply("@", lambda m, x, y: x @ y, (i, draw(st.sampled_from(partners))))


@st.composite
def _moving(draw: st.DrawFn, shapes: Sequence[Shape], i: int) -> Apply | None:
    shape = shapes[i]
    if not shape:
        return None
    axes = tuple(draw(st.permutations(range(len(shape)))))
    indices = draw(st.lists(st.integers(0, shape[0] - 1), min_size=1, max_size=3))
    flat = int(np.prod(shape))
    moves: Mapping[str, Function] = {
        f"transpose{list(axes)}": lambda m, x: m.transpose(x, axes),
        "ravel": lambda m, x: m.reshape(x, (flat,)),
        f"x[{indices}]": lambda m, x: x[indices],
        "x[-1]": lambda m, x: x[-1],
        "x[..., 1:]": lambda m, x: x[..., 1:] if shape[-1] > 1 else x[..., None],
        "x[None]": lambda m, x: x[None],
    }
    name = draw(st.sampled_from(sorted(moves)))
    return Apply(name, moves[name], (i,))


@st.composite
def _joining(draw: st.DrawFn, shapes: Sequence[Shape], i: int) -> Apply:
    j = draw(st.sampled_from([j for j, shape in enumerate(shapes) if shape == shapes[i]]))
    if draw(st.booleans()) and shapes[i]:
        axis = draw(st.integers(0, len(shapes[i]) - 1))
        return Apply(f"concatenate[{axis}]", lambda m, x, y: m.concatenate([x, y], axis), (i, j))
    return Apply("stack", lambda m, x, y: m.stack([x, y]), (i, j))


def _broadcast(x: Shape, y: Shape) -> bool:
    return all(m == n or 1 in (m, n) for m, n in zip(x[::-1], y[::-1], strict=False))


def _multiplies(x: Shape, y: Shape) -> bool:
    if not x or not y or x[-1] != (y[-2] if len(y) > 1 else y[-1]):
        return False
    return _broadcast(x[:-2], y[:-2])
