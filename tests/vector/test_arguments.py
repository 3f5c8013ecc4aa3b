"""Arguments that change the answer, each in a call where it does: NumPy's value, and the slopes of differences."""

import math
from collections.abc import Callable, Mapping, Sequence
from itertools import product
from typing import Any

import numpy
import pytest
import torch

import vector
from tests.checks import grad
from tests.judges import Array
from vector import Tensor, tensor
from vector.op import Op

np: Any = numpy  # its stubs know no Tensors
rules: Any = vector.rules
inf, nan = math.inf, math.nan
RANDOM = np.random.default_rng(5)


def drawn(*shape: int) -> Array:
    """Numbers in [½, 2] that are all different."""
    return np.asarray(RANDOM.permutation(np.linspace(0.5, 2, max(math.prod(shape), 1))).reshape(shape))


V, W, M, N, B = drawn(4), drawn(3), drawn(3, 4), drawn(4, 3), drawn(2, 3, 4)
SQUARE, SQUARES = drawn(3, 3) + 2 * np.eye(3), drawn(2, 3, 3) + 2 * np.eye(3)
MASK = np.array([[True, False, True, True], [False, True, True, False], [True, True, False, False]])

# Of each name: a function of arrays, which NumPy's own functions answer for Tensors too, and its operands.
CALLS: Mapping[str, tuple[Callable[..., Any], Sequence[Any]]] = {
    "apply_along_axis to matrices": (lambda x: np.apply_along_axis(lambda row: np.outer(row, row[:2]), 1, x), [B]),
    "clip from below": (lambda x: np.clip(x, 1, None), [M]),
    "clip from above": (lambda x: np.clip(x, None, 1), [M]),
    "column_stack of matrices": (lambda x, y: np.column_stack([x, y, x[:, 0]]), [M, drawn(3, 2)]),
    "cond 1": (lambda x: np.linalg.cond(x, 1), [SQUARE]),
    "cov with counts": (lambda x: np.cov(x, fweights=[1, 3, 2, 1], aweights=[0.5, 1, 2, 1], ddof=2), [M]),
    "cov of one variable, by columns": (lambda x: np.cov(x, rowvar=False), [V]),
    "cov biased": (lambda x, y: np.cov(x, y, bias=True), [V, drawn(4)]),
    "corrcoef of columns": (lambda x: np.corrcoef(x, rowvar=False), [M]),
    "corrcoef of a vector": (np.corrcoef, [V]),
    "cumprod of a number": (lambda x: np.cumprod(x, axis=0), [np.array(2.0)]),
    "cumsum of a number": (lambda x: np.cumsum(x, axis=0), [np.array(2.0)]),
    "cumulative_sum from 0": (lambda x: np.cumulative_sum(x, axis=1, include_initial=True), [M]),
    "cumulative_prod from 1": (lambda x: np.cumulative_prod(x, axis=0, include_initial=True), [M]),
    "diff thrice between ends": (lambda x, y: np.diff(x, 3, 0, prepend=y, append=2.0), [N, drawn(1, 3)]),
    "dot of a matrix and matrices": (np.dot, [M, drawn(2, 4, 3)]),
    "dot of matrices and a matrix": (np.dot, [B, N]),
    "dot of matrices and a vector": (np.dot, [B, V]),
    "dot of a vector and matrices": (np.dot, [V, drawn(2, 4, 3)]),
    "ediff1d with ends": (np.ediff1d, [M, W, drawn(2, 2)]),
    "eigenvalues of a batch of batches": (lambda x: np.linalg.eigvalsh(x + x.swapaxes(-1, -2)), [drawn(3, 2, 4, 4)]),
    "einsum of lists": (lambda x, y: np.einsum(x, [0, 1], y, [1, 2], [2, 0]), [M, N]),
    "einsum of lists with dots": (lambda x, y: np.einsum(x, [..., 0, 1], y, [1, 2]), [B, N]),
    "einsum of three": (lambda x, y, z: np.einsum("ij,jk,k->i", x, y, z, optimize="greedy"), [M, N, W]),
    "geomspace down": (lambda x, y: np.geomspace(x, -y, 4, endpoint=False, axis=1), [W, -drawn(3)]),
    "gradient at places": (lambda x: np.gradient(x, [0.0, 1.0, 3.0, 3.5], axis=1, edge_order=2), [M]),
    "gradient at two spacings": (lambda x: np.gradient(x, 0.5, [0.0, 1.0, 3.0, 3.5]), [M]),
    "histogram between edges": (lambda w: np.histogram(M, [0.5, 1.0, 1.75, 2.0], weights=w)[0], [drawn(3, 4)]),
    "histogram of a range": (lambda w: np.histogram(M, 5, (0.6, 1.9), True, w)[0], [drawn(3, 4)]),
    "hstack of one": (lambda x: np.hstack([x]), [V]),
    "hstack of one matrix": (lambda x: np.hstack([x]), [M]),
    "delete a slice": (lambda x: np.delete(x, slice(0, 3, 2), axis=1), [M]),
    "insert before a slice": (lambda x: np.insert(x, slice(0, 3, 2), 7.0, axis=1), [M]),
    "insert in columns": (lambda x, y: np.insert(x, [1, 3], y, axis=1), [M, drawn(3, 2)]),
    "linspace of one": (lambda x, y: np.linspace(x, y, 1), [W, W + 1]),
    "linspace of none": (lambda x, y: np.linspace(x, y, 0), [W, W + 1]),
    "linspace of two": (lambda x, y: np.linspace(x, y, 2, axis=-1), [W, W + 1]),
    "linspace without its end": (lambda x, y: np.linspace(x, y, 3, endpoint=False, retstep=True), [W, W + 1]),
    "linspace of one without its end": (lambda x, y: np.linspace(x, y, 1, endpoint=False, retstep=True), [W, W + 1]),
    "logspace along another axis": (lambda x, y: np.logspace(x, y, 3, base=2.0, axis=1), [W, W + 1]),
    "logspace with bases": (lambda x, y: np.logspace(x, y, 3, base=np.array([2.0, 3.0, 5.0]), axis=1), [W, W + 1]),
    "matrix_norm 1": (lambda x: np.linalg.norm(x, 1, (0, 2), keepdims=True), [B]),
    "matrix_norm −1": (lambda x: np.linalg.norm(x, -1, (2, 0)), [B]),
    "matrix_norm 2": (lambda x: np.linalg.norm(x, 2, (0, 2)), [B]),
    "matrix_norm −2": (lambda x: np.linalg.norm(x, -2, (0, 2), keepdims=True), [B]),
    "matrix_norm inf": (lambda x: np.linalg.norm(x, inf, (-1, 0)), [B]),
    "matrix_norm −inf": (lambda x: np.linalg.norm(x, -inf, (-1, 0)), [B]),
    "matrix_norm nuc": (lambda x: np.linalg.norm(x, "nuc", (-1, 0)), [B]),
    "matrix_power −3": (lambda x: np.linalg.matrix_power(x, -3), [SQUARES]),
    "matrix_power 0": (lambda x: np.linalg.matrix_power(x, 0) + x, [drawn(3, 2, 4, 4)]),
    "matrix_power 5": (lambda x: np.linalg.matrix_power(x, 5), [SQUARE]),
    "max where": (lambda x: np.max(x, axis=1, where=MASK, initial=0.75), [M]),
    "max from": (lambda x: np.max(x, axis=1, initial=1.5, keepdims=True), [M]),
    "min where": (lambda x: np.min(x, axis=1, where=MASK, initial=1.25), [M]),
    "mean where": (lambda x: np.mean(x, axis=0, where=MASK), [M]),
    "meshgrid": (np.meshgrid, [V, W, drawn(2)]),
    "meshgrid ij, sparse": (lambda x, y, z: np.meshgrid(x, y, z, sparse=True, indexing="ij"), [V, W, drawn(2)]),
    "meshgrid of one": (np.meshgrid, [V]),
    "multi_dot of vectors and matrices": (lambda x, y, z: np.linalg.multi_dot([x, y, z]), [W, M, V]),
    "nan_to_num": (lambda x: np.nan_to_num(x, nan=5.0, posinf=6.0, neginf=7.0), [np.array([nan, inf, -inf, 1.0])]),
    "nanmean where": (lambda x: np.nanmean(x, axis=0, where=MASK), [M]),
    "nanmax where": (lambda x: np.nanmax(np.where(x > 1.9, nan, x), 1, where=MASK, initial=0.9, keepdims=True), [M]),
    "nanmin where": (lambda x: np.nanmin(np.where(x < 0.6, nan, x), 1, where=MASK, initial=1.1, keepdims=True), [M]),
    "nanvar ddof": (lambda x: np.nanvar(x, axis=0, ddof=1, keepdims=True), [M]),
    "pad with numbers": (lambda x: np.pad(x, ((1, 2), (0, 3)), constant_values=((1, 2), (3, 4))), [M]),
    "pad before with 0": (lambda x: np.pad(x, 1, constant_values=(0, 3)), [M]),
    "partition along the last axis": (lambda x: np.partition(x, 2), [M]),
    "pad with the edge": (lambda x: np.pad(x, ((1, 2), (0, 3)), mode="edge"), [M]),
    "piecewise of one condition": (lambda x: np.piecewise(x, V > 1, [np.sin, np.exp]), [V]),
    "piecewise with nothing left": (lambda x: np.piecewise(x, [M > 1.5, M < 0.8], [np.sin, 3.0]), [M]),
    "piecewise of two and the rest": (lambda x: np.piecewise(x, [M > 1.5, M < 0.8], [np.sin, 3.0, np.exp]), [M]),
    "piecewise with more": (lambda x: np.piecewise(x, [M > 1.5], [lambda y, k: k * y, 3.0], 2.5), [M]),
    "pinv of less rank": (lambda x: np.linalg.pinv(x, rcond=0.3), [SQUARES]),
    "pinv rtol": (lambda x: np.linalg.pinv(x, rtol=0.3), [SQUARES]),
    "poly": (np.poly, [W]),
    "polyder twice": (lambda x: np.polyder(x, 2), [V]),
    "polymul with a leading zero": (lambda x: np.polymul([0.0, 3.0], x), [W]),
    "polymul with zeros": (lambda x: np.polymul(x, np.zeros(3)), [W]),
    "polymul with leading zeros": (lambda x, y: np.polymul(np.pad(x, (2, 0)), y), [V, W]),
    "polyfit far out": (lambda x, y: np.polyfit(1e3 + x, y, 2), [V, drawn(4)]),
    "polyfit with a cut": (lambda x, y: np.polyfit(x, y, 3, 0.3), [V, drawn(4)]),
    "polyfit with weights": (lambda x, y: np.polyfit(x, y, 2, w=[1.0, 2.0, 0.5, 1.0]), [V, drawn(4)]),
    "polyfit of columns": (lambda x, y: np.polyfit(x, y, 1, w=[1.0, 2.0, 0.5, 1.0]), [V, drawn(4, 2)]),
    "polyint twice, one constant": (lambda x: np.polyint(x, 2, 3.0), [W]),
    "polyint twice, constants": (lambda x, k: np.polyint(x, 2, k), [W, drawn(2)]),
    "polyint once, constant": (lambda x: np.polyint(x, 1, [3.0]), [W]),
    "prod where": (lambda x: np.prod(x, axis=1, where=MASK, initial=3.0), [M]),
    "ptp": (lambda x: np.ptp(x, axis=0, keepdims=True), [M]),
    "qr of a batch of batches": (np.linalg.qr, [drawn(3, 5, 4, 3)]),
    "qr of wide matrices": (lambda x: np.linalg.qr(x, mode="r"), [B]),
    "round to hundreds": (lambda x: np.round(100 * x + 7, -2), [M]),
    "round to hundredths": (lambda x: np.round(x, 2), [M]),
    "slogdet of a batch of batches": (lambda x: np.linalg.slogdet(x)[1], [drawn(3, 2, 4, 4) + 3 * np.eye(4)]),
    "solve for a vector": (np.linalg.solve, [SQUARES, W]),
    "std of one dof less": (lambda x: np.std(x, axis=(0, 1), ddof=1, keepdims=True), [B]),
    "std where": (lambda x: np.std(x, axis=1, ddof=1, where=MASK), [M]),
    "std around": (lambda x: np.std(x, axis=1, mean=np.array([[1.0], [0.5], [2.0]])), [M]),
    "sum where": (lambda x: np.sum(x, axis=1, where=MASK, initial=3.0, keepdims=True), [M]),
    "tensordot": (lambda x, y: np.tensordot(x, y, ([2, 0], [0, 2])), [B, drawn(4, 3, 2)]),
    "tensorsolve": (lambda x, y: np.linalg.tensorsolve(x, y, axes=(0,)), [RANDOM.normal(size=(6, 2, 3)), drawn(2, 3)]),
    "trapezoid over columns": (lambda y, x: np.trapezoid(y, x, axis=0), [M, drawn(3, 4)]),
    "trapezoid at places": (lambda y, x: np.trapezoid(y, x, axis=0), [M, W]),
    "trapezoid at places of rows": (lambda y, x: np.trapezoid(y, x, axis=1), [M, V]),
    "trapezoid of rows": (np.trapezoid, [M, V]),
    "trapezoid dx": (lambda y: np.trapezoid(y, dx=0.25, axis=0), [M]),
    "unwrap": (lambda x: np.unwrap(5 * x, discont=4.0, axis=0, period=4.0), [M]),
    "vander": (lambda x: np.vander(x, 3, increasing=True), [V]),
    "var where": (lambda x: np.var(x, axis=1, ddof=1, where=MASK), [M]),
    "vecdot along the last axis but one": (lambda x, y: np.vecdot(x, y, axis=-2), [M, drawn(3, 4)]),
    "vecdot, its axis kept": (lambda x, y: np.vecdot(x, y, axis=0, keepdims=True), [B, drawn(2, 3, 4)]),
    "vecdot along another axis": (lambda x, y: np.vecdot(x, y, axis=0), [M, drawn(3, 4)]),
}  # fmt: skip

