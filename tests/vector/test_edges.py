"""The edges: infinities, NaN, odd arrays, counts beyond a dtype, threads. Right, or an error that says why not."""

import itertools
import threading
import warnings
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import numpy as np
import pytest
import torch

import vector
from tests.checks import by_vector, grad
from tests.judges import Array, by_pytorch
from tests.waiting import PATIENCE, in_threads
from vector import Tensor, tensor
from vector.arrays import array_of

inf, nan = np.inf, np.nan


def gradient(f: Callable[..., Any], *operands: Any) -> Array:
    """The gradient of the sum of f for the first operand."""
    with np.errstate(all="ignore"):
        return by_vector(lambda m, *x: f(*x), [np.asarray(x, float) for x in operands]).gradients[0]


# ---------------------------------------------------------------- infinities


@pytest.mark.parametrize(
    ("x", "value", "slopes"),
    [
        ([-inf, 1.0, 1.0], 1 + np.log(2), [0, 0.5, 0.5]),
        ([-inf, -inf], -inf, [0.5, 0.5]),
        ([inf, 1.0, -inf], inf, [1, 0, 0]),
        ([inf, inf, 2.0], inf, [0.5, 0.5, 0]),
        ([nan, 1.0], nan, [nan, nan]),
        ([], -inf, []),
    ],
    ids=str,
)
def test_logsumexp_of_infinities(x: list[float], value: float, slopes: list[float]) -> None:
    np.testing.assert_allclose(vector.logsumexp(np.array(x)), value)
    np.testing.assert_allclose(torch.logsumexp(torch.tensor(x), 0), value)
    np.testing.assert_allclose(gradient(vector.logsumexp, x), slopes)


def test_logsumexp_of_rows_of_which_one_is_infinite() -> None:
    x = np.array([[1.0, 2.0], [-inf, -inf], [inf, 0.0]])
    np.testing.assert_allclose(vector.logsumexp(x, axis=1), [2 + np.log(1 + np.exp(-1)), -inf, inf])
    np.testing.assert_allclose(
        gradient(vector.logsumexp, x), [[1 / (1 + np.e), np.e / (1 + np.e)], [0.5, 0.5], [1.0, 0.0]]
    )


AGREE: dict[str, tuple[Callable[..., Any], Sequence[Any]]] = {
    "softmax of one −∞": (lambda m, x: m.softmax(x, axis=-1), [[-inf, 1.0, 2.0]]),
    "softmax of −∞ alone": (lambda m, x: m.softmax(x, axis=-1), [[-inf, -inf]]),
    "softmax of ∞": (lambda m, x: m.softmax(x, axis=-1), [[inf, 1.0]]),
    "softmax of nothing": (lambda m, x: m.softmax(x, axis=-1), [np.zeros((2, 0))]),
    "log_softmax of one −∞": (lambda m, x: m.log_softmax(x, axis=-1), [[-inf, 1.0, 2.0]]),
    "log_softmax of −∞ alone": (lambda m, x: m.log_softmax(x, axis=-1), [[-inf, -inf]]),
    "log_softmax of ∞": (lambda m, x: m.log_softmax(x, axis=-1), [[inf, 1.0]]),
    "log_softmax of nothing": (lambda m, x: m.log_softmax(x, axis=-1), [np.zeros((2, 0))]),
    "cross-entropy beside −∞": (lambda m, x: m.softmax_cross_entropy(x, targets=np.array([1])), [[[-inf, 1.0, 2.0]]]),
    "cross-entropy of −∞": (lambda m, x: m.softmax_cross_entropy(x, targets=np.array([0])), [[[-inf, 1.0, 2.0]]]),
    "relu of NaN": (lambda m, x: m.relu(x), [[nan, 1.0, -1.0]]),
    "max with NaN": (lambda m, x: m.max(x, axis=0), [[nan, 1.0, 2.0]]),
    "min with NaNs": (lambda m, x: m.min(x, axis=0), [[nan, nan, 2.0]]),
    "maximum with NaN": (lambda m, x, y: m.maximum(x, y), [[nan, 1.0, nan, 2.0], [1.0, nan, nan, 2.0]]),
    "minimum with NaN": (lambda m, x, y: m.minimum(x, y), [[nan, 1.0, nan, 2.0], [1.0, nan, nan, 2.0]]),
    "clip of NaN": (lambda m, x, low, high: m.clip(x, low, high), [[nan, 0.5, 2.0, -inf, inf], [0.0], [1.0]]),
    "sort with NaN": (lambda m, x: m.sort(x, axis=0) * m.cumsum(0 * x[1] + 1 + 0 * x[[1, 1, 1, 1]], 0),
                      [[nan, 1.0, nan, 0.0]]),
    "leaky_relu of NaN": (lambda m, x: m.leaky_relu(x, 0.1), [[nan, 1.0, -1.0]]),
    "max of equal infinities": (lambda m, x: m.max(x, axis=0), [[inf, inf]]),
    "mean of ∞": (lambda m, x: m.mean(x), [[inf, 1.0]]),
    "norm of 0": (lambda m, x: m.linalg.norm(x), [[0.0, 0.0]]),
}  # fmt: skip


