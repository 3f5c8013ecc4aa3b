"""Lists, bare or of Tensors, wherever an operand or an index may stand, and whole numbers in Tensors as indices."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import vector
import viz
from tests.checks import VECTOR, grad
from tests.dtypes import numpys
from tests.row import Row
from tests.table import FUNCTION_ROWS, VECTOR_ROWS
from tests.twins.test_random_functions import NO_LISTS
from vector import Tensor, median, nn, replaced, tensor

# A list beside an array and an operator never comes to us: NumPy's array answers.
OPERATORS = {"matmul", "trim_zeros"}
ROWS = [row for row in VECTOR_ROWS + FUNCTION_ROWS if row.name not in NO_LISTS | OPERATORS]


def leaf(*numbers: Any) -> Tensor:
    return tensor([*numbers], requires_grad=True)


@pytest.mark.parametrize("row", ROWS, ids=str)
def test_a_list_of_tensors_is_their_stack(row: Row) -> None:
    case = next(row.cases())
    for i, x in enumerate(case.sample()):
        before, after = case.sample()[:i], case.sample()[i + 1 :]
        if not x.shape or 0 in x.shape or numpys(case, [*before, x.tolist(), *after]) is None:
            continue  # the row is written with operators, that a list has not
        whole, parts = tensor(x, requires_grad=True), [tensor(part, requires_grad=True) for part in x]
        out, listed = case.f(VECTOR, *before, whole, *after), case.f(VECTOR, *before, parts, *after)
        if isinstance(listed, list):  # of x[1:], a list of Tensors is one too
            continue
        np.testing.assert_array_equal(listed.data, out.data)
        g = np.cos(np.arange(out.size)).reshape(out.shape)
        out.backward(g)
        if whole.grad is not None:
            listed.backward(g)
            np.testing.assert_allclose([np.zeros(part.shape) if part.grad is None else part.grad for part in parts],
                                       whole.grad, 1e-12, 1e-12)  # fmt: skip


@pytest.mark.parametrize("name", ["divide", "power", "multiply", "heaviside", "maximum", "arctan2", "fmod"])
def test_numpys_function_of_a_tensor_and_a_list(name: str) -> None:
    ufunc: Any = getattr(np, name)
    for flipped in (False, True):
        x, y = leaf(0.5, 2.0), leaf(0.5, 2.0)
        pairs: list[Any] = [[x, [3.0, 4.0]], [y, np.array([3.0, 4.0])]]
        for operands in pairs:
            out = ufunc(*operands[::-1] if flipped else operands)
            out.backward(np.array([1.0, -2.0]))
            assert "[3, 4]" in viz.draw(out).source
        np.testing.assert_array_equal(grad(x), grad(y))


def test_the_heaviside_step_of_a_list_is_where_its_elements_are_0() -> None:
    np.heaviside([0.0, 1.0], height := leaf(0.5, 0.5)).sum().backward()
    np.testing.assert_array_equal(grad(height), [1.0, 0.0])


LOSSES: dict[str, Callable[[Any], Tensor]] = {
    "mse": lambda z: nn.mse_loss(z, [1.0, 2.0]),
    "l1": lambda z: nn.l1_loss(z, [1, 2]),
    "mse target": lambda z: nn.mse_loss([1.0, 2.0], z),
    "huber": lambda z: nn.huber_loss(z, [1.0, 2.0]),
    "smooth_l1": lambda z: nn.smooth_l1_loss([3, 1], z),
    "hinge": lambda z: nn.hinge(z, [1, -1]),
    "binary": lambda z: nn.binary_cross_entropy_with_logits(z, [0.5, 1]),
    "similarity": lambda z: nn.cosine_similarity([z, z], [[1, 2], [3, 4]])[0],
    "embedding": lambda z: nn.cosine_embedding_loss([z, z], [[1, 2], [3, 4]], [1, -1]),
    "cross entropy": lambda z: nn.cross_entropy([z, z], [1, tensor(0)]),
    "soft": lambda z: nn.cross_entropy([z, z], [[0.5, 0.5], [1.0, 0.0]], label_smoothing=0.1),
    "nll": lambda z: nn.nll_loss([z, z], [tensor(1), 0]),
}


@pytest.mark.parametrize("name", LOSSES)
def test_a_loss_of_lists(name: str) -> None:
    whole, parts = leaf(0.25, 0.5), [leaf(0.25)[0], tensor(0.5, requires_grad=True)]
    expected, got = LOSSES[name](whole), LOSSES[name](parts)
    np.testing.assert_array_equal(got.data, expected.data)
    expected.backward()
    got.backward()
    np.testing.assert_allclose(grad(parts[1]), grad(whole)[1], 1e-12)


def test_a_loss_of_whole_numbers_is_that_of_the_same_numbers() -> None:
    ones, twos = np.array([1], np.uint8), np.array([2], np.uint8)
    assert nn.mse_loss(ones, twos) == nn.mse_loss(twos, ones) == 1.0
    assert nn.binary_cross_entropy_with_logits([0], [0.5]) == pytest.approx(np.log(2))
    assert median([1, 2]) == 1.5


def test_a_list_of_tensors_given_to_a_function_of_arrays_alone_asks_for_stack() -> None:
    x = leaf(1.0)
    with pytest.raises(TypeError, match=r"make one Tensor of a list of them with vector\.stack\(\[\.\.\.\]\)"):
        np.mean([x, x])


# ---------------------------------------------------------------- indices

ONE: Any = tensor(1)
PLACES: Any = tensor([1, 0])
INDICES: dict[str, tuple[Callable[[Any], Any], Callable[[Any], Any]]] = {
    "no rows": (lambda x: x[[]], lambda x: x[np.array([], int)]),
    "no columns": (lambda x: x[:, []], lambda x: x[:, np.array([], int)]),
    "neither": (lambda x: x[[[]]], lambda x: x[np.zeros((1, 0), int)]),
    "a number": (lambda x: x[ONE], lambda x: x[1]),
    "numbers": (lambda x: x[PLACES], lambda x: x[[1, 0]]),
    "a tuple": (lambda x: x[PLACES, ONE], lambda x: x[[1, 0], 1]),
    "a list": (lambda x: x[[ONE, 0, ONE]], lambda x: x[[1, 0, 1]]),
    "a slice": (lambda x: x[ONE:, :ONE], lambda x: x[1:, :1]),
    "a mask": (lambda x: x[tensor([True, False])], lambda x: x[[True, False]]),
    "take": (lambda x: np.take(x, PLACES, axis=1), lambda x: x[:, [1, 0]]),
    "take none": (lambda x: np.take(x, []), lambda x: x.ravel()[np.array([], int)]),
    "along": (lambda x: vector.take_along_axis(x, tensor([[2], [0]]), 1), lambda x: x[[0, 1], [2, 0]][:, None]),
    "repeat": (lambda x: np.repeat(x, PLACES, axis=0), lambda x: x[:1]),
    "delete": (lambda x: np.delete(x, ONE, axis=1), lambda x: x[:, [0, 2]]),
    "delete none": (lambda x: np.delete(x, []), lambda x: x.ravel()),
    "insert none": (lambda x: np.insert(x, [], []), lambda x: x.ravel()),
    "replaced": (lambda x: replaced(x, (ONE, []), 5.0), lambda x: x + 0),
    "choose": (lambda x: np.choose(PLACES, [x[0, :2], x[1, :2]]), lambda x: x[[1, 0], [0, 1]]),
    "split": (lambda x: np.split(x, tensor([1]), axis=ONE)[1], lambda x: x[:, 1:]),
    "tile": (lambda x: np.tile(x, ONE), lambda x: x + 0),
    "reshape": (lambda x: np.reshape(x, (ONE, 6)), lambda x: x.reshape(1, 6)),
    "roll": (lambda x: np.roll(x, ONE, axis=ONE), lambda x: x[:, [2, 0, 1]]),
    "bincount": (lambda x: np.bincount([ONE, 0], x[:, 0]), lambda x: x[::-1, 0]),
    "sum": (lambda x: np.sum(x, axis=ONE), lambda x: np.sum(x, axis=1)),
    "max": (lambda x: np.max(x, axis=(ONE, 0)), lambda x: np.max(x, axis=(1, 0))),
    "prod": (lambda x: np.prod(x, axis=ONE), lambda x: np.prod(x, axis=1)),
    "cumprod": (lambda x: np.cumprod(x, axis=ONE), lambda x: np.cumprod(x, axis=1)),
    "gradient": (lambda x: np.gradient(x, axis=np.int64(1)), lambda x: np.gradient(x, axis=1)),
    "average": (lambda x: np.average(x, ONE, [1, 2, 3]), lambda x: np.average(x, 1, [1, 2, 3])),
}  # fmt: skip


@pytest.mark.parametrize("name", INDICES)
def test_whole_numbers_in_tensors_and_empty_lists_are_indices(name: str) -> None:
    with_tensors, with_numbers = INDICES[name]
    x, y = (tensor([[1.0, 2.0, 4.0], [8.0, 16.0, 32.0]], requires_grad=True) for _ in range(2))
    got, expected = with_tensors(x), with_numbers(y)
    np.testing.assert_array_equal(got.data, expected.data)
    for out in (got, expected):
        out.backward(np.cos(np.arange(out.size)).reshape(out.shape))
    np.testing.assert_array_equal(grad(x), grad(y))


def test_a_whole_number_in_a_tensor_is_one_to_python() -> None:
    assert [10, 20][ONE] == 20
    assert [*range(ONE)] == [0]
    np.testing.assert_array_equal(np.arange(4.0)[PLACES], [1.0, 0.0])
    for other in (tensor(1.0), tensor([1, 2])):
        with pytest.raises(TypeError, match="integer scalar"):
            range(other)


def test_an_embedding_of_tensors_in_a_list_and_of_nothing() -> None:
    table = nn.Embedding(3, 2)
    np.testing.assert_array_equal(table([ONE, 0]).data, table.weight.data[[1, 0]])
    assert table([]).shape == (0, 2)


@pytest.mark.parametrize(("number", "within"), [(2.0, True), (9.0, False), (tensor(2.0), True)])
def test_a_number_in_a_tensor(number: Any, within: bool) -> None:
    for x in (tensor([[1.0, 2.0], [3.0, 4.0]], requires_grad=True), tensor(2.0)):
        assert (number in x) is within


@pytest.mark.parametrize(("shape", "axis"), [((0,), None), ((0, 0), 0), ((2, 0, 0), 1)])
def test_an_index_wraps_around_no_empty_axis(shape: tuple[int, ...], axis: int | None) -> None:
    """NumPy's loop for it never ends."""
    x = tensor(np.ones(shape), requires_grad=True)
    with pytest.raises(IndexError, match=r"take: expected size >= 1 along axis"):
        vector.take(x, [-4, 1], axis, mode="wrap")
    assert vector.take(x, [], axis, mode="wrap").size == 0


def test_an_index_wraps_around_an_axis_beside_an_empty_one() -> None:
    assert vector.take(tensor(np.ones((2, 0))), [-3, 4, 5], 0, mode="wrap").shape == (3, 0)
