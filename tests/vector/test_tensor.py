"""What a Tensor is: an array with a past."""

import array
import cmath
import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import vector
from tests.checks import grad
from vector import Tensor, tensor


def test_a_leaf() -> None:
    x = tensor([[1.0, 2.0, 3.0]], requires_grad=True, label="x")
    assert isinstance(x.data, np.ndarray)
    assert (x.shape, x.ndim, x.size) == ((1, 3), 2, 3)
    assert x.dtype == np.float64
    assert (x.op, x.parents, x.label, x.role, x.grad, x.requires_grad) == ("", (), "x", "input", None, True)


def test_tensor_copies_and_the_class_does_not() -> None:
    array = np.array([1.0, 2.0])
    assert not np.shares_memory(tensor(array).data, array)
    assert Tensor(array).data is array


def test_operands_are_kept_in_order_with_repetition() -> None:
    x, y = tensor([1.0], requires_grad=True), tensor([2.0], requires_grad=True)
    assert [*map(id, (x - y).parents)] == [id(x), id(y)]
    assert [*map(id, (x * x).parents)] == [id(x), id(x)]


def test_numbers_and_arrays_in_an_expression_are_constants() -> None:
    x = tensor([1.0, 2.0], requires_grad=True)
    for constant in (3.0, np.array([3.0, 4.0])):
        products: list[Any] = [x * constant, constant * x]
        for i, product in zip([1, 0], products, strict=True):
            assert product.parents[i].role == "constant"
            np.testing.assert_array_equal(product.parents[i].data, constant)


def test_a_nested_list_is_an_array() -> None:
    x = tensor([1.0, 2.0], requires_grad=True)
    column: Any = [[1.0], [10.0]]
    for product in (x * column, column * x):
        np.testing.assert_array_equal(product.data, [[1.0, 2.0], [10.0, 20.0]])


def test_without_requires_grad_nothing_is_recorded() -> None:
    out = tensor([1.0]) * tensor([2.0])
    assert (out.op, out.parents, out.requires_grad, out.role) == ("", (), False, "input")


def test_one_operand_that_requires_a_gradient_is_enough() -> None:
    x, y = tensor([1.0]), tensor([2.0], requires_grad=True)
    out = x * y
    assert (out.op, out.requires_grad, out.role) == ("×", True, "operation")
    out.backward()
    assert x.grad is None


@pytest.mark.parametrize("dtype", [int, bool])
def test_only_floating_tensors_can_require_a_gradient(dtype: type) -> None:
    x = Tensor(np.zeros(2, dtype))
    assert not x.requires_grad
    with pytest.raises(TypeError, match=r"requires_grad: expected a floating dtype, got .*astype\(float\)"):
        Tensor(np.zeros(2, dtype), requires_grad=True)
    with pytest.raises(TypeError, match="expected a floating dtype"):
        x.requires_grad_()


@pytest.mark.parametrize("data", [["a"], [None], [object()]], ids=["text", "None", "object"])
def test_what_is_no_number_is_refused(data: Any) -> None:
    with pytest.raises(TypeError, match="Tensor: expected numbers, got dtype"):
        Tensor(data)


def test_requires_grad_is_switched_on_leaves_only() -> None:
    x = tensor([1.0])
    assert x.requires_grad_() is x
    y = x * 2
    assert y.requires_grad
    with pytest.raises(ValueError, match="expected a leaf, got the result of an operation; detach it first"):
        y.requires_grad_(False)
    x.requires_grad_(False)
    assert not (x * 2).requires_grad


def test_detach_is_a_new_leaf_with_the_same_numbers() -> None:
    x = tensor([1.0, 2.0], requires_grad=True)
    y = x * 3
    cut = y.detach()
    assert (cut.op, cut.parents, cut.requires_grad) == ("", (), False)
    np.testing.assert_array_equal(cut.data, y.data)
    (y * cut).sum().backward()
    np.testing.assert_array_equal(x.grad, 3 * cut.data)


