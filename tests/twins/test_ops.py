"""The operations that both engines have are the same functions."""

import itertools
import operator
import warnings
from math import inf, nan
from typing import Any

import numpy as np
import pytest

import scalar
import vector
from tests.checks import by_scalar, by_vector
from tests.judges import agree
from tests.row import Row
from tests.table import ELEMENTWISE


@pytest.mark.parametrize("row", ELEMENTWISE, ids=str)
def test_values_and_gradients_agree(row: Row) -> None:
    case = row.scalar_case()
    for seed in range(20):
        operands = case.sample(seed)
        agree(str(case), by_scalar(case.f, operands), "Tensor", by_vector(case.f, operands), case.row.tolerance)


POINTS = [
    0.0, -0.0, 0.5, -0.5, 1.0, -1.0, 2.0, -2.0, 3.0, -3.0,
    6.0, -17.5, 800.5, -800.0, 1e-300, -1e-300, 1e18, 1e200, -1e200, inf, -inf, nan,
]  # fmt: skip
"""Edges, and beyond them; of three operands the first ten are taken."""


@pytest.mark.parametrize("row", ELEMENTWISE, ids=str)
def test_far_out_and_at_every_edge_the_engines_agree(row: Row) -> None:
    """silu sent back 0 for x = 10¹⁸ in `vector`, and had lost a digit for each digit of x before."""
    count = len(row.domains)
    every = itertools.product(POINTS[: 10 if count > 2 else None], repeat=count)
    points = [point for point in every if row.name != "celu" or point[1]]  # α = 0 is none
    columns = [np.array(column) for column in zip(*points, strict=True)]
    with np.errstate(all="ignore"), warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)  # of NaN and infinity
        ours = by_vector(row.f, columns)
        numbers = [by_scalar(row.f, [np.array(x) for x in point]) for point in points]
    np.testing.assert_allclose(ours.value, [x.value for x in numbers], 1e-12, 1e-300)
    for i, slopes in enumerate(ours.gradients):
        theirs = np.array([x.gradients[i] for x in numbers])
        said = ~(np.isnan(slopes) | np.isnan(theirs))  # beside NaN, and for 0·∞, each rule chooses
        assert np.mean(said) > 0.3
        np.testing.assert_allclose(slopes[said], theirs[said], 1e-7, 1e-15, err_msg=f"by operand {i}")


def test_mixing_the_engines_is_an_error_and_never_loses_a_gradient() -> None:
    value: Any = scalar.Value(2.0)
    for tensor in (vector.tensor(3.0, requires_grad=True), vector.tensor([3.0, 4.0], requires_grad=True)):
        for f in (operator.add, operator.mul, operator.pow):
            with pytest.raises(TypeError):
                f(value, tensor)
            with pytest.raises(TypeError):
                f(tensor, value)