@pytest.mark.parametrize("name", AGREE)
def test_infinities_and_nan_as_in_pytorch(name: str) -> None:
    f, operands = AGREE[name][0], [np.asarray(x) for x in AGREE[name][1]]
    with np.errstate(all="ignore"):
        ours, theirs = by_vector(f, operands), by_pytorch(f, operands)
    for actual, expected in zip([ours.value, *ours.gradients], [theirs.value, *theirs.gradients], strict=True):
        np.testing.assert_allclose(actual, expected, 1e-12)


def test_the_side_that_where_did_not_take_sends_back_no_nan() -> None:
    with np.errstate(divide="ignore"):
        np.testing.assert_array_equal(gradient(lambda x: np.where(x > 0, np.log(x), 0), [1.0, 0.0]), [1, 0])


# ---------------------------------------------------------------- singular matrices


def test_det_has_a_gradient_at_a_singular_matrix() -> None:
    np.testing.assert_allclose(gradient(vector.linalg.det, [[1.0, 2.0], [2.0, 4.0]]), [[4, -2], [-2, 1]], atol=1e-12)
    np.testing.assert_array_equal(gradient(vector.linalg.det, np.zeros((3, 3))), np.zeros((3, 3)))


def test_slogdet_of_a_singular_matrix_has_a_value_and_no_gradient() -> None:
    """Its backward pass failed."""
    x = Tensor(np.zeros((2, 2)), requires_grad=True)
    sign, out = vector.linalg.slogdet(x)
    assert sign == 0
    assert out.data == -inf
    out.backward()
    assert np.isnan(np.asarray(x.grad)).all()
    with pytest.raises(np.linalg.LinAlgError, match="Singular matrix"):
        vector.linalg.inv(x)


# ---------------------------------------------------------------- odd arrays

MASKED = np.ma.masked_array([1.0, 2.0, 3.0], mask=[False, True, False])


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda x: Tensor(MASKED), "expected an array without a mask"),
        (lambda x: x * MASKED, "expected real numbers in a plain array beside a Tensor, got MaskedArray"),
        (lambda x: np.where(MASKED > 1, x, 0), "expected real numbers in a plain array beside a Tensor, got MaskedArr"),
        (lambda x: Tensor(np.array([1.0, "a"], object)), "Tensor: expected numbers, got dtype object"),
        (lambda x: x * np.array([1.0, 2.0, 3.0], object), "expected real numbers in a plain array .* of object"),
        (lambda x: x * np.array([1j, 2, 3]), "expected real numbers in a plain array .* of complex128"),
        (lambda x: Tensor(np.array([1j]), requires_grad=True), "requires_grad: expected a floating dtype, got complex"),
        (lambda x: Tensor(np.array(["2020-01-01"], "M8[D]")), r"Tensor: expected numbers, got dtype datetime64"),
    ],
    ids=["masked leaf", "masked", "masked condition", "objects leaf", "objects", "complex", "complex leaf", "dates"],
)
def test_an_array_that_is_not_of_real_numbers_is_refused(call: Callable[[Any], Any], message: str) -> None:
    with pytest.raises(TypeError, match=message):
        call(tensor([1.0, 2.0, 3.0], requires_grad=True))