def test_item_and_float() -> None:
    assert type(tensor([[2.5]]).item()) is float
    assert tensor(2.5, requires_grad=True).item() == 2.5
    with pytest.raises(ValueError, match=r"item: expected size == 1, got shape \(2,\)"):
        tensor([1.0, 2.0]).item()


NUMBERS: dict[str, Callable[[Any], Any]] = {
    "float": float,
    "int": int,
    "complex": complex,
    "round": round,
    "round to 1": lambda x: round(x, 1),
    "math.exp": math.exp,
    "math.floor": math.floor,
    "cmath.exp": cmath.exp,
    "math.fsum": lambda x: math.fsum([x]),
    "array.array": lambda x: array.array("d", [x])[0],
}


@pytest.mark.parametrize("shape", [(), (1, 1)])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("way", NUMBERS.values(), ids=NUMBERS.keys())
def test_a_number_that_loses_its_derivative_warns(way: Callable[[Any], Any], dtype: Any, shape: Any) -> None:
    x = tensor(np.full(shape, 2.75, dtype), requires_grad=True)
    for t in (x, 1.0 * x):
        with pytest.warns(UserWarning, match=r"np\.exp\(t\) for math\.exp\(t\).*t\.item\(\)") as caught:
            assert way(t) == way(2.75)
        assert caught[0].filename == __file__
    with vector.no_grad():  # where nothing is recorded, nothing is lost
        assert way(x) == way(2.75)
    assert way(x.detach()) == way(2.75)
    assert type(way(tensor(3))) is type(way(3))


def test_printing_and_comparing_read_the_numbers_in_silence() -> None:
    x = tensor([[2.75]], requires_grad=True)
    assert f"{x:.1f} {x:>6} {x.sum():e} {tensor(7):03d} {tensor(True):d}" == "2.8   2.75 2.750000e+00 007 1"
    assert f"{x}" == str(x) == "Tensor([[2.75]], requires_grad=True)"
    assert bool(x > 2)
    assert max(x, 2 * x).op == "×"
    with pytest.raises(TypeError, match=r"format: expected size == 1 for '.3f', got \(2,\).*np.array2string"):
        format(tensor([1.0, 2.0]), ".3f")


def test_numpy_refuses_what_has_a_gradient_to_lose() -> None:
    x = tensor([1.0, 2.0])
    assert x.numpy() is x.data
    x.requires_grad_()
    readers: list[Callable[[], Any]] = [x.numpy, lambda: np.asarray(x), lambda: np.array(x)]
    for read in readers:
        with pytest.raises(TypeError, match=r"got a Tensor that requires a gradient; .*\.detach\(\) or \.data"):
            read()


def test_numpy_with_force_cuts_the_gradient() -> None:
    x = tensor([1.0, 2.0], requires_grad=True)
    assert x.numpy(force=True) is x.data


@pytest.mark.parametrize("name", ["var", "std"])
def test_after_axis_come_ddof_and_keepdims_or_what_comes_in_numpy(name: str) -> None:
    x: Any = tensor([[1.0, 2.0, 4.0], [3.0, 5.0, 9.0]])
    ours, numpys = getattr(x, name), getattr(x.data, name)
    for out in (ours(1, 1, True), ours(1, 1, keepdims=True), ours(1, np.float64, None, 1, True)):
        np.testing.assert_array_equal(out.data, numpys(1, ddof=1, keepdims=True))
    with pytest.raises(TypeError, match=f"np.{name} of a Tensor: expected axis, .*, got out"):
        ours(1, out=np.empty(2))


def test_conversion_to_an_array_takes_a_dtype() -> None:
    assert np.asarray(tensor([1.0, 2.0]), np.float32).dtype == np.float32


def test_length_and_iteration_over_the_first_axis() -> None:
    x = tensor([[1.0, 2.0], [3.0, 4.0]], requires_grad=True)
    assert len(x) == 2
    first, second = x
    (first * second).sum().backward()
    np.testing.assert_array_equal(x.grad, [[3.0, 4.0], [1.0, 2.0]])


