"""Random graphs of arrays on both engines, on PyTorch in float64, and against finite differences; to second order."""

import operator
from collections.abc import Callable, Sequence
from types import SimpleNamespace
from typing import Any

import numpy as np
from hypothesis import assume, given
from hypothesis import strategies as st

import scalar
import vector
from scalar import Value
from tests.checks import SCALAR, VECTOR
from tests.judges import Array, by_pytorch, hvp_by_pytorch
from tests.twins.graphs import Graph, graphs
from vector import Tensor
from vector.trees import tree_map


class Grid:
    """An array whose elements are Values: NumPy moves them and adds them up, the scalar engine computes.

    NumPy turns a 0-d array of objects into the object itself, whose operators know no arrays; a Grid stays one.
    """

    def __init__(self, cells: Any) -> None:
        self.cells = np.asarray(cells, object)

    def __neg__(self) -> "Grid":
        return Grid(-self.cells)

    def __pow__(self, exponent: float) -> "Grid":
        return Grid(self.cells**exponent)

    def __getitem__(self, index: Any) -> "Grid":
        return Grid(self.cells[index])


def _lifted(function: Callable[..., Any]) -> Callable[..., Any]:
    """A function of arrays, for Grids and lists of them."""

    def lifted(*args: Any, **params: Any) -> Grid:
        return Grid(function(*[tree_map(lambda x: getattr(x, "cells", x), arg) for arg in args], **params))

    return lifted


for _name in ("add", "sub", "mul", "truediv", "matmul"):
    setattr(Grid, f"__{_name}__", _lifted(getattr(operator, _name)))


def _each(name: str) -> Callable[..., Any]:
    """A function of the scalar engine, for each element."""
    return lambda *arrays: np.frompyfunc(getattr(SCALAR, name), len(arrays), 1)(*arrays)


def _exp_total(x: Any, axis: int, keepdims: bool = True) -> Any:
    return np.asarray(np.sum(_each("exp")(x), axis=axis, keepdims=keepdims), object)


NUMPYS = ("concatenate", "cumsum", "max", "mean", "reshape", "stack", "sum", "transpose")
SCALARS = (
    "absolute", "atan", "cos", "erf", "exp", "hypot", "log", "maximum", "minimum", "relu", "sigmoid", "sin",
    "softplus", "sqrt", "tanh",
)  # fmt: skip
GRIDS = SimpleNamespace(
    **{name: _lifted(getattr(np, name)) for name in NUMPYS},
    **{name: _lifted(_each(name)) for name in SCALARS},
    logsumexp=_lifted(lambda x, axis, keepdims: _each("log")(_exp_total(x, axis, keepdims))),
    softmax=_lifted(lambda x, axis: _each("exp")(x) / _exp_total(x, axis)),
)


def sampled(graph: Graph, seed: int) -> list[Array]:
    """Inputs at which the graph is smooth and its numbers are of a comfortable size."""
    generator = np.random.default_rng(seed)
    inputs = [np.asarray(generator.uniform(-2, 2, shape)) for shape in graph.shapes]
    places = graph.places(VECTOR, inputs)
    assume(all(np.max(np.abs(place), initial=0) < 100 for place in places) and not graph.near_a_kink(places))
    return inputs


def close(actual: Any, expected: Any, rtol: float, what: str) -> None:
    scale = np.max(np.abs(expected), initial=1)
    np.testing.assert_allclose(actual, expected, rtol, rtol * scale, err_msg=what)


def by_tensors(graph: Graph, inputs: Sequence[Array]) -> tuple[Array, list[Array]]:
    value, slopes = vector.value_and_grad(lambda *x: graph.output(VECTOR, x), tuple(range(len(inputs))))(*inputs)
    return value, list(slopes)


@given(graphs(), st.integers(0, 99))
def test_tensors_and_pytorch_agree(graph: Graph, seed: int) -> None:
    inputs = sampled(graph, seed)
    value, slopes = by_tensors(graph, inputs)
    judge = by_pytorch(lambda m, *x: graph.output(m, x), inputs)
    close(value, judge.value, 1e-12, "value")
    for i, (ours, theirs) in enumerate(zip(slopes, judge.gradients, strict=True)):
        close(ours, theirs, 1e-10, f"gradient of input {i}")


