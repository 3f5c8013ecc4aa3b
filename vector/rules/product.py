"""Products of matrices."""

from __future__ import annotations

from typing import Any

import numpy as np

from vector.op import Op


def _turned(x: Any) -> Any:
    """The last two axes exchanged."""
    return np.swapaxes(x, -1, -2)


def _matmul_left(g: Any, out: Any, x: Any, y: Any) -> Any:
    """x̄ = ḡ·yᵀ; a vector y is a column, so its product is an outer one."""
    if y.ndim == 1:
        return g[..., None] * y
    if x.ndim == 1:
        return np.matmul(y, g[..., None])[..., 0]
    return np.matmul(g, _turned(y))


def _matmul_right(g: Any, out: Any, x: Any, y: Any) -> Any:
    """ȳ = xᵀ·ḡ; a vector x is a row, so its product is an outer one."""
    if x.ndim == 1:
        return x * g if y.ndim == 1 else x[:, None] * g[..., None, :]
    if y.ndim == 1:
        return np.matmul(_turned(x), g[..., None])[..., 0]
    return np.matmul(_turned(x), g)


def _linear(x: Any, weight: Any, bias: Any) -> Any:
    out = np.matmul(x, weight.T)
    out += bias
    return out


def _rows(x: Any) -> Any:
    """All leading axes as one batch: (..., n) → (batch, n)."""
    return x if x.ndim == 2 else np.reshape(x, (-1, x.shape[-1]))


def _bias(g: Any, out: Any, x: Any, weight: Any, bias: Any) -> Any:
    """b̄ = Σ over the batch of ḡ, as the product 1ᵀ·ḡ: BLAS adds faster than a sum along the long axis."""
    rows = _rows(g)
    return np.matmul(np.ones(rows.shape[0], rows.dtype), rows)


matmul = Op("@", np.matmul, [_matmul_left, _matmul_right])

# x·Wᵀ + b in one node, with W: (out, in) as in PyTorch; laid out like W itself, which is stored column by column.
linear_map = Op(
    "linear",
    _linear,
    [
        lambda g, out, x, weight, bias: np.matmul(g, weight),
        lambda g, out, x, weight, bias: np.matmul(_rows(x).T, _rows(g)).T,
        _bias,
    ],
)