def test_a_read_only_array_can_be_a_leaf_and_its_gradient_is_not_read_only() -> None:
    numbers = np.arange(3.0)
    numbers.flags.writeable = False
    x = Tensor(numbers, requires_grad=True)
    (x * x).sum().backward()
    np.testing.assert_array_equal(x.grad, [0, 2, 4])
    assert grad(x).flags.writeable
    y = Tensor(np.ones((2, 3)), requires_grad=True)
    y.sum().backward()  # a sum repeats g without memory of its own
    assert grad(y).flags.writeable


def test_an_array_with_strides_is_like_its_copy() -> None:
    numbers = np.arange(24.0).reshape(4, 6)[::2, ::-1].T
    assert not numbers.flags.forc

    def f(x: Any) -> Any:
        return np.sum(np.tanh(x @ x.T)[1:] * x.reshape(-1)[:6])

    np.testing.assert_array_equal(gradient(f, numbers), gradient(f, numbers.copy()))


def test_arrays_without_axes_or_without_elements() -> None:
    x, empty = tensor(3.0, requires_grad=True), tensor(np.zeros((0, 3)), requires_grad=True)
    (np.sum(empty @ np.ones((3, 2))) + x[()] ** 2).backward()
    assert grad(x) == 6
    assert grad(empty).shape == (0, 3)
    with pytest.raises(TypeError, match="unsized"):
        list(x)
    with pytest.raises(ValueError, match="zero-size array"):
        empty.max()


def test_nested_lists_that_hold_tensors_are_arrays_of_them() -> None:
    a, b = tensor(1.0, requires_grad=True), tensor(2.0, requires_grad=True)
    out = vector.stack([[a, b], [b, 3.0]])
    np.testing.assert_array_equal(out.data, [[1, 2], [2, 3]])
    (out * [[1.0, 10.0], [100.0, 1000.0]]).sum().backward()
    assert [float(grad(x)) for x in (a, b)] == [1, 110]
    joined: Any = np.concatenate([[a, 5.0], tensor([4.0])])
    assert (joined.requires_grad, joined.shape) == (True, (3,))
    x = vector.linalg.solve([[a, 0.0], [0.0, b]], [1.0, 1.0])
    np.testing.assert_array_equal(x.data, [1, 0.5])


@pytest.mark.parametrize(
    "call",
    [
        lambda a: np.stack([[a, a], [a, a]]),
        lambda a: np.array([a, a]),
        lambda a: np.exp([a, a]),
        lambda a: np.sum([a, a]),
        lambda a: tensor([a, a]),
    ],
    ids=["stack", "array", "exp", "sum", "tensor"],
)
def test_a_nested_list_that_numpy_turns_into_an_array_itself_does_not_lose_the_gradient(call: Any) -> None:
    with pytest.raises(TypeError, match="expected an array, got a Tensor that requires a gradient"):
        call(tensor(1.0, requires_grad=True))


def test_an_operator_takes_a_nested_list_of_tensors_as_their_stack() -> None:
    a: Any = tensor(3.0, requires_grad=True)
    (a * [[a, 1.0], [2, a]]).sum().backward()
    np.testing.assert_array_equal(grad(a), 15.0)


# ---------------------------------------------------------------- counts beyond a dtype


@pytest.mark.parametrize("n", [2050, 70000])  # float16 has whole numbers up to 2048, and nothing beyond 65504
@pytest.mark.parametrize(
    "f",
    [
        vector.mean,
        vector.var,
        vector.std,
        vector.nanmean,
        vector.nanvar,
        vector.nanstd,
        vector.average,
        vector.logsumexp,
        lambda x: vector.softmax(x) @ x,
        lambda x: vector.max(0 * x + x[0]),
        lambda x: vector.nn.mse_loss(x, np.zeros(x.shape, x.dtype)),
    ],
    ids=["mean", "var", "std", "nanmean", "nanvar", "nanstd", "average", "logsumexp", "softmax", "max", "mse_loss"],
)
def test_float16_counts_that_it_cannot_hold(f: Callable[[Any], Any], n: int) -> None:
    numbers = np.linspace(0.5, 2, n).astype(np.float16)
    narrow, wide = (Tensor(numbers.astype(dtype), requires_grad=True) for dtype in (np.float16, np.float64))
    for x in (narrow, wide):
        f(x).backward()
    assert f(narrow).dtype == np.float16
    np.testing.assert_allclose(f(narrow).data, f(wide).data, 2e-3)
    np.testing.assert_allclose(grad(narrow), grad(wide), 0.02, 2e-7)