WITHOUT_SLOPES = {"polyfit far out", "polyfit with a cut", "nan_to_num", "pinv of less rank", "pinv rtol"}
"""Of which differences tell nothing: beside NaN, and where the rank changes."""
ROUGH = {"polyfit far out": 1e-11}
"""Where rounding counts for more: this fit and NumPy's are 3e-10 off the true numbers, and 1e-12 off each other."""


def parts(out: Any) -> list[Any]:
    return list(out) if isinstance(out, (list, tuple)) else [out]


def flat(outs: Sequence[Any]) -> Array:
    return np.concatenate([np.ravel(np.asarray(x.data if isinstance(x, Tensor) else x, float)) for x in outs])


def check(f: Callable[..., Any], operands: Sequence[Array], slopes: bool = True, tolerance: float = 1e-12) -> None:
    """Value, shape and dtype are NumPy's; so are the slopes in one direction, in reverse and in forward mode."""
    theirs = parts(f(*operands))
    leaves = [Tensor(x, requires_grad=True) for x in operands]
    ours = parts(f(*leaves))
    assert len(ours) == len(theirs)
    for actual, expected in zip(ours, theirs, strict=True):
        assert np.asarray(actual.data if isinstance(actual, Tensor) else actual).dtype == expected.dtype
        np.testing.assert_allclose(actual.data, expected, tolerance, tolerance)
    if not slopes:
        return
    directions = [np.cos(np.arange(x.size) + i).reshape(x.shape) for i, x in enumerate(operands)]
    weights = np.cos(1 + np.arange(flat(theirs).size))
    ahead, behind = (
        flat(parts(f(*(x + h * t for x, t in zip(operands, directions, strict=True))))) for h in (1e-6, -1e-6)
    )
    expected = weights @ (ahead - behind) / 2e-6
    place = 0
    total: Any = 0.0
    for out in ours:
        if isinstance(out, Tensor):
            total = total + (out * weights[place : place + out.size].reshape(out.shape)).sum()
        place += out.size
    total.backward()
    sent = sum(np.sum(grad(x) * t) for x, t in zip(leaves, directions, strict=True) if x.grad is not None)
    moved = flat(parts(vector.jvp(f, tuple(operands), tuple(directions))[1]))
    scale = np.abs(weights) @ np.abs(ahead - behind) / 2e-6 + 1
    np.testing.assert_allclose([sent, weights @ moved], expected, 0, 1e-7 * scale)


