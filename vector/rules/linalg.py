"""Inverses, determinants and factorisations of matrices, one or a batch of them in the last two axes.

Sources: Giles, "Collected matrix derivative results for forward and reverse mode algorithmic differentiation" (2008),
for inv, solve and det; Murray, "Differentiation of the Cholesky decomposition" (2016); Walter & Lehmann, "Algorithmic
differentiation of linear algebra functions" (2010), for qr and eigh; Townsend, "Differentiating the singular value
decomposition" (2016); Golub & Pereyra, "The differentiation of pseudo-inverses and nonlinear least squares problems
whose variables separate" (1973).

A factorisation gives several matrices, and an operation one array: `pack` lays them side by side.
"""

import itertools
import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from vector.op import Op
from vector.rules.product import transposed


def _column(x: Any) -> Any:
    return x[..., None]


def _matrix(x: Any) -> Any:
    """A number for each matrix of a batch, to be multiplied by that matrix."""
    return x[..., None, None]


def _quotient(x: Any, y: Any) -> Any:
    """x / y, where 0/0 is 0: the sweep asks nothing there of two equal eigenvalues."""
    return x / np.where(x == 0, 1, y)


def pack(parts: Sequence[Any], axes: Sequence[int]) -> Any:
    """Several arrays of one batch as one, flat but for the batch; part i has axes[i] axes of its own."""
    shapes = [(x.shape[: x.ndim - n], x.shape[x.ndim - n :]) for x, n in zip(parts, axes, strict=True)]
    flat = [np.reshape(x, (*batch, math.prod(own))) for x, (batch, own) in zip(parts, shapes, strict=True)]
    return np.concatenate(flat, axis=-1)


def unpack(packed: Any, *shapes: tuple[int, ...]) -> list[Any]:
    """The parts of `pack`, of the given shapes after the batch's."""
    ends = itertools.accumulate(map(math.prod, shapes))
    parts = [packed[..., end - math.prod(shape) : end] for end, shape in zip(ends, shapes, strict=True)]
    return [np.reshape(part, (*packed.shape[:-1], *shape)) for part, shape in zip(parts, shapes, strict=True)]


def _solved(x: Any, y: Any) -> Any:
    """np.linalg.solve, with NaN for a singular matrix: that there is no gradient is no failure of a backward pass."""
    try:
        return np.linalg.solve(x, y)
    except np.linalg.LinAlgError:
        if x.ndim > 2:
            return np.stack([*map(_solved, x, y)])
        return np.full(y.shape, math.nan, y.dtype)


def _solve_right(g: Any, out: Any, x: Any, y: Any) -> Any:
    """B̄ = A⁻ᵀ·X̄ (Giles 2.3.1)."""
    if y.ndim == 1:
        return _solved(transposed(x), _column(g))[..., 0]
    return _solved(transposed(x), g)


def _solve_left(g: Any, out: Any, x: Any, y: Any) -> Any:
    """Ā = −B̄·Xᵀ (Giles 2.3.1)."""
    right = _solve_right(g, out, x, y)
    return -_column(right) * out[..., None, :] if y.ndim == 1 else -right @ transposed(out)


def _pinv_vjp(g: Any, out: Any, x: Any, *, rcond: Any) -> Any:
    """X̄ = −Pᵀ·P̄·Pᵀ + (I − XP)·P̄ᵀ·PPᵀ + PᵀP·P̄ᵀ·(I − PX), at constant rank (Golub & Pereyra, theorem 4.3)."""
    p, pt, gt = out, transposed(out), transposed(g)
    outside = gt @ p @ pt
    inside = pt @ p @ gt
    return -pt @ g @ pt + (outside - x @ p @ outside) + (inside - inside @ p @ x)


def _frames(x: Any) -> tuple[Any, Any, Any, Any]:
    """U, the singular values, Vᵀ, and det U·det V, which is 1 or −1."""
    u, s, vt = _svd(x)
    return u, s, vt, np.sign(np.linalg.det(u) * np.linalg.det(vt))