# ---------------------------------------------------------------- lengths


@pytest.mark.parametrize("mode", ["full", "same", "valid"])
@pytest.mark.parametrize("name", ["convolve", "correlate"])
def test_vectors_of_every_length_are_convolved_as_numpy_does_it(name: str, mode: str) -> None:
    """Of a shorter first vector of even length, "same" of a correlation starts one later than of a convolution."""
    ours, numpys = getattr(vector, name), getattr(np, name)
    for m, n in itertools.product(range(1, 7), repeat=2):
        x, y = 1.0 + np.arange(m), np.sqrt(1.0 + np.arange(n))
        a, v = tensor(x, requires_grad=True), tensor(y, requires_grad=True)
        out = ours(a, v, mode)
        np.testing.assert_allclose(out.data, numpys(x, y, mode), 1e-12, err_msg=f"{m} and {n}")
        g = np.cos(np.arange(out.size))
        out.backward(g)
        of_x = [g @ numpys(unit, y, mode) for unit in np.eye(m)]
        np.testing.assert_allclose(grad(a), of_x, 1e-12, 1e-12, err_msg=f"{m} and {n}")
        of_y = [g @ numpys(x, unit, mode) for unit in np.eye(n)]
        np.testing.assert_allclose(grad(v), of_y, 1e-12, 1e-12, err_msg=f"{m} and {n}")


# ---------------------------------------------------------------- modes and threads


def test_no_grad_ends_with_an_exception() -> None:
    x = tensor([1.0], requires_grad=True)
    with pytest.raises(KeyError), vector.no_grad():
        raise KeyError
    assert (x * 2).requires_grad


def test_two_threads_that_train_at_once_get_what_one_gets() -> None:
    def trained(seed: int, barrier: threading.Barrier | None, out: dict[int, Array]) -> None:
        generator = np.random.default_rng(seed)
        model = vector.nn.MLP(4, [8, 1], "tanh", generator=generator)
        descent = vector.optim.SGD(model.parameters(), lr=0.1)
        X = generator.normal(size=(16, 4))
        for _ in range(30):
            if barrier:
                barrier.wait(PATIENCE)  # both are in the middle of a step at the same time
            loss = vector.nn.mse_loss(model(X), np.sin(X[:, :1]))
            descent.zero_grad()
            loss.backward()
            descent.step()
            with vector.no_grad():
                model(X)
        out[seed] = np.concatenate([p.data.ravel() for p in model.parameters()])

    alone: dict[int, Array] = {}
    together: dict[int, Array] = {}
    for seed in (0, 1):
        trained(seed, None, alone)
    barrier = threading.Barrier(2)
    in_threads(*(partial(trained, seed, barrier, together) for seed in (0, 1)))
    for seed in (0, 1):
        np.testing.assert_array_equal(together[seed], alone[seed])


# ---------------------------------------------------------------- NumPy's numbers where ours were others

