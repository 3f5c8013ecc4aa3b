"""Polynomials, as vectors of coefficients with the highest power first."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from vector import rules
from vector.arrays import operand
from vector.functions.linalg import lstsq
from vector.functions.operand import cast, detached, floating
from vector.functions.product import convolve
from vector.functions.shape import atleast_1d, ravel, reshape, vander
from vector.rules.cumulative import part


def poly(seq_of_zeros: Any) -> Any:
    """The coefficients of Π(x − rᵢ), from the zeros rᵢ.

    Raises ValueError: anything but a vector; a matrix would need its eigenvalues, which may be complex.
    """
    zeros = atleast_1d(floating(seq_of_zeros))
    if zeros.ndim != 1:
        raise ValueError(f"poly: expected a vector of zeros, got shape {zeros.shape}")
    zeros = cast(zeros, np.float64) if zeros.dtype == np.float16 else zeros
    out = np.ones(1, zeros.dtype)
    for i in range(zeros.shape[0]):
        out = convolve(out, rules.concatenate(np.ones(1, zeros.dtype), -zeros[i : i + 1]))
    return out


def polyadd(x: Any, y: Any) -> Any:
    """The coefficients of the sum of two polynomials."""
    return rules.add(*_aligned(x, y))


def polysub(x: Any, y: Any) -> Any:
    """The coefficients of the difference of two polynomials."""
    return rules.subtract(*_aligned(x, y))


def polymul(x: Any, y: Any) -> Any:
    """The coefficients of the product of two polynomials, without leading zeros, whose factors have gradients too."""
    x, y = (z if z.shape[0] else np.zeros(1, z.dtype) for z in map(atleast_1d, (x, y)))
    return convolve(x, y)[sum(int(np.argmax([*(detached(z)[:-1] != 0), True])) for z in (x, y)) :]


def polyder(p: Any, m: int = 1) -> Any:
    """The coefficients of the m-th derivative.

    Raises ValueError: m < 0.
    """
    p = _order(p, m)
    for _ in range(m):
        p = part(p, 0, None, -1) * np.arange(p.shape[0] - 1, 0, -1)
    return p


def polyint(p: Any, m: int = 1, k: Any = None) -> Any:
    """The coefficients of the m-th antiderivative.

    k: the m constants of integration, the first one integrated most often; or one for all; 0 by default.

    Raises ValueError: m < 0, or k has more than one number and fewer than m.
    """
    p = _order(p, m)
    constants = np.zeros(m) if k is None else atleast_1d(operand(k))
    if constants.shape == (1,):
        constants = rules.broadcast_to(constants, shape=(m,))
    if constants.shape[0] < m:
        raise ValueError(f"polyint: expected one constant of integration, or m == {m}, got shape {constants.shape}")
    for i in range(m):
        whole = p / np.arange(p.shape[0], 0, -1)
        p = rules.concatenate(whole, reshape(constants[i], (1,)), axis=0)
    return p


def polyfit(x: Any, y: Any, deg: int, rcond: float | None = None, *, w: Any = None) -> Any:
    """The coefficients of the polynomial of degree deg that fits y = f(x) with the least sum of squares.

    Args:
        x: (n,), the places.
        y: (n,) or (n, k), the values there.
        deg: the degree.
        rcond: as for `lstsq`; n times machine epsilon by default.
        w: (n,), weights of the residuals, which are multiplied before they are squared.
    """
    x, y = floating(x), operand(y)
    left: Any = vander(x, deg + 1)
    if w is not None:
        w = reshape(w, (-1, 1))
        left, y = left * w, y * (w if y.ndim == 2 else ravel(w))
    scale = rules.sqrt(rules.sum(left * left, axis=0))
    tolerance = x.shape[0] * float(np.finfo(x.dtype).eps) if rcond is None else rcond
    return lstsq(left / scale, y, tolerance).x / (scale if y.ndim == 1 else reshape(scale, (-1, 1)))


def _aligned(*polynomials: Any) -> Sequence[Any]:
    """The coefficients with zeros in front, until all have the same number."""
    vectors = [atleast_1d(operand(p)) for p in polynomials]
    size = max(p.shape[0] for p in vectors)
    return [rules.pad(p, width=((size - p.shape[0], 0),), mode="constant") for p in vectors]


def _order(p: Any, m: int) -> Any:
    """The coefficients to differentiate or to integrate m times."""
    if m < 0:
        raise ValueError(f"expected an order m >= 0, got {m}")
    return atleast_1d(operand(p))
