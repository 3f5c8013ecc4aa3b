"""Linear algebra where it is singular, and what it refuses."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import vector
from tests.checks import grad
from vector import linalg, tensor

RANK_ONE = np.outer([1.0, 2.0, -1.0], [3.0, 1.0, 2.0])
RANK_TWO = np.array([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0], [7.0, 8.0, 9.0]])


def minors(x: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    """The cofactors, by their definition."""
    n = len(x)
    out = np.empty((n, n))
    for i in range(n):
        for j in range(n):
            rest = np.delete(np.delete(x, i, 0), j, 1)
            out[i, j] = (-1) ** (i + j) * (np.linalg.det(rest) if n > 1 else 1)
    return out


@pytest.mark.parametrize(
    "x",
    [RANK_TWO, RANK_ONE, np.zeros((3, 3)), np.zeros((1, 1)), np.zeros((2, 2)), np.eye(3), np.diag([2.0, 0, 0, 5])],
    ids=["rank 2", "rank 1", "zero", "0", "2x2 zero", "identity", "diagonal"],
)
def test_det_has_its_cofactors_as_derivative_also_where_it_is_singular(x: np.ndarray[Any, Any]) -> None:
    np.testing.assert_allclose(vector.grad(linalg.det)(x), minors(x), atol=1e-13)


@pytest.mark.parametrize(
    "x", [RANK_TWO, RANK_ONE, np.zeros((3, 3)), np.eye(3)], ids=["rank 2", "rank 1", "zero", "one"]
)
def test_the_second_derivative_of_det_is_right_where_it_is_singular(x: np.ndarray[Any, Any]) -> None:
    """By differences of the cofactors, which are polynomials of degree 2: a central difference is exact."""
    hessian = vector.hessian(linalg.det)(x)
    for i, j in np.ndindex(3, 3):
        step = np.zeros((3, 3))
        step[i, j] = 1.0
        np.testing.assert_allclose(hessian[:, :, i, j], (minors(x + step) - minors(x - step)) / 2, atol=1e-12)


def test_det_of_an_empty_matrix() -> None:
    x = tensor(np.zeros((0, 0)), requires_grad=True)
    out = linalg.det(x)
    out.backward()
    assert out.item() == 1.0
    assert grad(x).shape == (0, 0)


@pytest.mark.parametrize("ord", [None, 1, 2, 3, np.inf, 0.5])
def test_a_norm_of_zero_has_gradient_zero(ord: Any) -> None:
    x = tensor(np.zeros(3), requires_grad=True)
    linalg.norm(x, ord).backward()
    np.testing.assert_array_equal(grad(x), np.zeros(3))


@pytest.mark.parametrize("ord", ["fro", "nuc", 1, 2, np.inf])
def test_a_norm_of_a_zero_matrix_is_no_nan(ord: Any) -> None:
    x = tensor(np.zeros((2, 3)), requires_grad=True)
    linalg.norm(x, ord).backward()
    assert np.isfinite(grad(x)).all()


def test_one_zero_row_does_not_disturb_the_norms_of_the_others() -> None:
    x = tensor([[3.0, 4.0], [0.0, 0.0]], requires_grad=True)
    linalg.norm(x, axis=1).sum().backward()
    np.testing.assert_allclose(grad(x), [[0.6, 0.8], [0.0, 0.0]])


def test_the_norm_of_zeros_is_in_the_convention_report() -> None:
    x = tensor([[3.0, 4.0], [0.0, 0.0]], requires_grad=True)
    (convention,) = linalg.norm(x, axis=1).sum().conventions()
    assert str(convention) == "norm: operand 0 has a slope in [−1, 1] in 2 places, the first at [1, 0], chosen 0"


def test_equal_eigenvalues_do_not_disturb_a_function_of_the_eigenvalues() -> None:
    x = tensor(np.eye(3), requires_grad=True)
    (linalg.eigvalsh(x) ** 2).sum().backward()
    np.testing.assert_allclose(grad(x), 2 * np.eye(3), atol=1e-15)
    x = tensor(np.eye(3), requires_grad=True)
    linalg.svdvals(x).sum().backward()
    np.testing.assert_allclose(grad(x), np.eye(3), atol=1e-15)


def test_equal_eigenvalues_are_not_silently_wrong_for_a_function_of_the_eigenvectors() -> None:
    """Setting 1/(wⱼ − wᵢ) to 0 would give a finite, wrong answer."""
    x = tensor(np.eye(2), requires_grad=True)
    w, v = linalg.eigh(x)
    ((v * np.exp(w)) @ v.T)[0, 1].backward()
    assert not np.isfinite(grad(x)).any()


def test_only_one_triangle_of_a_symmetric_matrix_is_read() -> None:
    x = np.array([[2.0, 100.0], [1.0, 3.0]])
    np.testing.assert_array_equal(linalg.eigvalsh(tensor(x)).data, np.linalg.eigvalsh(x))
    np.testing.assert_array_equal(linalg.cholesky(tensor(x)).data, np.linalg.cholesky(x))


@pytest.mark.parametrize("mode", ["full", "reduced"])
def test_a_factorisation_has_numpys_values_and_names(mode: str) -> None:
    x = np.random.default_rng(0).normal(size=(3, 3))
    symmetric = x + x.T
    assert np.linalg.svd(tensor(x), full_matrices=mode == "full")._fields == ("U", "S", "Vh")
    pairs = [
        (np.linalg.svd(tensor(x), mode == "full"), np.linalg.svd(x, mode == "full")),
        (np.linalg.qr(tensor(x)), np.linalg.qr(x)),
        (np.linalg.eigh(tensor(symmetric)), np.linalg.eigh(symmetric)),
        (np.linalg.slogdet(tensor(x)), np.linalg.slogdet(x)),
    ]
    for ours, theirs in pairs:
        assert getattr(ours, "_fields", None) == getattr(theirs, "_fields", None)
        for part, expected in zip(ours, theirs, strict=True):
            np.testing.assert_array_equal(np.asarray(part), expected)


@pytest.mark.parametrize("shape", [(4, 2), (2, 4), (3, 3)])
def test_lstsq_gives_what_numpy_gives(shape: tuple[int, int]) -> None:
    generator = np.random.default_rng(0)
    a, b = generator.normal(size=shape), generator.normal(size=shape[0])
    ours: Any = np.linalg.lstsq(tensor(a), b)
    theirs: Any = np.linalg.lstsq(a, b)
    for part, expected in zip(ours, theirs, strict=True):
        np.testing.assert_allclose(np.asarray(part), expected, atol=1e-13)


def test_lstsq_of_a_matrix_without_full_rank() -> None:
    a, b = RANK_ONE, np.array([1.0, 0.0, 2.0])
    ours, theirs = linalg.lstsq(tensor(a), b), np.linalg.lstsq(a, b)
    assert ours.rank == theirs[2] == 1
    assert np.shape(ours.residuals) == theirs[1].shape == (0,)
    np.testing.assert_allclose(ours.x.data, theirs[0], atol=1e-14)


def test_pinv_at_constant_rank() -> None:
    """Scaling keeps the rank: d/dt pinv(t·A) at t = 1 is −pinv(A)."""
    _, speed = vector.jvp(linalg.pinv, (RANK_ONE,), (RANK_ONE,))
    np.testing.assert_allclose(speed, -np.linalg.pinv(RANK_ONE), atol=1e-14)


@pytest.mark.parametrize("n", [0, 1])
def test_a_low_matrix_power(n: int) -> None:
    out = linalg.matrix_power(tensor(RANK_TWO), n)
    np.testing.assert_array_equal(np.asarray(out), np.linalg.matrix_power(RANK_TWO, n))


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (np.linalg.inv, r"Singular matrix"),
        (lambda x: np.linalg.svd(x[:, :2]), r"svd: expected full_matrices=False.*got shape \(3, 2\)"),
        (lambda x: np.linalg.svd(x, hermitian=True), r"np\.linalg\.svd of a Tensor.*got hermitian"),
        (lambda x: np.linalg.qr(x, mode="complete"), r"qr: expected mode 'reduced' or 'r'.*got 'complete'"),
        (lambda x: linalg.norm(x, "max"), r"norm: expected a matrix's ord in .*got 'max'"),
        (lambda x: np.linalg.norm(x[0], "fro"), r"norm: expected a number as a vector's ord, got 'fro'"),
        (lambda x: np.linalg.norm(x[None], 2), r"norm: expected one axis or two, got \(0, 1, 2\)"),
        (np.linalg.eig, r"np\.linalg\.eig has no .*, for its numbers may be complex, .*write np\.linalg\.eigh"),
    ],
    ids=["inv", "full svd", "hermitian svd", "complete qr", "ord", "vector ord", "axes", "eig"],
)
def test_what_has_no_derivative_is_refused(call: Callable[[Any], Any], message: str) -> None:
    with pytest.raises((TypeError, ValueError, np.linalg.LinAlgError), match=message):
        call(vector.Tensor(np.zeros((3, 3)), requires_grad=True))


def test_the_rank_is_a_plain_number() -> None:
    assert np.linalg.matrix_rank(tensor(RANK_TWO, requires_grad=True)) == 2