AS_NUMPY: dict[str, tuple[Callable[..., Any], Any]] = {
    "modf of infinities, which was NaN": (np.modf, [inf, -inf, -2.25]),
    "unwrap beside an infinity, which made NaN of it": (np.unwrap, [1.0, 9.0, inf]),
    "unwrap with its arguments by position": (lambda x: np.unwrap(x, 1.0, 0), [[0.0, 1.0], [9.0, 1.0]]),
    "gradient around an infinity, NaN in its neighbours": (np.gradient, [1.0, inf, 3.0, 4.0, 7.0]),
    "gradient with edges of order 2": (lambda x: np.gradient(x, 2.0, edge_order=2), [inf, 1.0, 3.0, 4.0]),
    "median of one infinity": (np.median, [inf]),
    "median between two": (np.median, [inf, 1.0, inf, inf]),
    "median between one and a number": (lambda x: np.median(x, axis=0), [[-inf, 1.0, -inf], [3.0, inf, -inf]]),
    "nanmedian": (np.nanmedian, [nan, inf, inf]),
    "a running sum of a number": (lambda x: np.cumulative_sum(x, include_initial=True), 2.0),
    "weights along two axes": (lambda x: np.average(x, (0, 2), [[1, 2], [5, 9]]), np.ones((2, 3, 2)) * [1, 2]),
    "weights along axes the other way": (lambda x: np.average(x, (1, 0), [[1, 2], [5, 9]]), [[1.0, 2.0], [4.0, 8.0]]),
    "fabs of integers, whole numbers before": (np.fabs, [-1, 2]),
    "fabs of booleans": (np.fabs, [True]),
    "nanmax of rows, one all NaN": (lambda x: np.nanmax(x, axis=1), [[nan, -inf], [nan, nan], [nan, 2.0]]),
    "max of nothing that counts": (lambda x: np.max(x, where=[False, False], initial=-inf), [1.0, 2.0]),
    "min of an infinity that counts": (lambda x: np.min(x, where=[True, False], initial=inf), [inf, 2.0]),
    "max of nothing, begun": (lambda x: np.max(x, axis=1, initial=2, keepdims=True), np.ones((3, 0))),
    "min of nothing, begun": (lambda x: np.min(x, axis=0, initial=2), np.ones((0, 3))),
    "covariances of no variables": (np.cov, np.ones((0, 3))),
    "a covariance of one": (np.cov, [1.0, 2.0, 4.0]),
    "resized to nothing": (lambda x: np.resize(x, (0, 3)), [1.0, 2.0]),
    "nothing resized": (lambda x: np.resize(x, (2, 3)), []),
    "zeros trimmed away in front": (lambda x: np.trim_zeros(x, "f"), np.zeros((2, 3))),
    "zeros trimmed away behind": (lambda x: np.trim_zeros(x, "b"), np.zeros((2, 3))),
    "zeros trimmed away on both sides": (lambda x: np.trim_zeros(x, "bf"), np.zeros((2, 3))),
    "zeros trimmed in front": (lambda x: np.trim_zeros(x, "f"), [[0.0, 0, 0], [0, 3, 0], [0, 0, 0]]),
    "zeros trimmed behind": (lambda x: np.trim_zeros(x, "b"), [[0.0, 0, 0], [0, 3, 0], [0, 0, 0]]),
    "nanquantile of nothing": (lambda x: np.nanquantile(x, 0.25, axis=1, keepdims=True), np.ones((2, 0))),
    "nanmedian of nothing": (lambda x: np.nanmedian(x, axis=1), np.ones((2, 0))),
    "a running sum along an axis": (lambda x: np.cumulative_sum(x, axis=1, include_initial=True), np.ones((2, 3))),
    "a running product along an axis": (lambda x: np.cumulative_prod(x, axis=0, include_initial=True), np.ones((2, 3))),
    "differences of none": (lambda x: np.diff(x, 0), [1.0, 4.0]),
    "differences of more than there are": (lambda x: np.diff(x, 4, axis=0), [1.0, 4.0]),
    "derivatives of a polynomial to nothing": (lambda x: np.polyder(x, 5), [1.0, 4.0, 9.0]),
    "a second derivative of a polynomial": (lambda x: np.polyder(x, 2), [1.0, 4.0, 9.0, 2.0]),
    "a triple integral of a polynomial": (lambda x: np.polyint(x, 3, [1, 2, 3]), [1.0, 4.0, 9.0, 2.0]),
    "kron of more axes with fewer": (lambda x: np.kron(x, np.array([2.0, 3.0])), np.ones((2, 3, 2))),
    "kron of fewer axes with more": (lambda x: np.kron(np.array([2.0, 3.0]), x), np.arange(12.0).reshape(2, 3, 2)),
    "a matrix to the power of 0": (lambda x: np.linalg.matrix_power(x, 0), np.ones((3, 2, 2)) * [[2, 1], [1, 3]]),
    "matrices to the power of 5": (lambda x: np.linalg.matrix_power(x, 5), np.ones((2, 2, 2)) * [[2, 1], [1, 3]]),
    "matrices to the power of -3": (lambda x: np.linalg.matrix_power(x, -3), np.ones((2, 2, 2)) * [[2, 1], [1, 3]]),
    "the norm of matrices": (lambda x: np.linalg.norm(x, axis=(0, 2), keepdims=True), np.arange(12.0).reshape(2, 3, 2)),
    "the norm of rows": (lambda x: np.linalg.norm(x, 3, axis=1), [[1.0, 2.0], [3.0, 5.0]]),
    "gradient with edges of order 2 and half a step": (
        lambda x: np.gradient(x, 0.5, edge_order=2), [1.0, 4.0, 3.0, 7.0, 2.0],
    ),
    "gradient with edges of order 2 at places of their own": (
        lambda x: np.gradient(x, [0.0, 0.5, 2.0, 2.25, 4.0], edge_order=2), [1.0, 4.0, 3.0, 7.0, 2.0],
    ),
    "linspace of one from an infinity": (lambda x: np.linspace(x, 2.0, 1), inf),
    "linspace of one without its end": (lambda x: np.linspace(x, 2.0, 1, endpoint=False), [1.0, 3.0]),
    "least squares of tiny numbers": (
        lambda x: np.linalg.lstsq(x * 1e-30, np.ones(3) * 1e-30, rcond=None)[0], [[1.0, 2.0], [3.0, 5.0], [1.0, 1.0]],
    ),
    "counts in bins by density": (lambda x: np.histogram(x, 4, density=True), [1.0, 2.0, 3.0, 2.5]),
    "counts in bins of a range": (lambda x: np.histogram(x, [1, 2, 4], (1, 3)), [1.0, 2.0, 3.0, 2.5]),
}  # fmt: skip


