"""scalar_compile.compile gives what the engine itself gives: trainings, large batches, deep and random graphs."""

import math
import random
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import scalar
from demos import scalar_compile
from scalar import Value, losses, nn, rules
from scalar.optim import SGD

Function = Callable[..., Any]


def gradients(values: Sequence[Value]) -> list[float]:
    return [value.grad + 0.0 for value in values]


def eager_mean(f: Function, *columns: Sequence[Any]) -> Value:
    return losses.mean([f(*example) for example in zip(*columns, strict=True)])


def check(f: Function, variables: Sequence[Value], *columns: Sequence[Any], tolerance: float = 1e-12) -> None:
    """The compiled function has f's values, one by one, and the gradients of its mean."""
    compiled = scalar_compile.compile(f)
    outs = [f(*example) for example in zip(*columns, strict=True)]
    expected = [out.data for out in outs]
    np.testing.assert_allclose(compiled(*columns), expected, 1e-14, 1e-16)
    found = []
    for mean in (compiled.mean(*columns), losses.mean([out + Value(0.0) for out in outs])):
        for variable in variables:
            variable.grad = scalar.NOT_COMPUTED
        mean.backward()
        found.append([mean.data, *gradients(variables)])
    np.testing.assert_allclose(found[0], found[1], tolerance, tolerance)


# ---------------------------------------------------------------- training


def moons(points: int = 100) -> tuple[list[tuple[float, float]], list[float]]:
    generator = random.Random(0)
    angles = [math.pi * i / (points // 2 - 1) for i in range(points // 2)]
    upper = [(math.cos(a) + generator.gauss(0, 0.1), math.sin(a) + generator.gauss(0, 0.1)) for a in angles]
    lower = [(1 - math.cos(a) + generator.gauss(0, 0.1), 0.5 - math.sin(a)) for a in angles]
    return upper + lower, [1.0] * len(angles) + [-1.0] * len(angles)


@pytest.mark.parametrize("activation", ["relu", "tanh", "sigmoid", "softplus"])
def test_training_on_the_moons_is_the_engines_step_by_step(activation: str) -> None:
    points, labels = moons()
    models = [nn.MLP(2, [16, 16, 1], activation=activation, generator=random.Random(1)) for _ in range(2)]
    optimizers = [SGD(model.parameters(), lr=0.1, momentum=0.5) for model in models]

    def loss(model: nn.MLP, point: Any, label: Any) -> Any:
        return (1 + -label * model(point)).relu()

    def penalty(model: nn.MLP) -> Any:
        return 1e-4 * sum(p * p for p in model.parameters())

    compiled = scalar_compile.compile(lambda point, label: loss(models[0], point, label) + penalty(models[0]))
    for _ in range(3):
        eager = eager_mean(lambda point, label: loss(models[1], point, label), points, labels) + penalty(models[1])
        ours = compiled.mean(points, labels)
        for total, optimizer in zip((ours, eager), optimizers, strict=True):
            optimizer.zero_grad()
            total.backward()
        assert ours.data == pytest.approx(eager.data, rel=1e-13)
        np.testing.assert_allclose(
            gradients(models[0].parameters()), gradients(models[1].parameters()), rtol=1e-12, atol=1e-15
        )
        for optimizer in optimizers:
            optimizer.step()


@pytest.mark.parametrize("sizes", [[3, 7, 5, 2], [30, 60, 2]], ids=str)  # the second one's products are many
def test_the_values_of_a_relu_network_are_the_engines_bit_for_bit(sizes: list[int]) -> None:
    model = nn.MLP(sizes[0], sizes[1:], generator=random.Random(2))
    points = np.random.default_rng(0).normal(size=(40, sizes[0]))
    columns = scalar_compile.compile(model)(points)
    assert [list(row) for row in zip(*columns, strict=True)] == [
        [out.data for out in scalar.trees.tree_leaves(model(point))] for point in points.tolist()
    ]


def test_a_neuron_written_out_as_micrograd_does_becomes_one_sum() -> None:
    w, b = [Value(x / 7 - 0.3) for x in range(5)], Value(0.25)

    def neuron(x: Any) -> Any:
        return sum((wi * xi for wi, xi in zip(w, x, strict=True)), b).tanh()

    points = np.random.default_rng(0).normal(size=(4, 5))
    check(neuron, [*w, b], points.tolist())
    assert "in 4 array operations" in scalar_compile.compile(neuron).explain(points)  # ×, b for each example, sum, tanh


def test_a_million_numbers_are_handled_in_blocks() -> None:
    w = [Value(0.5), Value(-1.0)]
    f = scalar_compile.compile(lambda x: scalar.dot(w, x))
    points = np.random.default_rng(0).normal(size=(300_001, 2))
    np.testing.assert_array_equal(f(points), points[:, 0] * 0.5 - points[:, 1])
    f.mean(points).backward()
    np.testing.assert_allclose(gradients(w), points.mean(axis=0), rtol=1e-12)


def test_a_deep_graph() -> None:
    w = Value(0.999)

    def f(x: Any) -> Any:
        for _ in range(3000):
            x = x * w + 0.001
        return x

    check(f, [w], [1.0, 2.0], tolerance=1e-10)


# ---------------------------------------------------------------- random graphs

UNARY: list[Function] = [Value.tanh, Value.sigmoid, Value.relu, Value.sin, Value.softplus, scalar.abs, lambda x: -x]
BINARY: list[Function] = [
    rules.add,
    rules.subtract,
    rules.multiply,
    rules.maximum,
    rules.hypot,
    lambda x, y: x / (2 + y * y),
]


@given(st.randoms(use_true_random=False), st.integers(1, 25), st.integers(1, 4))
def test_random_graphs(generator: random.Random, size: int, examples: int) -> None:
    """Operands of every kind in every place: arguments, variables, constants and earlier results, with repetition."""
    variables = [Value(generator.uniform(-1, 1)) for _ in range(3)]
    choices = [
        (
            generator.randrange(4),
            generator.choice(UNARY),
            generator.choice(BINARY),
            [generator.random() for _ in "wxyz"],  # an older hypothesis may draw 1.0
        )
        for _ in range(size)
    ]

    def f(x: Sequence[Any], y: Any) -> Any:
        nodes = [*variables, *x, y, 0.5]
        for kind, unary, binary, places in choices:
            a, b, c, d = (nodes[int(place * (len(nodes) - 1) + 0.5)] for place in places)
            if kind == 0:
                nodes.append(unary(a + variables[0]))
            elif kind == 1:
                nodes.append(scalar.dot([a, b], [c, d + variables[1]]))
            elif kind == 2:
                nodes.append(a + b + c + d + variables[2])
            else:
                nodes.append(binary(a + variables[0], b))
        return scalar.sum(node * 0.1 for node in nodes[3:])

    x = [[generator.uniform(-1, 1) for _ in range(2)] for _ in range(examples)]
    y = [generator.uniform(-1, 1) for _ in range(examples)]
    check(f, variables, x, y)


def test_what_is_computed_twice_is_computed_once() -> None:
    w = Value(2.0)
    f = scalar_compile.compile(lambda x: scalar.exp(w * x) + scalar.exp(w * x) / 2)
    assert f.explain([1.0]).startswith("f: 4 operations")
    check(f.f, [w], [1.0, -1.0])