@pytest.mark.parametrize("name", CALLS)
@pytest.mark.filterwarnings("ignore:Polyfit may be poorly conditioned")
def test_every_argument_counts(name: str) -> None:
    f, operands = CALLS[name]
    check(f, operands, slopes=name not in WITHOUT_SLOPES, tolerance=ROUGH.get(name, 1e-12))


@pytest.mark.parametrize("heights", [*product([-inf, inf, nan, 1.0, 2.0], repeat=3)], ids=str)
def test_interp_beside_infinities(heights: tuple[float, ...]) -> None:
    x, places = np.array([-1.0, 0.0, 0.3, 1.0, 1.5, 2.0, 3.0, nan]), np.array([0.0, 1.0, 2.0])
    with np.errstate(all="ignore"):
        ours: Any = np.interp(tensor(x), places, np.array(heights))
    np.testing.assert_array_equal(ours.data, np.interp(x, places, heights))


@pytest.mark.parametrize("places", [[0.0], [0.0, 1.0, 1.0], [0.0, 0.0, 1.0], [0.0, inf], [-inf, 0.0, 1.0]], ids=str)
def test_interp_between_odd_places(places: list[float]) -> None:
    x = np.array([-inf, -1.0, 0.0, 0.5, 1.0, 2.0, inf, nan])
    for heights in product([-inf, inf, 1.0, 2.0], repeat=len(places)):
        for more in ({}, {"left": 7.0}, {"right": -7.0}):
            with np.errstate(all="ignore"):
                ours, theirs = (np.interp(z, places, heights, **more) for z in (tensor(x), x))
            np.testing.assert_array_equal(ours.data, theirs, err_msg=f"{heights} {more}")