@pytest.mark.filterwarnings("ignore::RuntimeWarning")
@pytest.mark.parametrize("name", AS_NUMPY)
def test_the_numbers_and_dtypes_are_numpys(name: str) -> None:
    f, numbers = AS_NUMPY[name]
    for dtype in (np.float64, np.float32) if np.asarray(numbers).dtype.kind == "f" else (np.asarray(numbers).dtype,):
        x = np.asarray(numbers, dtype)
        expected, ours = f(x), f(Tensor(x, requires_grad=x.dtype.kind == "f"))
        for want, have in zip(
            *((part,) if not isinstance(part, tuple) else part for part in (expected, ours)), strict=True
        ):
            np.testing.assert_allclose(array_of(have), want, 1e-6)
            assert have.dtype == want.dtype
            assert np.shape(have) == np.shape(want)


def test_counts_of_no_more_than_there_are_are_filled_up() -> None:
    assert vector.bincount([0, 2], minlength=5).tolist() == [1, 0, 1, 0, 0]
    assert vector.bincount([0, 2], [0.5, 2.0], minlength=5).tolist() == [0.5, 0, 2.0, 0, 0]
    assert vector.linalg.lstsq(np.eye(2) * 1e-30, np.ones(2))[2] == 2


@pytest.mark.parametrize("axis", [None, 0, -1, ()])
def test_softmax_and_its_kin_of_a_number_give_a_number(axis: Any) -> None:
    for f, value in ((vector.softmax, 1.0), (vector.log_softmax, 0.0), (vector.logsumexp, 2.5)):
        out = f(tensor(2.5, requires_grad=True), axis=axis)
        assert (out.shape, out.item()) == ((), value)


def test_weights_along_two_axes_have_a_gradient() -> None:
    x = np.arange(24.0).reshape(2, 3, 4)
    weights = np.arange(1.0, 9).reshape(4, 2)
    vector.check_grads(lambda x, w: np.average(x, (2, 0), w), tensor(x), tensor(weights))


def test_average_refuses_weights_that_lie_along_no_axis() -> None:
    with pytest.raises(ValueError, match=r"average: expected weights of x's shape \(2, 3\), or axis'; got \(2,\)"):
        np.average(tensor(np.ones((2, 3))), weights=[1, 2])


def test_a_quantile_of_nothing_is_refused() -> None:
    with pytest.raises(ValueError, match=r"quantile: expected 0 <= q <= 1 .*got 0.5 of 0 elements"):
        np.quantile(tensor(np.zeros(0)), 0.5)


@pytest.mark.parametrize("f", [np.median, np.nanmedian])
def test_the_median_of_nothing_is_nan_as_numpys(f: Callable[..., Any]) -> None:
    """It was refused, where NumPy refuses only other quantiles."""
    assert np.isnan(f(tensor(np.zeros(0))).item())
    assert np.isnan(f(tensor(np.zeros((2, 0))), axis=1).data).tolist() == [True, True]


