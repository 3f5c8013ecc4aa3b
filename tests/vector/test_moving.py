"""Functions that move numbers: their edges, their errors, and that nothing is written into."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import vector
from tests.checks import grad
from vector import tensor


def matrix() -> vector.Tensor:
    return tensor(np.arange(6.0).reshape(2, 3), requires_grad=True)


def test_replaced_leaves_the_original_as_it_is() -> None:
    x, v = matrix(), tensor(9.0, requires_grad=True)
    out = vector.replaced(x, (slice(None), 1), v)
    np.testing.assert_array_equal(out.data, [[0, 9, 2], [3, 9, 5]])
    np.testing.assert_array_equal(x.data, np.arange(6.0).reshape(2, 3))
    out.sum().backward()
    np.testing.assert_array_equal(grad(x), [[1, 0, 1], [1, 0, 1]])
    np.testing.assert_array_equal(grad(v), 2)


def test_replaced_brings_the_values_to_the_arrays_dtype_as_assignment_does() -> None:
    x = tensor(np.zeros(3, np.float32), requires_grad=True)
    v = tensor(np.ones(1), requires_grad=True)
    out = vector.replaced(x, [0], v)
    assert out.dtype == np.float32
    out.sum().backward()
    assert grad(v).dtype == np.float64


def test_an_index_is_copied() -> None:
    x, index = matrix(), np.array([0, 1])
    out = vector.take(x, index)
    index[:] = 5
    out.sum().backward()
    np.testing.assert_array_equal(grad(x), [[1, 1, 0], [0, 0, 0]])


@pytest.mark.parametrize(
    "write",
    [
        lambda x: np.fill_diagonal(x, 0),
        lambda x: np.put_along_axis(x, np.array([[0], [1]]), 0, 1),
        lambda x: np.put(x, [0], 1.0),
        lambda x: np.place(x, x > 1, 1.0),
        lambda x: np.putmask(x, x > 1, 1.0),
        lambda x: np.copyto(x, 1.0),
    ],
    ids=["fill_diagonal", "put_along_axis", "put", "place", "putmask", "copyto"],
)
def test_a_function_that_writes_names_the_functional_form(write: Callable[[Any], Any]) -> None:
    with pytest.raises(TypeError, match=r"would change numbers.*vector\.replaced\(x, index, values\)"):
        write(matrix())


def test_an_assignment_names_the_functional_form() -> None:
    with pytest.raises(TypeError, match=r"vector\.replaced\(x, i, v\)"):
        matrix()[0] = 1.0


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda x: np.pad(x, 1, mode="mean"), r"pad: expected mode constant, edge.*got 'mean'"),
        (lambda x: np.pad(x, 1, mode="reflect", reflect_type="odd"), r"np\.pad of a Tensor.*got reflect_type"),
        (lambda x: vector.meshgrid(x[0], indexing="yx"), r"meshgrid: expected indexing 'xy' or 'ij', got 'yx'"),
        (lambda x: np.moveaxis(x, (0, 1), 0), r"moveaxis: expected as many sources as destinations"),
        (lambda x: np.split(x, 2, axis=1), r"does not result in an equal division"),
        (lambda x: np.select([], []), r"empty condition list"),
        (lambda x: np.select([x.data > 1], [x, x]), r"select: expected as many conditions as choices, got 1 and 2"),
        (lambda x: np.broadcast_arrays(x, np.ones(4)), r"shape mismatch"),
    ],
    ids=["pad", "reflect_type", "meshgrid", "moveaxis", "split", "select nothing", "select", "broadcast_arrays"],
)
def test_what_does_not_fit_is_refused(call: Callable[[Any], Any], message: str) -> None:
    with pytest.raises((TypeError, ValueError), match=message):
        call(matrix())


def test_a_zero_in_an_index_is_a_place_like_any_other() -> None:
    """`_moving` counts places from 1, so that 0 is left for the zeros that a function puts in."""
    x = tensor([5.0, 7.0], requires_grad=True)
    vector.diag(x)[0, 0].backward()
    np.testing.assert_array_equal(grad(x), [1, 0])


@pytest.mark.parametrize("name", ["flatten", "ravel"])
def test_flat_methods(name: str) -> None:
    np.testing.assert_array_equal(getattr(matrix(), name)().data, np.arange(6.0))


METHODS: dict[str, Callable[[Any], Any]] = {
    "compress": lambda x: x.compress([True, False], axis=0),
    "diagonal": lambda x: x.diagonal(1),
    "dot": lambda x: x.dot(np.arange(3.0)),
    "repeat": lambda x: x.repeat(2, axis=1),
    "squeeze": lambda x: x.squeeze(),
    "swapaxes": lambda x: x.swapaxes(0, 1),
    "take": lambda x: x.take([1, 1], axis=1),
    "trace": lambda x: x.trace(),
}


@pytest.mark.parametrize("name", METHODS)
def test_methods_are_numpys(name: str) -> None:
    x = matrix()
    out = METHODS[name](x)
    assert out.requires_grad
    np.testing.assert_array_equal(out.data, METHODS[name](x.data))
