"""Products of matrices."""

import functools
import math
import re
import string
from typing import Any

import numpy as np

from vector.op import Each, Op


def transposed(x: Any) -> Any:
    """The last two axes exchanged."""
    return np.swapaxes(x, -1, -2)


def _matmul_left(g: Any, out: Any, x: Any, y: Any) -> Any:
    """x̄ = ḡ·yᵀ; a vector y is a column, so its product is an outer one."""
    if y.ndim == 1:
        return g[..., None] * y
    if x.ndim == 1:
        return np.matmul(y, g) if y.ndim == 2 else np.matmul(y, g[..., None])[..., 0]
    return np.matmul(g, transposed(y))


def _matmul_right(g: Any, out: Any, x: Any, y: Any) -> Any:
    """ȳ = xᵀ·ḡ; a vector x is a row, so its product is an outer one."""
    if x.ndim == 1:
        return x * g if y.ndim == 1 else x[:, None] * g[..., None, :]
    if y.ndim == 1:
        return np.matmul(transposed(x), g) if x.ndim == 2 else np.matmul(transposed(x), g[..., None])[..., 0]
    if x.ndim > y.ndim == 2:  # one product, whose rows are added as it goes
        x, g = _rows(x), _rows(g)
    return np.matmul(transposed(x), g)


def _linear(x: Any, weight: Any, bias: Any) -> Any:
    out = np.matmul(x, weight.T)
    out += bias
    return out


def _rows(x: Any) -> Any:
    """All leading axes as one batch: (..., n) → (batch, n)."""
    return x if x.ndim == 2 else np.reshape(x, (math.prod(x.shape[:-1]), x.shape[-1]))


def _bias(g: Any, out: Any, x: Any, weight: Any, bias: Any) -> Any:
    """b̄ = Σ over the batch of ḡ."""
    rows = _rows(g)  # as the product 1ᵀ·ḡ: BLAS adds faster than a sum along the long axis
    return np.matmul(_ones(rows.shape[0], rows.dtype), rows)


@functools.lru_cache(maxsize=16)
def _ones(n: int, dtype: Any) -> Any:
    """A row of ones, read-only."""
    ones = np.ones(n, dtype)
    ones.flags.writeable = False
    return ones


def _einsum_vjp(argument: int, g: Any, out: Any, *inputs: Any, subscripts: str, optimize: Any = False) -> Any:
    """The gradient of a sum of products is a sum of products too: the same subscripts with g and x̄ exchanged.

    Two things do not exchange. Along a subscript that was summed over in x alone, or along which x met a size of 1,
    x̄ is the same: a factor of ones gives it its size. And a subscript that stands twice in x, a diagonal, gets
    another name in the second place, and a factor δᵢⱼ that puts x̄ on the diagonal.
    """
    *given, result = re.split("->|,", subscripts)
    x = inputs[argument]
    factors = [(result, g)] + [
        (given[i], y if y.dtype.kind == "f" else y.astype(out.dtype)) for i, y in enumerate(inputs) if i != argument
    ]
    sizes = [dict(zip(names, factor.shape, strict=True)) for names, factor in factors]
    wanted = ""
    for subscript, size in zip(given[argument], x.shape, strict=True):
        fresh = subscript
        if subscript in wanted:
            fresh = next(letter for letter in string.ascii_letters if letter not in subscripts + wanted)
            factors.append((subscript + fresh, np.eye(size, dtype=x.dtype)))
        elif not any(subscript in known and size in (1, known[subscript]) for known in sizes):
            factors.append((subscript, np.ones(size, x.dtype)))
        wanted += fresh
    names, operands = zip(*factors, strict=True)
    return einsum(*operands, subscripts=f"{','.join(names)}->{wanted}", optimize=True)


matmul = Op(
    "@", np.matmul, [_matmul_left, _matmul_right], meaning="x·y. Swaps: each gets the gradient times the other."
)

# Subscripts are letters only, with "->": `vector.functions.product.einsum` reads the other forms.
einsum = Op(
    "einsum", lambda *x, subscripts, optimize=False: np.einsum(subscripts, *x, optimize=optimize), Each(_einsum_vjp)
)

# zₙ = Σₖ xₖ yₙ₋ₖ, at every n where any product is defined; x̄ₙ = Σₖ ḡₙ₊ₖ yₖ.
convolve = Op("convolve", lambda x, y: np.convolve(x, y), [
    lambda g, out, x, y: np.correlate(g, y, "valid"), lambda g, out, x, y: np.correlate(g, x, "valid"),
])  # fmt: skip

# x·Wᵀ + b in one node, with W: (out, in) as in PyTorch; laid out like W itself, which is stored column by column.
linear_map = Op(
    "linear", _linear, [
        # Of one output each sum is of one product, for which BLAS takes several times as long.
        lambda g, out, x, weight, bias: (np.multiply if len(weight) == 1 else np.matmul)(g, weight),
        lambda g, out, x, weight, bias: np.matmul(_rows(x).T, _rows(g)).T,
        _bias,
    ], plain=lambda x, weight, bias: np.matmul(x, weight.T) + bias,
    meaning="x·Wᵀ + b. Swaps: x gets the gradient times W, and W the gradient times x; b gets the sum over the rows.",
)  # fmt: skip