def test_piecewise_takes_a_list_of_conditions_as_numpy_does() -> None:
    """NumPy reads a bare matrix as a list of rows; ours read it as one condition, and gave other numbers."""
    x = tensor([[1.0, 2.0], [3.0, 4.0]])
    with pytest.raises(ValueError, match=r"piecewise: expected a list of conditions of x's shape \(2, 2\)"):
        np.piecewise(x, x > 2, [1.0, 0.0])
    np.testing.assert_array_equal(np.piecewise(x, [x > 2], [1.0, 0.0]), [[0, 0], [1, 1]])


COMPLEX = np.array([1 + 1j, 2])


@pytest.mark.parametrize("name", ["correlate", "vdot", "vecdot", "vecmat"])
def test_complex_arrays_are_refused_where_numpy_conjugates(name: str) -> None:
    """vector.vdot of plain complex arrays was another number than np.vdot's."""
    with pytest.raises(TypeError, match="expected real numbers"):
        getattr(vector, name)(COMPLEX, np.eye(2) if name == "vecmat" else COMPLEX)


def test_the_real_part_of_a_complex_array_is_refused_and_not_the_complex_array() -> None:
    with pytest.raises(TypeError, match="expected real numbers"):
        vector.real(COMPLEX)


# ---------------------------------------------------------------- where a ufunc would write


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (vector.exp, r"exp: expected operands == 1 and y = f\(x\), not out=y, got 2$"),
        (lambda x, y: vector.exp([1.0, 2.0], y), "got 2"),
        (lambda x, y: vector.add(x, x, y), r"\+: expected operands == 2 .* got 3$"),
        (lambda x, y: vector.add(x, x, out=y.data), "got 2, out; nothing is written into here; write y = f"),
        (lambda x, y: vector.exp(x, where=[True, False]), "got 1, where$"),
        (lambda x, y: vector.multiply(x), "expected operands == 2 .* got 1$"),
    ],
)
def test_no_operand_of_a_ufunc_is_overwritten(call: Callable[[Tensor, Tensor], Any], message: str) -> None:
    """vector.exp(x, y) wrote eˣ into y, and vector.exp(x, where=mask) gave memory that nobody had written."""
    x, y = tensor([1.0, 2.0], requires_grad=True), tensor([5.0, 6.0], requires_grad=True)
    with pytest.raises(TypeError, match=message):
        call(x, y)
    np.testing.assert_array_equal(y.data, [5, 6])


def test_exponents_may_be_a_tensor() -> None:
    """np.ldexp(x, exponents) called itself for ever."""
    x, exponents = tensor([1.0, 2.0], requires_grad=True), tensor([3, 1])
    np.testing.assert_array_equal(np.ldexp(x, exponents).data, [8, 4])
    np.testing.assert_array_equal(np.ldexp(5, exponents), [40, 10])
    np.testing.assert_array_equal(vector.grad(lambda x: np.ldexp(x, exponents).sum())(x), [8, 2])


def test_flatten_is_a_copy_as_numpys() -> None:
    x = tensor([[1.0, 2.0]], requires_grad=True)
    with vector.no_grad():
        flat = x.flatten()
        flat[0] = 9
    np.testing.assert_array_equal(x.data, [[1, 2]])
    np.testing.assert_array_equal(vector.grad(lambda x: (x.flatten() * [3.0, 4.0]).sum())(x), [[3, 4]])


@pytest.mark.parametrize("name", ["nanvar", "nanstd"])
@pytest.mark.parametrize("ddof", [0, 1, 2, 2.5])
def test_a_deviation_of_too_few_is_none(name: str, ddof: float) -> None:
    """It was infinite, or the root of that."""
    x = np.array([[1.0, np.nan], [2.0, 3.0], [np.nan, np.nan]])
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of both: nothing is divided by nothing
        want, got = getattr(np, name)(x, axis=1, ddof=ddof), getattr(vector, name)(tensor(x), 1, ddof=ddof)
    np.testing.assert_allclose(got.data, want)


@pytest.mark.parametrize(
    ("trim", "rows", "columns"), [("b", 1, slice(0, 2)), ("f", 2, slice(1, 3)), ("fb", 1, slice(1, 2))]
)
def test_zeros_are_trimmed_from_each_axis(trim: str, rows: int, columns: slice) -> None:
    x = np.array([[0.0, 1.0, 0.0], [0.0, 0.0, 0.0]])
    np.testing.assert_array_equal(vector.trim_zeros(tensor(x), trim).data, x[:rows, columns])
