"""Linear algebra, as in `np.linalg`: of a matrix, or of a batch of them in the last two axes."""

import builtins
import math
import operator
import string
from collections import namedtuple
from collections.abc import Sequence
from typing import Any

import numpy as np

from vector import rules
from vector.arrays import operand
from vector.functions import product, shape
from vector.functions.operand import Axis, cast, common_type, detached, floating, named
from vector.functions.product import outer, tensordot, vecdot
from vector.functions.reduction import max, min, sum
from vector.functions.shape import matrix_transpose
from vector.rules.linalg import unpack
from vector.rules.product import matmul

# What the functions of these names give.
Lstsq = namedtuple("Lstsq", "x residuals rank s")
Slogdet = namedtuple("Slogdet", "sign logabsdet")
QR = namedtuple("QR", "Q R")
Eigh = namedtuple("Eigh", "eigenvalues eigenvectors")
SVD = namedtuple("SVD", "U S Vh")


def inv(x: Any) -> Any:
    """The inverse matrix.

    Raises numpy.linalg.LinAlgError: a singular matrix.
    """
    return rules.inv(operand(x))


def solve(a: Any, b: Any) -> Any:
    """The x for which a @ x = b.

    a: (..., n, n), square matrices. b: (n,), or (..., n, k).

    Raises numpy.linalg.LinAlgError: a singular matrix.
    """
    return rules.solve(operand(a), operand(b))


def pinv(x: Any, rcond: Any = None, *, rtol: Any = None) -> Any:
    """The Moore–Penrose inverse; its derivative is that at constant rank.

    Args:
        x: (..., m, n) → (..., n, m).
        rcond: singular values up to rcond times the largest count as 0; by default as in NumPy.
        rtol: the same, under the array standard's name.
    """
    return rules.pinv(operand(x), rcond=rcond if rtol is None else rtol)


def lstsq(a: Any, b: Any, rcond: float | None = None) -> Lstsq:
    """The x that makes ‖a @ x − b‖ least, and of these the shortest; its derivative is that at constant rank.

    Args:
        a: (m, n).
        b: (m,) or (m, k).
        rcond: singular values up to rcond times the largest count as 0; machine epsilon times max(m, n) by default.

    Returns x; the sums of squares that remain, empty where NumPy's are; the rank; the singular values.
    """
    a, b = floating(a), floating(b)
    dtype = common_type(a, b)
    a, b = cast(a, dtype), cast(b, dtype)
    m, n = a.shape
    s = svdvals(a)
    rcond = float(np.finfo(a.dtype).eps) * builtins.max(m, n) if rcond is None else rcond
    rank = int(np.sum(detached(s) > rcond * detached(s).max(initial=0)))
    x = matmul(pinv(a, rcond), b)
    missed = matmul(a, x) - b
    left = shape.atleast_1d(sum(missed * missed, axis=0)) if rank == n < m else np.zeros(0, a.dtype)
    return Lstsq(x, left, rank, s)


def tensorinv(x: Any, ind: int = 2) -> Any:
    """The inverse of x as a map from its last axes to its first `ind` ones."""
    x = operand(x)
    first, last = x.shape[:ind], x.shape[ind:]
    return shape.reshape(inv(shape.reshape(x, (math.prod(first), math.prod(last)))), last + first)


def tensorsolve(a: Any, b: Any, axes: Sequence[int] | None = None) -> Any:
    """The x for which tensordot(a, x, x.ndim) = b, after a's axes `axes` are moved to its end."""
    a, b = operand(a), operand(b)
    a = shape.moveaxis(a, axes, range(-len(axes), 0)) if axes else a
    last = a.shape[b.ndim :]
    return shape.reshape(solve(shape.reshape(a, (b.size, math.prod(last))), shape.ravel(b)), last)


def matrix_power(x: Any, n: int) -> Any:
    """x @ x @ … @ x, n times; of the inverse for n < 0."""
    x, n = operand(x), operator.index(n)
    if n < 0:
        x, n = inv(x), -n
    if n == 3:
        return matmul(matmul(x, x), x)  # in NumPy's order, which tells where infinities meet zeros
    result = None
    while n:
        n, odd = divmod(n, 2)
        if odd:
            result = x if result is None else matmul(result, x)
        if n:
            x = matmul(x, x)
    return rules.broadcast_to(np.eye(x.shape[-1], dtype=x.dtype), shape=x.shape) if result is None else result


def det(x: Any) -> Any:
    """The determinant; its derivative is the matrix of cofactors, also where x is singular."""
    return rules.det(operand(x))