def test_interp_is_numpys_to_the_last_digit() -> None:
    x, places, heights = RANDOM.uniform(-1, 7, 200), np.cumsum(drawn(5)), RANDOM.normal(size=5)
    for more in ({}, {"left": -3.0}, {"right": 4.0}, {"left": 0.0, "right": 0.0}, {"period": 3.0},
                 {"period": -2.5, "left": 5.0}):  # fmt: skip
        ours: Any = np.interp(tensor(x), places, heights, **more)
        np.testing.assert_array_equal(ours.data, np.interp(x, places, heights, **more), err_msg=str(more))


def test_where_of_a_condition_alone_is_where_it_holds() -> None:
    condition = np.array([[0.0, 1.0], [2.0, 0.0]])
    np.testing.assert_array_equal(vector.where(tensor(condition)), np.nonzero(condition))
    np.testing.assert_array_equal(np.where(tensor(condition)), np.nonzero(condition))


@pytest.mark.parametrize("f", [np.median, np.nanmedian, lambda x, **more: np.nanquantile(x, 0.5, **more)])
@pytest.mark.parametrize("dtype", [np.int64, np.float32, np.float64])
@pytest.mark.filterwarnings("ignore::RuntimeWarning")
def test_a_quantile_of_nothing(f: Any, dtype: Any) -> None:
    x = np.zeros((2, 0), dtype)
    ours, theirs = f(tensor(x), axis=1), f(x, axis=1)
    np.testing.assert_array_equal(ours.data, theirs)
    assert ours.dtype == theirs.dtype


def test_matrices_that_do_not_commute_keep_numpys_order() -> None:
    x = np.array([[1.0, 1e200], [0.0, 1e-200]])
    for n in (5, 6, 7):
        with np.errstate(all="ignore"):
            ours = np.linalg.matrix_power(tensor(x), n).data
            np.testing.assert_array_equal(ours, np.linalg.matrix_power(x, n))


