"""Sums of products."""

import string
from collections.abc import Sequence
from operator import index
from typing import Any

import numpy as np
from numpy.lib.array_utils import normalize_axis_tuple

from vector import rules
from vector.arrays import operand
from vector.functions.elementwise import where
from vector.functions.operand import cast, common_type, detached
from vector.functions.shape import atleast_1d, flip, moveaxis, ravel, reshape


def dot(x: Any, y: Any) -> Any:
    """The sum of products over the last axis of x and the last but one of y (of a vector: its only one)."""
    x, y = operand(x), operand(y)
    if x.ndim == 0 or y.ndim == 0:
        return rules.multiply(x, y)
    if x.ndim <= 2 and y.ndim <= 2:
        return rules.matmul(x, y)
    return tensordot(x, y, (-1, -1 if y.ndim == 1 else -2))


def inner(x: Any, y: Any) -> Any:
    """The sum of products over the last axis of both."""
    x, y = operand(x), operand(y)
    if x.ndim == 0 or y.ndim == 0:
        return rules.multiply(x, y)
    return tensordot(x, y, (-1, -1))


def outer(x: Any, y: Any) -> Any:
    """xᵢ·yⱼ of the flat x and y."""
    return rules.multiply(reshape(x, (-1, 1)), ravel(y))


def vdot(x: Any, y: Any) -> Any:
    """Σᵢ xᵢ·yᵢ of the flat x and y."""
    common_type(x, y)  # refuses complex numbers, of which NumPy would take conjugates
    return rules.matmul(ravel(x), ravel(y))


def vecdot(x: Any, y: Any, axis: int = -1, *, keepdims: bool = False) -> Any:
    """Σᵢ xᵢ·yᵢ along an axis of each, of a batch of vectors; with `keepdims` it stays, with size 1.

    Raises ValueError: vectors of different sizes.
    """
    x, y = (moveaxis(z, index(axis), -1) if axis != -1 else z for z in map(operand, (x, y)))
    if x.shape[-1:] != y.shape[-1:] or not x.shape:
        raise ValueError(f"vecdot: expected vectors of one size, got shapes {x.shape} and {y.shape}, axis {axis}")
    out = cast(rules.sum(rules.multiply(x, y), axis=-1, keepdims=keepdims), common_type(x, y))
    return moveaxis(out, -1, axis) if keepdims else out


def matvec(x: Any, y: Any) -> Any:
    """Σⱼ xᵢⱼ·yⱼ of a batch of matrices x and a batch of vectors y."""
    return rules.matmul(operand(x), operand(y)[..., None])[..., 0]


def vecmat(x: Any, y: Any) -> Any:
    """Σᵢ xᵢ·yᵢⱼ of a batch of vectors x and a batch of matrices y."""
    return rules.matmul(cast(x, common_type(x, y))[..., None, :], operand(y))[..., 0, :]


def tensordot(x: Any, y: Any, axes: Any = 2) -> Any:
    """The sum of products over axes of x and y: the last n of x and the first n of y, or those named, in pairs.

    Raises ValueError: not as many axes on both sides, or of other sizes.
    """
    x, y = operand(x), operand(y)
    left, right = (range(-axes, 0), range(axes)) if hasattr(axes, "__index__") else axes
    left, right = normalize_axis_tuple(left, x.ndim), normalize_axis_tuple(right, y.ndim)
    sizes = [x.shape[i] for i in left], [y.shape[i] for i in right]
    if sizes[0] != sizes[1]:
        raise ValueError(f"tensordot: expected axes of the same sizes on both sides, got {sizes[0]} and {sizes[1]}")
    names = list(range(x.ndim + y.ndim))
    of_x, of_y = names[: x.ndim], names[x.ndim :]
    for i, j in zip(left, right, strict=True):
        of_y[j] = of_x[i]
    kept = [name for name in of_x + of_y if (of_x + of_y).count(name) == 1]
    return einsum(x, of_x, y, of_y, kept, optimize=True)