def slogdet(x: Any) -> Slogdet:
    """The determinant's sign, an array without a gradient, and ln |det x|, which does not overflow.

    Of a singular matrix the gradient is NaN.
    """
    x = operand(x)
    return Slogdet(np.linalg.slogdet(detached(x))[0], rules.logabsdet(x))


def cholesky(x: Any, *, upper: bool = False) -> Any:
    """The lower triangular L with L @ Lᵀ = x, or with `upper` its transpose; x's gradient is symmetric.

    Raises numpy.linalg.LinAlgError: a matrix that is not positive definite.
    """
    x = operand(x)
    return matrix_transpose(rules.cholesky(matrix_transpose(x))) if upper else rules.cholesky(x)


def qr(x: Any, mode: str = "reduced") -> Any:
    """Q with orthonormal columns and R upper triangular, Q @ R = x.

    x: (..., m, n) → Q (..., m, k), R (..., k, n), k = min(m, n). mode: "reduced", or "r" for R alone.

    Where the first k columns of x depend on each other, the gradient is NaN.

    Raises ValueError: another mode; with "complete", the columns of Q beyond x's are arbitrary and have no derivative.
    """
    if mode not in ("reduced", "r"):
        raise ValueError(f"qr: expected mode 'reduced' or 'r', the ones with a derivative, got {mode!r}; choose one")
    x = operand(x)
    m, n = x.shape[-2:]
    k = builtins.min(m, n)
    q, r = unpack(rules.qr(x[..., :k]), (m, k), (k, k))
    if n > k:
        r = rules.concatenate(r, matmul(matrix_transpose(q), x[..., k:]), axis=-1)
    return r if mode == "r" else QR(q, r)


def eigh(x: Any, UPLO: str = "L") -> Eigh:
    """The eigenvalues of a symmetric matrix, in ascending order, and its eigenvectors, as columns.

    x: (..., n, n), of which only the lower ("L") or upper ("U") triangle is read; its gradient is symmetric.
    UPLO: which triangle.

    The eigenvectors' derivative needs eigenvalues that differ: else it is infinite or NaN where it is used.
    """
    x = operand(x)
    n = x.shape[-1]
    return Eigh(*unpack(rules.eigh(x, UPLO=UPLO), (n,), (n, n)))


def eigvalsh(x: Any, UPLO: str = "L") -> Any:
    """The eigenvalues of a symmetric matrix, in ascending order; see `eigh`."""
    return eigh(x, UPLO).eigenvalues


def svd(x: Any, full_matrices: bool = True, compute_uv: bool = True) -> Any:
    """U with orthonormal columns, the singular values s in descending order, and Vᵀ: (U * s) @ Vᵀ = x.

    Args:
        x: (..., m, n) → U (..., m, k), s (..., k), Vᵀ (..., k, n), k = min(m, n).
        full_matrices: NumPy's default, True, asks for a square U and V, which only a square x can give here.
        compute_uv: False for the singular values alone.

    U's and V's derivatives need singular values that differ: else they are infinite or NaN where they are used.

    Raises ValueError: full matrices of an x that is not square: their additional columns are arbitrary and have no
    derivative.
    """
    x = operand(x)
    m, n = x.shape[-2:]
    if full_matrices and compute_uv and m != n:
        raise ValueError(
            f"svd: expected full_matrices=False for a matrix that is not square, got shape {x.shape}; write it: "
            "the additional columns of U or V are arbitrary and have no derivative"
        )
    k = builtins.min(m, n)
    parts = SVD(*unpack(rules.svd(x), (m, k), (k,), (k, n)))
    return parts if compute_uv else parts.S


def svdvals(x: Any) -> Any:
    """The singular values, in descending order."""
    return svd(x, compute_uv=False)


def norm(x: Any, ord: Any = None, axis: Axis = None, keepdims: bool = False) -> Any:
    """The norm of a vector or a matrix; of the flat x when neither `ord` nor `axis` is given.

    Args:
        x: array of any shape.
        ord: of vectors: p for (Σ|xᵢ|ᵖ)^(1/p), inf, -inf, or 0 for the number of elements that are not 0; 2 by default.
            Of matrices: "fro" (the default), "nuc", or 1, -1, 2, -2, inf, -inf as in NumPy.
        axis: one axis, of vectors, or two, of matrices; all by default.
        keepdims: keep the axes with size 1.

    A norm of 0 has gradient 0; elements that tie for a maximum share the gradient equally.
    """
    x = operand(x)
    if axis is None and ord is None:
        return vector_norm(x, keepdims=keepdims)
    axes = named(axis, x.ndim)
    if len(axes) == 1:
        return vector_norm(x, axis=axes[0], keepdims=keepdims, ord=2 if ord is None else ord)
    if len(axes) != 2:
        raise ValueError(f"norm: expected one axis or two, got {axes}")
    return _matrix_norm(x, "fro" if ord is None else ord, axes, keepdims)