def test_booleans_are_clipped_between_their_extremes() -> None:
    x = np.array([True, False])
    for bounds in ((None, True), (None, False), (True, None), (False, None)):
        ours: Any = np.clip(tensor(x), *bounds)
        np.testing.assert_array_equal(ours.data, np.clip(x, *bounds), err_msg=str(bounds))


@pytest.mark.parametrize(("start", "stop"), [(0.0, 1.0), (1.0, 0.0), ([1.0, 0.0], 2.0), (0.0, 0.0)])
def test_geomspace_refuses_a_0(start: Any, stop: Any) -> None:
    with pytest.raises(ValueError, match="geomspace: expected start and stop that are not 0, got a 0"):
        np.geomspace(tensor(start, requires_grad=True), stop, 3)


def test_the_singular_matrices_of_a_batch_have_no_gradient_and_the_others_theirs() -> None:
    x = drawn(2, 3, 3, 3) + 2 * np.eye(3)
    x[0, 1] = x[1, 2] = 1.0
    leaf = tensor(x, requires_grad=True)
    logarithms: Any = np.linalg.slogdet(leaf)[1]
    g = np.arange(1.0, 7.0).reshape(2, 3)
    with np.errstate(all="ignore"):
        logarithms.backward(g)
    lost = np.zeros((2, 3), bool)
    lost[0, 1] = lost[1, 2] = True
    assert np.isnan(grad(leaf)[lost]).all()
    np.testing.assert_allclose(grad(leaf)[~lost], (g[~lost, None, None] * np.linalg.inv(x[~lost]).swapaxes(-1, -2)))


@pytest.mark.parametrize("shape", [(3, 3), (2, 3), (4, 3)])
def test_the_singular_values_of_a_batch_in_which_a_matrix_is_not_finite(shape: tuple[int, int]) -> None:
    x = drawn(3, *shape)
    x[1, 0, 1] = nan
    for ours, theirs in zip(np.linalg.svd(tensor(x), full_matrices=False),
                            np.linalg.svd(x[[0, 2]], full_matrices=False), strict=True):  # fmt: skip
        np.testing.assert_allclose(ours.data[[0, 2]], theirs)
    values = np.linalg.svd(tensor(x), compute_uv=False)
    assert np.isnan(values.data[1]).all()
    assert np.isfinite(values.data[[0, 2]]).all()


METHODS = [
    "averaged_inverted_cdf", "closest_observation", "hazen", "higher", "interpolated_inverted_cdf", "inverted_cdf",
    "linear", "lower", "median_unbiased", "midpoint", "nearest", "normal_unbiased", "weibull",
]  # fmt: skip


@pytest.mark.parametrize("method", METHODS)
def test_quantiles_by_every_method_are_numpys(method: Any) -> None:
    for n in range(1, 9):
        x = drawn(n)
        for q in (np.linspace(0, 1, 41), 0.3, 1.0, np.array([[0.25, 0.5]])):
            ours = np.quantile(tensor(x), q, method=method)
            np.testing.assert_allclose(ours.data, np.quantile(x, q, method=method), 1e-15, err_msg=f"{n} {q}")