def kron(x: Any, y: Any) -> Any:
    """The Kronecker product: every element of x times the whole of y, in x's place."""
    x, y = operand(x), operand(y)
    ndim = max(x.ndim, y.ndim)
    of_x, of_y = ((1,) * (ndim - z.ndim) + z.shape for z in (x, y))
    x = reshape(x, [n for size in of_x for n in (size, 1)])
    y = reshape(y, [n for size in of_y for n in (1, size)])
    return reshape(rules.multiply(x, y), tuple(m * n for m, n in zip(of_x, of_y, strict=True)))


def cross(x: Any, y: Any, axisa: int = -1, axisb: int = -1, axisc: int = -1, axis: int | None = None) -> Any:
    """x × y of vectors in space, along axis axisa of x and axisb of y; the result's vectors lie along axisc.

    Raises ValueError: vectors that have not three components.
    """
    if axis is not None:
        axisa = axisb = axisc = axis
    x, y = moveaxis(operand(x), axisa, -1), moveaxis(operand(y), axisb, -1)
    if not x.shape[-1] == y.shape[-1] == 3:
        raise ValueError(f"cross: expected vectors of three components, got {x.shape[-1]} and {y.shape[-1]}")
    after, before = [1, 2, 0], [2, 0, 1]
    return moveaxis(x[..., after] * y[..., before] - x[..., before] * y[..., after], -1, axisc)


def einsum(*operands: Any, optimize: Any = False) -> Any:
    """The sum of products that Einstein's subscripts describe: `einsum("ij,jk->ik", x, y)` is x @ y.

    operands: the subscripts and the arrays; or array, list of numbers, array, list, … and the result's list. All of
    NumPy's forms: without "->" the subscripts that stand once, in alphabetical order, remain; "..." is any number of
    axes, broadcast; "ii" is a diagonal.
    optimize: as in NumPy, how to split a product of several arrays into products of two.

    Raises ValueError: subscripts that do not fit the arrays.
    """
    if not isinstance(operands[0], str):
        operands = _from_lists(*operands)
    subscripts, *arrays = operands
    arrays = [operand(x) for x in arrays]
    return rules.einsum(*arrays, subscripts=_explicit(subscripts, [x.ndim for x in arrays]), optimize=optimize)


def _from_lists(*operands: Any) -> tuple[Any, ...]:
    """`x, [0, 1], y, [1, 2], [0, 2]` as `"ab,bc->ac", x, y`."""

    def letters(numbers_: Sequence[Any]) -> str:
        return "".join("..." if n is Ellipsis else string.ascii_letters[n] for n in numbers_)

    pairs = len(operands) // 2
    subscripts = ",".join(map(letters, operands[1 : 2 * pairs : 2]))
    if len(operands) % 2:
        subscripts += "->" + letters(operands[-1])
    return subscripts, *operands[: 2 * pairs : 2]


def _explicit(subscripts: str, ndims: Sequence[int]) -> str:
    """The subscripts with letters for "...", and with the result's."""
    given, arrow, result = subscripts.replace(" ", "").partition("->")
    terms = given.split(",")
    if len(terms) != len(ndims):
        raise ValueError(f"einsum: expected an array for each of the {len(terms)} terms of {given!r}, got {len(ndims)}")
    more = [ndim - len(term.replace("...", "")) for term, ndim in zip(terms, ndims, strict=True)]
    if any(n < 0 or (n and "..." not in term) for term, n in zip(terms, more, strict=True)):
        raise ValueError(f"einsum: expected a subscript for each axis, got {given!r} for arrays of {[*ndims]} axes")
    unused = [letter for letter in string.ascii_letters if letter not in subscripts]
    dots = "".join(unused[: max(more)]) if "..." in given else ""
    if not arrow:
        result = "..." + "".join(letter for letter in sorted({*given} - {*",."}) if given.count(letter) == 1)
    terms = [term.replace("...", dots[len(dots) - n :]) for term, n in zip(terms, more, strict=True)]
    return f"{','.join(terms)}->{result.replace('...', dots)}"