def test_comparisons_give_plain_arrays() -> None:
    x, y = tensor([1.0, 2.0, 3.0], requires_grad=True), np.array([2.0, 2.0, 2.0])
    for compare in ("__eq__", "__ne__", "__lt__", "__le__", "__gt__", "__ge__"):
        expected = getattr(x.data, compare)(y)
        for other in (y, tensor(y), 2.0):
            result = getattr(x, compare)(other)
            assert type(result) is np.ndarray
            np.testing.assert_array_equal(result, expected)
    np.testing.assert_array_equal(y < x, [False, False, True])


def test_hashing_is_by_identity() -> None:
    x, twin = tensor([1.0]), tensor([1.0])
    assert len({x, twin, x}) == 2


def test_truth_is_numpys() -> None:
    assert tensor(1.0)
    assert not tensor([0.0])
    with pytest.raises(ValueError, match="truth value of an array with more than one element is ambiguous"):
        bool(tensor([1.0, 2.0]))


def test_assigning_an_element_is_an_error_that_shows_the_functional_form() -> None:
    x = tensor([1.0, 2.0], requires_grad=True)
    with pytest.raises(TypeError, match=r"write the functional form, np\.where\(mask, v, x\)"):
        x[0] = 3.0


@pytest.mark.parametrize(
    ("made", "text"),
    [
        (lambda: tensor([1.0, 2.0]), "Tensor([1., 2.])"),
        (lambda: tensor([1, 2]), "Tensor([1, 2])"),
        (lambda: tensor(2.0, requires_grad=True, label="w"), "Tensor(2., requires_grad=True, label='w')"),
        (lambda: Tensor(np.ones(2, np.float32)), "Tensor([1., 1.], dtype=float32)"),
        (lambda: tensor([1.0], requires_grad=True) * 2, "Tensor([2.], op='×')"),
    ],
    ids=["floats", "integers", "leaf", "float32", "result"],
)  # fmt: skip
def test_repr(made: Any, text: str) -> None:
    assert repr(made()) == text


def test_methods_reach_functions() -> None:
    x = tensor([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]])
    np.testing.assert_array_equal(x.T.data, x.data.T)
    np.testing.assert_array_equal(x.transpose(1, 0).data, x.data.T)
    np.testing.assert_array_equal(x.reshape(3, 2).data, x.data.reshape(3, 2))
    np.testing.assert_array_equal(x.reshape((3, -1)).data, x.data.reshape(3, 2))
    np.testing.assert_array_equal(x.argmax(axis=1), [2, 2])
    for name in ("sum", "mean", "max", "min"):
        np.testing.assert_array_equal(getattr(x, name)(axis=0).data, getattr(x.data, name)(axis=0))
        np.testing.assert_array_equal(
            getattr(x, name)(axis=1, keepdims=True).data, getattr(x.data, name)(1, keepdims=True)
        )
    for name in ("softmax", "log_softmax"):
        np.testing.assert_array_equal(getattr(x, name)(axis=0).data, getattr(vector, name)(x.data, axis=0))


def test_a_python_number_does_not_widen_float32() -> None:
    x = Tensor(np.ones(3, np.float32), requires_grad=True)
    y = ((2 * x + 1.5) ** 2 / 3 - 1) ** 0.5
    assert y.dtype == np.float32
    y.sum().backward()
    assert grad(x).dtype == np.float32


def test_promotion_is_numpys_and_the_gradient_comes_back_in_the_operands_dtype() -> None:
    single, double = (Tensor(np.ones(3, dtype), requires_grad=True) for dtype in (np.float32, np.float64))
    y = single * double
    assert y.dtype == np.float64
    y.sum().backward()
    assert grad(single).dtype == np.float32
    assert grad(double).dtype == np.float64