def _cofactor(x: Any) -> Any:
    """det(X)·X⁻ᵀ without a division: U·diag(Π of the other singular values)·Vᵀ, right for singular matrices too."""
    u, s, vt, sign = _frames(x)
    others = np.prod(np.where(np.eye(s.shape[-1], dtype=bool), 1, s[..., None, :]), axis=-1)
    return _matrix(sign) * ((u * others[..., None, :]) @ vt)


def _cofactor_vjp(g: Any, out: Any, x: Any) -> Any:
    """For a diagonal Σ, with Pᵢⱼ = Π of the σ but σᵢ and σⱼ: dCᵢᵢ = Σⱼ Pᵢⱼ dΣⱼⱼ and dCᵢⱼ = −Pᵢⱼ dΣⱼᵢ."""
    u, s, vt, sign = _frames(x)
    eye = np.eye(s.shape[-1], dtype=bool)
    others = np.prod(np.where(eye[:, None] | eye, 1, s[..., None, None, :]), axis=-1) * ~eye
    turned = _matrix(sign) * (transposed(u) @ g @ transposed(vt))
    along = others @ _column(np.diagonal(turned, axis1=-2, axis2=-1))
    return u @ (along * eye - others * transposed(turned)) @ vt


def _logabsdet_vjp(g: Any, out: Any, x: Any) -> Any:
    """X̄ = ḡ·X⁻ᵀ (Giles 2.3.1); NaN where X is singular: there det X = 0 has a gradient, but its logarithm none."""
    eye = np.broadcast_to(np.eye(x.shape[-1], dtype=x.dtype), x.shape)
    return _matrix(g) * _solved(transposed(x), eye)


def _cholesky_vjp(g: Any, out: Any, x: Any) -> Any:
    """X̄ = ½ L⁻ᵀ·(P + Pᵀ)·L⁻¹, P = Φ(LᵀL̄): the lower triangle with half its diagonal (Murray, equation 10)."""
    lower = np.tril(transposed(out) @ g)
    both = lower + transposed(np.tril(lower, -1))
    return 0.5 * _solved(transposed(out), transposed(_solved(transposed(out), both)))


def _qr(x: Any) -> Any:
    """Of a matrix that is not wide; `vector.functions.linalg.qr` takes the others apart."""
    if x.shape[-1] > x.shape[-2]:
        raise ValueError(f"qr: expected at least as many rows as columns, got shape {x.shape}")
    return pack(np.linalg.qr(x), (2, 2))


def _qr_vjp(g: Any, out: Any, x: Any) -> Any:
    """X̄ = (Q̄ + Q·sym(M))·R⁻ᵀ, M = R·R̄ᵀ − Q̄ᵀ·Q, sym its lower triangle mirrored (Walter & Lehmann, 4.1)."""
    m, n = x.shape[-2:]
    (q, r), (gq, gr) = unpack(out, (m, n), (n, n)), unpack(g, (m, n), (n, n))
    middle = r @ transposed(gr) - transposed(gq) @ q
    mirrored = np.tril(middle) + transposed(np.tril(middle, -1))
    return transposed(_solved(r, transposed(gq + q @ mirrored)))


def _eigh_vjp(g: Any, out: Any, x: Any, *, UPLO: str) -> Any:
    """X̄ = V·(diag w̄ + (VᵀV̄)ᵢⱼ / (wⱼ − wᵢ))·Vᵀ, made symmetric (Giles 3.1)."""
    n = x.shape[-1]
    (w, v), (gw, gv) = unpack(out, (n,), (n, n)), unpack(g, (n,), (n, n))
    eye = np.eye(n, dtype=bool)
    middle = _quotient(transposed(v) @ gv * ~eye, w[..., None, :] - _column(w)) + _column(gw) * eye
    full = v @ middle @ transposed(v)
    return 0.5 * (full + transposed(full))


