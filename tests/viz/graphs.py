"""The graphs that the tests build: every row of the table on both engines, layers, models, losses, and hard cases."""

import random
import warnings
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

import numpy as np

import scalar
import vector
from tests import table
from tests.checks import SCALAR, VECTOR
from tests.row import Case
from tests.twins.test_mlp import scalar_loss, twins
from tests.vector.nn.test_layers import CASES as LAYERS
from tests.viz.models import Network, inputs, loss
from tests.viz.stub import SHAPES


class Drawable(NamedTuple):
    """A graph and the options that it is drawn with."""

    name: str
    outputs: Sequence[Any]
    options: dict[str, Any]


def everything() -> list[Drawable]:
    """All of them. What they warn of, an infinity or NaN on purpose, is not what they are built for."""
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        return [*_each()]


def _each() -> Iterator[Drawable]:
    yield from rows_on_numbers()
    yield from rows_on_arrays()
    yield from layers()
    yield from models()
    for name, shape in SHAPES.items():
        outputs = shape()
        yield Drawable(name, outputs if isinstance(outputs, list) else [outputs], {})


def rows_on_numbers() -> Iterator[Drawable]:
    """Each row on the scalar engine, at an ordinary point and at its singular ones."""
    for row in table.SCALAR_ROWS:
        case = row.scalar_case()
        for point in [case.sample(), *_singular(case)]:
            operands = [scalar.Value(float(x), f"x{i + 1}") for i, x in enumerate(point)]
            yield _differentiated(f"scalar {case} at {point}", case.f(SCALAR, *operands))


def rows_on_arrays() -> Iterator[Drawable]:
    """Each row on the vector engine, with all its shapes and parameters, and at its singular points."""
    for row in [*table.VECTOR_ROWS, *table.FUNCTION_ROWS]:
        for case in row.cases():
            yield _on_arrays(case, case.sample())
        case = row.scalar_case()
        for point in _singular(case):
            yield _on_arrays(case, point)


def layers() -> Iterator[Drawable]:
    """Each layer of the vector engine, as a frame around its operations."""
    for name, (build, _, shape) in LAYERS.items():
        layer = build()
        x = vector.tensor(np.random.default_rng(0).normal(size=shape), requires_grad=True, label="x")
        options = {"model": layer} if [*layer.parameters()] else {}
        yield _differentiated(name, layer(x), **options)


def models() -> Iterator[Drawable]:
    """The twins' networks with their losses, and large networks folded."""
    for activation in ("tanh", "relu", "sigmoid"):
        ours, theirs = twins(activation)
        yield _differentiated(f"scalar MLP, {activation}", scalar_loss(ours), model=ours, fold="Neuron")
        error = vector.nn.mse_loss(theirs(np.ones((6, 3))), np.ones((6, 2)))
        yield _differentiated(f"vector MLP, {activation}", error, model=theirs)
    model = scalar.nn.MLP(2, [16, 16, 1], generator=random.Random(0))
    score = model([1.0, -1.0])
    yield _differentiated("a perceptron, folded", score, model=model, fold="Layer")
    yield _differentiated("a perceptron, its neurons folded", score, model=model, fold=["Neuron"])
    yield _differentiated("a perceptron, cut", score, depth=3)
    network = Network(4, 8, 1)
    yield Drawable("a model of no engine", [loss(network(inputs(4))[0])], {"model": network, "fold": "Layer"})


def _singular(case: Case) -> Iterator[Sequence[Any]]:
    for point in case.row.singular:
        yield [np.array(float(x)) for x in point]


def _on_arrays(case: Case, operands: Sequence[Any]) -> Drawable:
    leaves = [vector.Tensor(x, requires_grad=True, label=f"x{i + 1}") for i, x in enumerate(operands)]
    return _differentiated(f"vector {case} at {operands}", case.f(VECTOR, *leaves))


def _differentiated(name: str, outcome: Any, **options: Any) -> Drawable:
    """The graph after a backward pass, where there is a way back."""
    outputs = outcome if isinstance(outcome, list) else [outcome]
    for output in outputs:
        if isinstance(output, scalar.Value):
            output.backward()
        elif output.requires_grad:
            output.backward(np.ones(output.shape))
    return Drawable(name, outputs, options)
