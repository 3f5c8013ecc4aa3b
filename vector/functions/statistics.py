"""Covariances, and weights gathered in bins."""

import math
from typing import Any

import numpy as np

from vector import rules
from vector.functions.indexing import concatenate
from vector.functions.operand import cast, detached, whole
from vector.functions.reduction import average, sum
from vector.functions.shape import atleast_2d, diagonal, reshape, squeeze, transpose


def cov(m: Any, y: Any = None, rowvar: bool = True, bias: bool = False, ddof: int | None = None, *,
        fweights: Any = None, aweights: Any = None, dtype: Any = None) -> Any:  # fmt: skip
    """The covariance matrix Σₖ wₖ·(xᵢₖ − x̄ᵢ)(xⱼₖ − x̄ⱼ) / f.

    Args:
        m: (variables, observations), or one variable's observations.
        y: further variables.
        rowvar: False for (observations, variables).
        bias: divide by the number of observations, not by one less.
        ddof: instead of `bias`, what is subtracted from the number.
        fweights: how many times each observation was made, plain whole numbers.
        aweights: how much each observation counts, plain numbers.
        dtype: in which to compute; float64 by default.
    """
    x = _variables(m, rowvar, dtype)
    if y is not None:
        x = concatenate([x, _variables(y, rowvar, dtype)], 0)
    if x.shape[0] == 0:
        return cast(rules.matmul(x, transpose(x)), np.float64)
    counts = [detached(given) for given in (fweights, aweights) if given is not None]
    weights = math.prod(counts, start=np.ones(x.shape[1], x.dtype))
    ddof = (0 if bias else 1) if ddof is None else ddof
    lost = ddof if aweights is None else ddof * np.sum(weights * detached(aweights)) / np.sum(weights)
    freedom = max(float(np.sum(weights) - lost), 0.0)
    off = x - average(x, 1, weights, keepdims=True)
    return squeeze(rules.matmul(off, transpose(off * weights)) / freedom)


def corrcoef(x: Any, y: Any = None, rowvar: bool = True, *, dtype: Any = None) -> Any:
    """The matrix of correlations, covᵢⱼ / √(covᵢᵢ·covⱼⱼ); the arguments are those of `cov`."""
    covariance = cov(x, y, rowvar, dtype=dtype)
    if covariance.ndim == 0:
        return covariance / covariance
    deviation = rules.sqrt(diagonal(covariance))
    out = covariance / reshape(deviation, (-1, 1)) / deviation
    plain = detached(out)
    # Rounding may leave a correlation beyond 1, where it has its largest value and so no slope.
    return rules.where(np.abs(plain) > 1, np.sign(plain), out)


def bincount(x: Any, weights: Any = None, minlength: int = 0) -> Any:
    """How often each of 0, 1, 2, … stands in x; with weights, the sum of theirs, which can be differentiated.

    Args:
        x: whole numbers that are not negative, plain.
        weights: of x's shape; the sums are in float64, as NumPy's.
        minlength: the least size of the result.
    """
    plain = detached(whole(x))
    if weights is None:
        return np.bincount(plain, minlength=minlength)
    size = np.bincount(plain, minlength=minlength).size
    return rules.scatter(cast(weights, np.dtype(float)), index=(plain,), shape=(size,))


def histogram(
    a: Any, bins: Any = 10, range: tuple[float, float] | None = None, density: bool | None = None, weights: Any = None
) -> tuple[Any, Any]:
    """How many of the elements lie in each bin, and the bins' edges, plain; with weights, the sum of theirs.

    The sums can be differentiated with respect to the weights; a count is flat between two jumps. Each bin holds its
    left edge, the last one both.

    Args:
        a: array of any shape, plain numbers as far as gradients go.
        bins: how many, or their edges.
        range: from where to where; from the least element to the greatest by default.
        density: divide by the width of the bin and by the sum of all.
        weights: of a's shape.
    """
    plain = detached(a).ravel()
    edges = np.histogram_bin_edges(plain, detached(bins) if np.ndim(bins) else bins, range)
    if weights is None:
        return np.histogram(plain, edges, density=bool(density))
    inside = np.flatnonzero((plain >= edges[0]) & (plain <= edges[-1]))
    place = np.minimum(np.searchsorted(edges, plain[inside], side="right") - 1, len(edges) - 2)
    kept = rules.getitem(reshape(weights, (-1,)), index=inside)
    sums = rules.scatter(kept, index=(place,), shape=(len(edges) - 1,))
    return (sums / np.diff(edges).astype(float) / sum(sums) if density else sums), edges


def _variables(x: Any, rowvar: bool, dtype: Any) -> Any:
    """One row for each variable."""
    x = cast(x, dtype or np.float64)
    rows = atleast_2d(x)
    return rows if rowvar or x.ndim == 1 else transpose(rows)