def _svd(x: Any) -> Any:
    """np.linalg.svd, with NaN for a matrix that is not finite, on which LAPACK may never return."""
    finite = np.isfinite(x).all(axis=(-2, -1))
    if finite.all():
        return np.linalg.svd(x, full_matrices=False)
    u, s, vt = np.linalg.svd(np.where(_matrix(finite), x, 0), full_matrices=False)
    return (*(np.where(at, y, math.nan) for at, y in ((_matrix(finite), u), (_column(finite), s))), vt)


def _svd_vjp(g: Any, out: Any, x: Any) -> Any:
    """X̄ = U·(diag s̄ + [(J − Jᵀ)S + S(K − Kᵀ)]ᵢⱼ / (sⱼ² − sᵢ²))·Vᵀ, with J = UᵀŪ and K = VᵀV̄ (Townsend).

    A matrix that is not square adds what moves U, or V, out of its own columns.
    """
    m, n = x.shape[-2:]
    k = min(m, n)
    (u, s, vt), (gu, gs, gvt) = unpack(out, (m, k), (k,), (k, n)), unpack(g, (m, k), (k,), (k, n))
    row, column = s[..., None, :], _column(s)
    j, k_ = transposed(u) @ gu, vt @ transposed(gvt)
    twist = (j - transposed(j)) * row + column * (k_ - transposed(k_))
    full = u @ (_quotient(twist, (row - column) * (row + column)) + _column(gs) * np.eye(k, dtype=bool)) @ vt
    if m > n:
        full = full + _quotient(gu - u @ j, row) @ vt
    if n > m:
        full = full + u @ _quotient(gvt - transposed(k_) @ vt, column)
    return full


def _norm_vjp(g: Any, out: Any, x: Any, *, ord: float, axis: Any, keepdims: bool) -> Any:
    """x̄ = ḡ·sign(x)·(|x| / ‖x‖)ᵖ⁻¹, and 0 where the norm is 0: the middle of its subgradients, PyTorch's choice."""
    if not keepdims:
        axes = tuple(range(x.ndim)) if axis is None else axis
        g, out = np.expand_dims(g, axes), np.expand_dims(out, axes)
    unit = x / np.where(out == 0, 1, out)
    slope = unit if ord == 2 else np.sign(x) * np.abs(unit) ** (ord - 1)
    return g * np.where(out == 0, 0, slope)


def _of_zeros(out: Any, x: Any, *, ord: float, axis: Any, keepdims: bool) -> Any:
    """The vectors of zeros, at the tip of the norm's cone."""
    tips = np.broadcast_to(np.linalg.vector_norm(x, ord=ord, axis=axis, keepdims=True) == 0, x.shape)
    return [(tips, (-1, 1)) if ord >= 1 else None]


# X̄ = −Yᵀ·Ȳ·Yᵀ for Y = X⁻¹ (Giles 2.2.3).
inv = Op("inv", np.linalg.inv, [lambda g, out, x: -transposed(out) @ g @ transposed(out)])
solve = Op("solve", np.linalg.solve, [_solve_left, _solve_right])
pinv = Op("pinv", lambda x, *, rcond: np.linalg.pinv(x, rcond), [_pinv_vjp])
cofactor = Op("cofactor", _cofactor, [_cofactor_vjp])
det = Op("det", np.linalg.det, [lambda g, out, x: _matrix(g) * cofactor(x)])
logabsdet = Op("log|det|", lambda x: np.linalg.slogdet(x)[1], [_logabsdet_vjp])
cholesky = Op("cholesky", np.linalg.cholesky, [_cholesky_vjp])
qr = Op("qr", _qr, [_qr_vjp])
eigh = Op("eigh", lambda x, *, UPLO: pack(np.linalg.eigh(x, UPLO), (1, 2)), [_eigh_vjp])
svd = Op("svd", lambda x: pack(_svd(x), (2, 1, 2)), [_svd_vjp])
norm = Op(
    "norm", np.linalg.vector_norm, [_norm_vjp], kinks=_of_zeros,
    plain=lambda x, *, ord, **axes: np.sum(np.abs(x) ** ord, **axes) ** (1 / ord),
)  # fmt: skip