@given(graphs(), st.integers(0, 99))
def test_grids_of_values_and_tensors_agree(graph: Graph, seed: int) -> None:
    inputs = sampled(graph, seed)
    value, slopes = by_tensors(graph, inputs)
    twins = [Grid(np.frompyfunc(lambda x: Value(float(x)), 1, 1)(x)) for x in inputs]
    output = graph.output(GRIDS, twins).cells.item()
    output.backward()
    close(value, output.data, 1e-12, "value")
    for i, (ours, theirs) in enumerate(zip(slopes, twins, strict=True)):
        numbers = [v.grad + 0.0 for v in theirs.cells.ravel()]
        close(ours, np.array(numbers).reshape(ours.shape), 1e-10, f"gradient of input {i}")


@given(graphs(), st.integers(0, 99))
def test_forward_mode_and_finite_differences_agree_with_the_gradient(graph: Graph, seed: int) -> None:
    inputs = sampled(graph, seed)
    generator = np.random.default_rng(seed)
    directions = [np.asarray(generator.normal(size=x.shape)) for x in inputs]
    _, slopes = by_tensors(graph, inputs)
    along = sum(np.sum(slope * t) for slope, t in zip(slopes, directions, strict=True))
    _, moved = vector.jvp(lambda *x: graph.output(VECTOR, x), inputs, directions)
    close(moved, along, 1e-10, "forward mode")
    h = 1e-6
    ahead, behind = (
        graph.output(VECTOR, [x + sign * h * t for x, t in zip(inputs, directions, strict=True)]) for sign in (1, -1)
    )
    steep = sum(np.sum(np.abs(slope)) for slope in slopes)
    np.testing.assert_allclose((ahead - behind) / (2 * h), along, 1e-5, 1e-6 * (1 + steep), err_msg="difference")


@given(graphs(6), st.integers(0, 99))
def test_second_derivatives_of_both_engines_agree_with_pytorch(graph: Graph, seed: int) -> None:
    inputs = sampled(graph, seed)
    generator = np.random.default_rng(seed)
    directions = [np.asarray(generator.normal(size=x.shape)) for x in inputs]
    ours = vector.hvp(lambda *x: graph.output(VECTOR, x), inputs, directions)
    theirs = hvp_by_pytorch(lambda m, *x: graph.output(m, x), inputs, np.ones(()), directions)
    for i, (actual, expected) in enumerate(zip(ours, theirs, strict=True)):
        close(actual, expected, 1e-8, f"second derivative by input {i}")
    twins = np.array(scalar_hvp(graph, inputs, directions))
    close(np.concatenate([x.ravel() for x in ours]), twins, 1e-8, "second derivative of Values")


def scalar_hvp(graph: Graph, inputs: Sequence[Array], directions: Sequence[Array]) -> list[float]:
    """The Hessian times a vector on the scalar engine, forward over reverse, all inputs in one row."""
    ends = np.cumsum([x.size for x in inputs])[:-1]

    def f(numbers: list[Any]) -> Any:
        cells = np.empty(len(numbers), object)
        cells[:] = numbers
        parts = [part.reshape(x.shape) for part, x in zip(np.split(cells, ends), inputs, strict=True)]
        return graph.output(GRIDS, [Grid(part) for part in parts]).cells.item()

    primals, speeds = ([float(x) for x in np.concatenate([x.ravel() for x in them])] for them in (inputs, directions))
    return [float(moved) for moved in scalar.jvp(scalar.grad(f), [primals], [speeds])[1]]


@given(graphs(), st.integers(0, 99))
def test_a_gradient_used_twice_and_kept_graphs_change_nothing(graph: Graph, seed: int) -> None:
    inputs = sampled(graph, seed)
    leaves = [Tensor(x, requires_grad=True) for x in inputs]
    output = graph.output(VECTOR, leaves)
    output.backward()
    first = [None if x.grad is None else x.grad.copy() for x in leaves]
    output.backward()
    for x, before in zip(leaves, first, strict=True):
        assert x.grad is not None
        assert before is not None
        np.testing.assert_array_equal(x.grad, 2 * before)