def convolve(x: Any, y: Any, mode: str = "full") -> Any:
    """zₙ = Σₖ xₖ·yₙ₋ₖ of two vectors.

    Args:
        x: vector of m numbers.
        y: vector of n numbers.
        mode: "full": all m + n − 1 results; "same": the middle max(m, n); "valid": the max(m, n) − min(m, n) + 1 in
            which the whole shorter vector takes part.

    Raises ValueError: another mode.
    """
    x, y = atleast_1d(x), atleast_1d(y)
    m, n = max(x.size, y.size), min(x.size, y.size)
    parts = {"full": slice(None), "same": slice((n - 1) // 2, (n - 1) // 2 + m), "valid": slice(n - 1, m)}
    if mode not in parts:
        raise ValueError(f"convolve: expected mode full, same or valid, got {mode!r}")
    full = rules.convolve(x, y)
    return full if mode == "full" else rules.getitem(full, index=parts[mode])


def correlate(x: Any, y: Any, mode: str = "valid") -> Any:
    """zₙ = Σₖ xₙ₊ₖ·yₖ of two vectors; the modes are those of `convolve`, for a shorter x from the other end."""
    common_type(x, y)  # refuses complex numbers, of which NumPy would take conjugates
    x, y = operand(x), operand(y)
    return flip(convolve(y, flip(x), mode)) if x.size < y.size else convolve(x, flip(y), mode)


def interp(x: Any, xp: Any, fp: Any, left: Any = None, right: Any = None, period: float | None = None) -> Any:
    """The polygon through the points (xp, fp), at x.

    Args:
        x: where, any shape.
        xp: the points' places, a vector in increasing order.
        fp: their heights.
        left: the value below xp[0], fp[0] by default.
        right: the value above xp[-1], fp[-1] by default.
        period: after which the polygon repeats, so that nothing lies outside; xp is then in any order.

    The result is in float64, as NumPy's. It can be differentiated with respect to all of them. At a corner the slope
    is the one to the right of it, at xp[-1] the one to the left.
    """
    x, xp, fp = (cast(z, np.float64) for z in (x, xp, fp))
    if x.size == xp.size == 0:  # as NumPy from 2.5 on
        return x
    if period is not None:
        x, xp, left, right = rules.remainder(x, abs(period)), rules.remainder(xp, abs(period)), None, None
        order = np.argsort(detached(xp), kind="stable")
        xp, fp = xp[order], fp[order]
        xp = rules.concatenate(xp[-1:] - abs(period), xp, xp[:1] + abs(period), axis=0)
        fp = rules.concatenate(fp[-1:], fp, fp[:1], axis=0)
    places, at = detached(xp), detached(x)
    i = np.clip(np.searchsorted(places, at, side="right") - 1, 0, max(len(places) - 2, 0))
    j = np.minimum(i + 1, len(places) - 1)
    start, low, high = xp[i], fp[i], fp[j]
    slope = (high - low) / (xp[j] - start if len(places) > 1 else 1)
    inside = low + slope * (x - start)
    lost = np.isnan(inside) & (~np.isnan(at) | (len(places) == 1))  # one place has its height at NaN too
    if np.count_nonzero(lost):  # beside an infinity NumPy looks from the other end; a level line needs no slope
        other = high + slope * (x - xp[j])
        level = (at == places[i]) | (np.isnan(other) & (low == high))
        inside = where(lost, where(at == places[j], high, where(level, low, other)), inside)
    inside = where(at < places[0], fp[0] if left is None else cast(left, np.float64), inside)
    return where(at > places[-1], fp[-1] if right is None else cast(right, np.float64), inside)


def polyval(p: Any, x: Any) -> Any:
    """p₀·xⁿ⁻¹ + … + pₙ₋₂·x + pₙ₋₁, by Horner's rule."""
    x, p = operand(x), operand(p)
    out: Any = np.zeros(x.shape, x.dtype)
    for i in range(p.shape[0]):
        out = out * x + p[i]
    return out
