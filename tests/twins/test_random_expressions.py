"""Random expressions on both engines, on PyTorch, and as the sum over all paths that the chain rule stands for."""

import math
from collections.abc import Iterator, Sequence

import numpy as np
import torch
from hypothesis import assume, given, reject
from hypothesis import strategies as st

import scalar
from scalar import AnomalyError, Value
from tests.checks import SCALAR, VECTOR
from tests.judges import TORCH
from tests.row import NONZERO
from tests.twins.expressions import Expression, expressions
from vector import Tensor

INPUTS = 3
POINTS = st.tuples(*[NONZERO.strategy()] * INPUTS)


def run_scalar(expression: Expression, point: tuple[float, ...]) -> list[Value]:
    """The places of the expression, after backward; a draw that leaves the comfortable numbers is given up."""
    try:
        with scalar.detect_anomaly():
            places = expression.run(SCALAR, [Value(x) for x in point])
    except AnomalyError:
        reject()
    data = [place.data for place in places]
    assume(max(map(abs, data)) < 1e4 and not expression.near_a_kink(data))
    places[-1].backward()
    return places


def path_products(node: Value, variable: Value) -> Iterator[float]:
    """The product of the local derivatives along each path from node down to variable."""
    if node is variable:
        yield 1.0
    for parent, local in zip(node.parents, node.locals, strict=True):
        for product in path_products(parent, variable):
            yield product * local


@given(expressions(INPUTS), POINTS)
def test_a_gradient_is_the_sum_over_all_paths(expression: Expression, point: tuple[float, ...]) -> None:
    *places, output = run_scalar(expression, point)
    for variable in places[:INPUTS]:
        products = list(path_products(output, variable))
        assert abs(variable.grad - math.fsum(products)) <= 1e-12 * math.fsum(map(abs, products))
        assert sum(step.total for step in output.chain_rule() if step.variable is variable) == variable.grad


@given(expressions(INPUTS), st.tuples(POINTS, POINTS))
def test_value_tensor_and_pytorch_agree(expression: Expression, points: Sequence[tuple[float, ...]]) -> None:
    runs = [run_scalar(expression, point) for point in points]
    columns = np.array(points).T
    tensors = [Tensor(x, requires_grad=True) for x in columns]
    leaves = [torch.tensor(x, requires_grad=True) for x in columns]
    output, judge = expression.run(VECTOR, tensors)[-1], expression.run(TORCH, leaves, judge=True)[-1]
    np.testing.assert_allclose(output.data, [places[-1].data for places in runs], rtol=1e-12, atol=1e-12)
    np.testing.assert_allclose(output.data, judge.detach().numpy(), rtol=1e-12, atol=1e-12)
    output.backward(np.ones(2))
    judge.backward(torch.ones(2, dtype=torch.float64))
    for i in range(INPUTS):
        values = [places[i].grad for places in runs]
        # Large messages may cancel, so the rounding of the largest path is allowed for.
        scale = max(sum(map(abs, path_products(places[-1], places[i]))) for places in runs)
        for engine, gradient in [("Tensor", tensors[i].grad), ("PyTorch", leaves[i].grad)]:
            expected = np.zeros(2) if gradient is None else np.asarray(gradient)
            np.testing.assert_allclose(values, expected, rtol=1e-12, atol=1e-12 * (1 + scale), err_msg=engine)
