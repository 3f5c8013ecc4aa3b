"""What a difference may come from: a factor that is a number of elements, a sign."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from demos.verification.side import Array


def ratio(ours: Sequence[Array], theirs: Sequence[Array], arrays: Mapping[str, Array]) -> str:
    """A sentence on PyTorch's values as a multiple of ours, where that is telling; "" where it is not.

    Args:
        ours: the values.
        theirs: PyTorch's.
        arrays: the arguments, whose sizes a factor may be.
    """
    a = np.concatenate([np.ravel(x) for x in ours]).astype(float)
    b = np.concatenate([np.ravel(x) for x in theirs]).astype(float)
    if a.size != b.size:
        return ""
    seen = (a != 0) & np.isfinite(a) & np.isfinite(b)
    if not seen.any() or np.any(b[~seen & (a == 0)]):
        return ""
    factors = b[seen] / a[seen]
    factor = float(np.median(factors))
    if factor == 0 or not np.allclose(factors, factor, 1e-6, 0) or np.isclose(factor, 1):
        return ""
    if np.isclose(factor, -1, 1e-6):
        return "PyTorch's values have the opposite sign"
    large = max(abs(factor), 1 / abs(factor))
    count = round(large)
    if np.isclose(large, count, 1e-6):
        return f"PyTorch's values are {factor:.6g} times ours{_counted(count, arrays)}"
    n = 1 / (1 - 1 / large)
    if np.isclose(n, round(n), 1e-5) and _counted(round(n), arrays):
        what = "n/(n − 1) or its inverse: is another correction of a variance meant?"
        return f"PyTorch's values are {factor:.6g} times ours, {what}"
    return f"PyTorch's values are {factor:.6g} times ours" if a.size > 1 else ""


def _counted(count: int, arrays: Mapping[str, Array]) -> str:
    meant = "is a mean meant for a sum, or a sum for a mean?"
    for name, array in arrays.items():
        if np.size(array) == count > 1:
            return f", the number of elements of {name}: {meant}"
        if count > 1 and count in np.shape(array):
            return f", the length of axis {np.shape(array).index(count)} of {name}: {meant}"
    return ""