REFUSED: Mapping[str, tuple[Callable[[Any], Any], str]] = {
    "cumulative_sum of a matrix": (np.cumulative_sum, r"expected one axis= of an array of shape \(3, 4\), got None"),
    "einsum with too few subscripts": (lambda x: np.einsum("ij,j", x, np.ones((4, 2))), "a subscript for each axis"),
    "min where, from nothing": (lambda x: np.min(x, where=MASK), "expected initial= beside where="),
    "max where, from nothing": (lambda x: np.max(x, where=MASK), "expected initial= beside where="),
    "piecewise of two functions": (lambda x: np.piecewise(x, [M > 1] * 3, [1.0, 2.0]), "expected 3 functions, or one"),
    "polyder of order −1": (lambda x: np.polyder(x[0], -1), "expected an order m >= 0, got -1"),
    "apply_along_axis to no rows": (lambda x: np.apply_along_axis(np.sum, 0, x[:, :0]), "expected at least one row"),
    "linspace of −1 numbers": (lambda x: np.linspace(x, 1.0, -1), "linspace: expected num >= 0, got -1"),
    "reshape in another order": (lambda x: np.reshape(x, (4, 3), order="Z"), "expected order 'C', 'F' or 'A'"),
    "polyint with two constants of three": (lambda x: np.polyint(x[0], 3, [1, 2]), "polyint: expected one constant"),
    "quantiles of which one is beyond 1": (lambda x: np.quantile(x, [0.5, 1.5]), "expected 0 <= q <= 1"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_numpy_refuses_is_refused(name: str) -> None:
    f, message = REFUSED[name]
    with pytest.raises(ValueError, match=message):
        f(tensor(M, requires_grad=True))
    with pytest.raises((ValueError, np.linalg.LinAlgError)):
        f(M)


def test_the_polynomial_of_a_matrix_is_refused() -> None:
    with pytest.raises(ValueError, match="poly: expected a vector of zeros"):
        np.poly(tensor(SQUARE, requires_grad=True))


def test_one_leaf_of_several_with_a_nan_is_looked_at_again() -> None:
    x, y = tensor([1.0, 0.0], requires_grad=True), tensor(3.0, requires_grad=True)
    with np.errstate(divide="ignore"):
        total: Any = np.where(x > 0, np.log(x), 0) * y
    total.sum().backward()
    np.testing.assert_array_equal(grad(x), [3, 0])
    np.testing.assert_array_equal(grad(y), 0)


def test_a_condition_has_no_slope() -> None:
    condition, x = tensor([1.0, 0.0], requires_grad=True), tensor([2.0, 3.0], requires_grad=True)
    out: Any = np.where(condition, x, 2 * x)
    out.backward(np.array([1.0, 0.0]))
    np.testing.assert_array_equal(grad(condition), [0, 0])
    np.testing.assert_array_equal(grad(x), [1, 0])
    narrow: Any = np.where(x.data > 2, 5.0, tensor(np.ones(2, np.float32)))
    assert narrow.dtype == np.float32


def test_linspace_ends_at_stop_to_the_last_digit() -> None:
    for num in (2, 3):
        np.testing.assert_array_equal(np.linspace(tensor(1e16), 1.0, num).data, np.linspace(1e16, 1.0, num))


def test_elements_that_do_not_count_have_no_share_in_an_extremum() -> None:
    largest = float(np.finfo(float).max)
    for extremum, end in ((np.min, largest), (np.max, -largest)):
        x = tensor([end, end, 1.0, 2.0], requires_grad=True)
        out: Any = extremum(x, where=np.array([True, True, False, False]), initial=2 * end)
        np.testing.assert_array_equal(out.data, end)
        out.backward()
        np.testing.assert_array_equal(grad(x), [0.5, 0.5, 0, 0])


def test_the_determinant_has_second_derivatives_also_where_it_is_0() -> None:
    for x in (SQUARE, np.outer(W, W), np.zeros((3, 3)), drawn(2, 2, 2)):
        t = np.cos(np.arange(x.size)).reshape(x.shape)

        def slopes(y: Array) -> Any:
            return vector.grad(lambda z: np.linalg.det(z).sum())(y)

        (moved,) = vector.hvp(lambda z: np.linalg.det(z).sum(), (x,), (t,))
        expected = (slopes(x + 1e-5 * t) - slopes(x - 1e-5 * t)) / 2e-5
        np.testing.assert_allclose(moved, expected, 0, 1e-8)


def test_the_second_derivative_of_a_determinant_is_right_to_the_digits_of_float32() -> None:
    """Terms of two large singular values, which would cancel, are left out."""
    for seed in range(10):
        generator = np.random.default_rng(seed)
        u, v = (np.linalg.qr(generator.normal(size=(3, 3)))[0] for _ in range(2))
        x, t = ((u * [1e3, 1e3, 1e-3]) @ v).astype(np.float32), generator.normal(size=(3, 3)).astype(np.float32)
        narrow, wide = (vector.hvp(np.linalg.det, (x.astype(d),), (t.astype(d),))[0] for d in (np.float32, float))
        np.testing.assert_allclose(narrow, wide, 0, 1e-6 * np.abs(wide).max())


PLAIN: Mapping[str, Sequence[tuple[Mapping[str, Any], Sequence[Any]]]] = {
    "softmax": [({"axis": axis}, [far * M]) for axis in (0, 1, -1) for far in (1, np.array([[1], [500], [5]]))]
               + [({}, [M]), ({"axis": (0, 2)}, [B])],
    "log_softmax": [({"axis": axis}, [B]) for axis in (0, 1, -1)] + [({}, [M])],
    "logsumexp": [({"axis": axis, "keepdims": kept}, [B]) for axis in (0, 1, (0, 2)) for kept in (True, False)]
                 + [({}, [M])],
    "var": [({"axis": axis, "ddof": 1, "keepdims": kept}, [B]) for axis in (0, (1, 2)) for kept in (True, False)]
           + [({}, [M])],
    "std": [({"axis": axis, "ddof": 1, "keepdims": kept}, [B]) for axis in (0, (1, 2)) for kept in (True, False)]
           + [({}, [M])],
    "norm": [({"ord": ord, "axis": axis, "keepdims": kept}, [-B])
             for ord in (2, 3) for axis in (0, (1, 2)) for kept in (True, False)],
    "exp2": [({}, [M])],
    "fabs": [({}, [-M])],
    "logaddexp": [({}, [M, drawn(3, 4)])],
    "linear_map": [({}, [M, drawn(2, 4), drawn(2)])],
    "softmax_cross_entropy": [({"targets": np.array([1, 3, 0])}, [M])],
    "logistic_loss": [({}, [M, M])],
    "power": [({}, [np.abs(M) + 1, 3]), ({}, [np.abs(M) + 1, M])],
}  # fmt: skip


@pytest.mark.parametrize("name", PLAIN)
def test_a_rows_textbook_form_is_its_function(name: str) -> None:
    op = getattr(rules, name)
    for params, operands in PLAIN[name]:
        expected = op.forward(*operands, **params)
        np.testing.assert_allclose(op.plain(*operands, **params), expected, 1e-12, err_msg=str(params))


def test_every_row_with_a_textbook_form_is_tested_for_it() -> None:
    with_one = {name for name, op in vars(rules).items() if isinstance(op, Op) and op.plain}
    assert with_one == PLAIN.keys()


def test_a_mean_of_more_numbers_than_float16_can_count_has_its_slope() -> None:
    x = Tensor(np.linspace(0, 1, 70000), requires_grad=True)
    vector.mean(x).backward()
    np.testing.assert_allclose(grad(x), 1 / 70000)


def test_edges_of_a_histogram_may_be_a_tensor() -> None:
    edges = np.array([0.5, 1.0, 2.0])
    np.testing.assert_array_equal(np.histogram(tensor(M), tensor(edges))[0], np.histogram(M, edges)[0])
    np.testing.assert_array_equal(np.histogram(tensor(M), "sturges")[0], np.histogram(M, "sturges")[0])


def test_the_smallest_norm_of_nothing_is_refused() -> None:
    with pytest.raises(ValueError, match="zero-size"):
        np.linalg.norm(tensor(np.zeros(0)), -inf)


def test_where_sorting_has_kinks() -> None:
    x = np.array([[1.0, 2.0, 1.0], [1.0, 3.0, 2.0], [0.0, 2.0, 1.0]])
    tied = {0: x == [1.0, 2.0, 1.0], 1: np.array([[1, 0, 1], [0, 0, 0], [0, 0, 0]], bool)}
    for axis in (0, 1):
        ((mask, slopes),) = rules.sort.kinks(np.sort(x, axis), x, axis=axis)
        np.testing.assert_array_equal(mask, tied[axis])
        assert slopes == (0, 1)


def test_a_tensor_among_its_own_operands_is_refused() -> None:
    x = tensor([1.0], requires_grad=True)
    out: Any = x * 2.0
    out.operands = (out, x)
    with pytest.raises(ValueError, match="a node is among its own operands"):
        out.backward()


class Both(vector.Function):
    """x + y, whose rule gives back one array for both."""

    @staticmethod
    def forward(ctx: Any, x: Array, y: Array) -> Array:
        return x + y

    @staticmethod
    def backward(ctx: Any, g: Array) -> Any:
        return g, g


def test_gradients_that_a_rule_gives_back_as_one_array_are_two() -> None:
    x, y = tensor([1.0, 2.0], requires_grad=True), tensor([3.0, 4.0], requires_grad=True)
    out: Any = Both.apply(x, y)
    out.sum().backward()
    grad(x)[...] += 5
    np.testing.assert_array_equal(grad(y), 1)


def test_the_condition_of_a_singular_matrix_is_large() -> None:
    for p in (None, 2):
        number: Any = np.linalg.cond(tensor([[1.0, 2.0], [2.0, 4.0]]), p)
        assert number.data > 1e15


def test_between_two_equal_bounds_neither_has_the_gradient_as_in_pytorch() -> None:
    for x in (0.5, 1.0, 2.0):
        ours = [tensor(number, requires_grad=True) for number in (x, 1.0, 1.0)]
        theirs = [torch.tensor(number, requires_grad=True) for number in (x, 1.0, 1.0)]
        np.clip(*ours).backward()
        torch.clamp(*theirs).backward()
        assert [float(grad(leaf)) for leaf in ours] == [float(leaf.grad) for leaf in theirs]


def test_an_array_like_a_tensor_with_a_plain_number_is_the_users_own() -> None:
    full: Any = np.full_like(tensor(M), 3.0)
    full[0, 0] = 5.0
    np.testing.assert_array_equal(full, np.where(np.arange(12).reshape(3, 4) == 0, 5.0, 3.0))


def test_where_lines_of_two_slopes_meet_they_have_a_kink() -> None:
    x = np.array([-1.0, 0.0, 1.0])
    for op in (rules.leaky_relu, rules.elu):
        for slope in (0.0, 0.5, 1.0, 2.0):
            (mask, (low, high)), of_slope = op.kinks(op(x, slope), x, slope)
            assert of_slope is None
            np.testing.assert_array_equal(mask, (x == 0) & (slope != 1))
            assert (low, high) == (min(slope, 1), max(slope, 1))


def test_the_norm_of_zeros_has_a_kink_where_it_is_a_cone() -> None:
    x = np.array([[0.0, 0.0, 0.0], [0.0, 0.0, 1e-3], [1.0, 0.0, 0.0]])
    for ord in (1, 1.5, 2, 3):
        for axis, tips in ((1, [True, False, False]), (None, [False] * 3)):
            ((mask, slopes),) = rules.norm.kinks(None, x, ord=ord, axis=axis, keepdims=False)
            np.testing.assert_array_equal(mask, np.repeat(np.array(tips)[:, None], 3, 1))
            assert slopes == (-1, 1)
    assert rules.norm.kinks(None, x, ord=0.5, axis=1, keepdims=False) == [None]


def test_a_function_of_pieces_is_asked_of_none() -> None:
    def never(x: Any) -> Any:
        raise AssertionError(f"asked of {x}")

    out: Any = np.piecewise(tensor(V), [V > 0, V < 0], [np.sin, never])
    np.testing.assert_array_equal(out.data, np.sin(V))


def test_far_from_0_a_polynomial_fits_as_well() -> None:
    x, y = 1e5 + V, drawn(4)
    p: Any = np.polyfit(tensor(x), y, 2)
    np.testing.assert_allclose(np.polyval(p.data, x), np.polyval(np.polyfit(x, y, 2), x), atol=1e-3)


def test_the_covariance_of_no_variables_is_empty() -> None:
    assert np.cov(tensor(np.zeros((0, 3)))).shape == np.cov(np.zeros((0, 3))).shape == (0, 0)


def test_a_correlation_is_never_beyond_1() -> None:
    generator = np.random.default_rng(0)
    beyond: Any = 0
    for _ in range(100):
        x = generator.normal(size=3)
        rows = np.stack([x, 3 * x, -x])
        beyond += np.count_nonzero(np.abs(np.cov(rows) / np.sqrt(np.outer(*[np.diag(np.cov(rows))] * 2))) > 1)
        out: Any = np.corrcoef(tensor(rows))
        assert (np.abs(out.data) <= 1).all()
    assert beyond


def test_beside_an_infinity_a_smooth_maximum_has_the_slopes_of_the_maximum() -> None:
    for add in (np.logaddexp, np.logaddexp2):
        for x, slopes in ((inf, (1, 0)), (-inf, (0, 1))):
            leaves = tensor(x, requires_grad=True), tensor(1.0, requires_grad=True)
            out: Any = add(*leaves)
            out.backward()
            assert tuple(float(grad(leaf)) for leaf in leaves) == slopes


def test_a_speed_of_0_stops_at_an_infinite_slope() -> None:
    with np.errstate(all="ignore"):
        assert vector.jvp(np.sqrt, (np.array([0.0, 4.0]),), (np.array([0.0, 1.0]),))[1].tolist() == [0, 0.25]


def test_a_jacobian_has_the_dtype_of_its_function() -> None:
    assert vector.jacobian(lambda x: x)(np.ones(2, np.float32)).dtype == np.float32


def test_how_fast_a_product_of_a_constant_moves_can_be_differentiated() -> None:
    def moved(x: Any) -> Any:
        return vector.jvp(lambda y: vector.einsum("i,i,ij->j", y, y, M), (x,), (t,))[1].sum()

    t = drawn(3)
    np.testing.assert_allclose(vector.grad(moved)(W), 2 * t * M.sum(1))


def test_exponentials_of_more_numbers_than_float16_holds_add_up() -> None:
    out: Any = vector.logsumexp(Tensor(np.zeros(70000, np.float16)))
    np.testing.assert_allclose(float(out.data), math.log(70000), 1e-3)
    assert out.dtype == np.float16


def test_the_rank_of_zeros_is_0() -> None:
    assert np.linalg.lstsq(tensor(np.zeros((3, 2))), np.ones(3))[2] == 0


def test_nothing_is_averaged_in_rows_of_numbers() -> None:
    for out in np.average(tensor(np.zeros((0, 3))), 1, returned=True):  # NumPy itself divides by 0
        assert out.shape == (0,)


def test_of_infinities_and_of_nothing_there_is_no_warning() -> None:
    with np.errstate(all="raise"):
        ours: Any = np.quantile(tensor([inf, inf, 1.0]), 0.75)
        assert vector.log_softmax(np.zeros((2, 0))).shape == (2, 0)
    with np.errstate(all="ignore"):
        np.testing.assert_array_equal(ours.data, np.quantile([inf, inf, 1.0], 0.75))


def test_a_recurrence_of_two_lengths_is_refused() -> None:
    with pytest.raises(ValueError, match=r"recurrence: expected a and b of one shape, got \(2,\) and \(3,\)"):
        rules.recurrence(np.ones(2), np.ones(3), axis=0)


@pytest.mark.filterwarnings("ignore:Degrees of freedom <= 0")
def test_a_variance_that_no_freedom_is_left_to_has_no_slope() -> None:
    x = tensor([1.0, 2.0], requires_grad=True)
    with np.errstate(all="ignore"):
        vector.var(x, ddof=2).backward()
    assert np.isnan(grad(x)).all()


def test_how_fast_a_product_moves_depends_on_the_speed() -> None:
    def moved(speed: Any) -> Any:
        return (vector.jvp(lambda x: x @ N, (M,), (speed,))[1] ** 2).sum()

    speed = drawn(3, 4)
    np.testing.assert_allclose(vector.grad(moved)(speed), 2 * speed @ N @ N.T)