def vector_norm(x: Any, *, axis: Axis = None, keepdims: bool = False, ord: Any = 2) -> Any:
    """The norm of vectors along the given axes, all by default; see `norm` for `ord`."""
    x = floating(x)
    axis, ord = axis if axis is None else named(axis, x.ndim), 2 if ord is None else ord
    if ord in (math.inf, -math.inf):
        more = {"initial": 0} if ord > 0 and not x.size else {}  # the largest number of none
        return (max if ord > 0 else min)(rules.absolute(x), axis=axis, keepdims=keepdims, **more)
    if ord == 0:
        return sum(rules.where(np.isnan(x), 1, rules.absolute(rules.sign(x))), axis=axis, keepdims=keepdims)
    if ord == 1:
        return sum(rules.absolute(x), axis=axis, keepdims=keepdims)
    if isinstance(ord, str):
        raise ValueError(f"norm: expected a number as a vector's ord, got {ord!r}")
    return rules.norm(x, ord=ord, axis=axis, keepdims=keepdims)


def matrix_norm(x: Any, *, keepdims: bool = False, ord: Any = "fro") -> Any:
    """The norm of the matrices in the last two axes; see `norm` for `ord`."""
    return _matrix_norm(x, ord, (-2, -1), keepdims)


def _matrix_norm(x: Any, ord: Any, axes: tuple[int, ...], keepdims: bool) -> Any:
    x = floating(x)
    if ord in (None, "fro"):
        return rules.norm(x, ord=2, axis=axes, keepdims=keepdims)
    matrices = shape.moveaxis(x, axes, (-2, -1))
    if ord in (2, -2, "nuc"):
        s = svdvals(matrices)
        out = sum(s if ord == "nuc" else s[..., :1] if ord == 2 else s[..., -1:], axis=-1)
    elif ord in (1, -1, math.inf, -math.inf):
        lines = sum(rules.absolute(matrices), axis=-2 if ord in (1, -1) else -1)
        out = vector_norm(lines, axis=-1, ord=math.copysign(math.inf, ord))
    else:
        raise ValueError(f"norm: expected a matrix's ord in 'fro', 'nuc', 1, -1, 2, -2, inf, -inf, got {ord!r}")
    return shape.expand_dims(out, tuple(axis % x.ndim for axis in axes)) if keepdims else out


def cond(x: Any, p: Any = None) -> Any:
    """The condition number ‖x‖·‖x⁻¹‖ in the norm p of matrices, 2 by default: the ratio of the extreme σ."""
    x = operand(x)
    if p in (None, 2, -2):
        s = svdvals(x)
        return s[..., -1] / s[..., 0] if p == -2 else s[..., 0] / s[..., -1]
    return matrix_norm(x, ord=p) * matrix_norm(inv(x), ord=p)


def multi_dot(arrays: Sequence[Any]) -> Any:
    """The product of a chain of matrices, in the order that costs least; its ends may be vectors."""
    arrays = [operand(x) for x in arrays]
    names = [string.ascii_letters[i : i + 2] for i in range(len(arrays))]
    names[0], names[-1] = names[0][-arrays[0].ndim :], names[-1][: arrays[-1].ndim]
    return product.einsum(f"{','.join(names)}->{names[0][:-1]}{names[-1][1:]}", *arrays, optimize=True)


def cross(x: Any, y: Any, *, axis: int = -1) -> Any:
    """x × y of vectors in space, along an axis."""
    return product.cross(x, y, axis, axis, axis)


def diagonal(x: Any, *, offset: int = 0) -> Any:
    """The offset-th diagonal of the matrices in the last two axes."""
    return shape.diagonal(x, offset, -2, -1)


def trace(x: Any, *, offset: int = 0, dtype: Any = None) -> Any:
    """Sum of a diagonal of the matrices in the last two axes."""
    return shape.trace(x, offset, -2, -1, dtype)


__all__ = [
    "cholesky", "cond", "cross", "det", "diagonal", "eigh", "eigvalsh", "inv", "lstsq", "matmul", "matrix_norm",
    "matrix_power", "matrix_transpose", "multi_dot", "norm", "outer", "pinv", "qr", "slogdet", "solve", "svd",
    "svdvals", "tensordot", "tensorinv", "tensorsolve", "trace", "vecdot", "vector_norm",
]  # fmt: skip
