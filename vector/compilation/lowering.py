"""Which calls of a plan become machine code, and which kernel does each."""

from collections.abc import Callable
from typing import Any

import numpy as np

from vector.compilation import blas, kernels
from vector.compilation.fusion import product_into, subtract_product
from vector.compilation.kernels import TYPES, Kernel, is_matrix
from vector.compilation.program import Array, Call, Symbol
from vector.nn.losses.checks import check_classes

_SUMS = {np.sum, np.ndarray.sum, np.add.reduce}
_LARGEST = {np.max, np.ndarray.max, np.maximum.reduce}
_REDUCES = {np.add.reduce, np.maximum.reduce}


def lowered(call: Call, memory: Callable[[Symbol], Any]) -> Kernel | None:
    """The kernel that does a call, given where arrays lie; None if it must stay with NumPy."""
    if call.parts:
        kernel: Kernel | None = kernels.loop(call, memory)
    elif call.kind != "plain":
        kernel = _check(call)
    else:
        kernel = _product(call) or _reduction(call) or _indexing(call)
    if kernel:
        kernel.call = call
    return kernel


def _check(call: Call) -> Kernel | None:
    """A check of class indices, which every step makes; others stay with NumPy."""
    if call.function is not check_classes:
        return None
    _, targets, classes = call.args
    whole = isinstance(targets, Array) and targets.of is targets and targets.value.dtype == np.int64
    return kernels.bounds_check(targets, classes) if whole and targets.value.flags.c_contiguous else None


def _product(call: Call) -> Kernel | None:
    """x·y into its result, or, fused, into another place."""
    if call.function not in (np.matmul, product_into, subtract_product) or call.kwargs:
        return None
    x, y, *rest = call.args
    out = call.made[0]
    plain = not rest or call.function is not np.matmul
    if not plain or not all(_floats(z) and z.value.dtype == out.value.dtype for z in (x, y, out)):
        return None
    if all(map(is_matrix, (x, y, out))):
        scale = {"alpha": rest[0], "beta": 1.0} if call.function is subtract_product else {}
        return kernels.product(x, y, out, **scale) if blas.gemm(out.value.dtype) else None
    if x.value.ndim == 1 and x.value.flags.c_contiguous and is_matrix(y):
        return kernels.reduction(y, out, [0], "sum", weights=x)  # the sum of the rows, each with its weight
    return None


def _reduction(call: Call) -> Kernel | None:
    how = "sum" if call.function in _SUMS else "largest" if call.function in _LARGEST else ""
    if not how or set(call.kwargs) - {"axis", "keepdims"} or len(call.args) > 2 or not call.results:
        return None
    x: Any = call.args[0]
    out: Any = call.results[0]
    if not _floats(x) or not _floats(out) or x.value.dtype != out.value.dtype or not out.value.flags.c_contiguous:
        return None
    default = 0 if call.function in _REDUCES else None
    axis: Any = call.args[1] if len(call.args) == 2 else call.kwargs.get("axis", default)
    axes = tuple(range(x.value.ndim)) if axis is None else axis if isinstance(axis, tuple) else (axis,)
    return kernels.reduction(x, out, [i % x.value.ndim for i in axes], how) if x.value.ndim else None


def _floats(x: object) -> bool:
    return isinstance(x, Array) and x.value.dtype.char in "fd" and x.value.size > 0


def _indexing(call: Call) -> Kernel | None:
    """x[i, j, …], with one flat array of integers for each axis: read, or set to a number."""
    if call.function not in (np.ndarray.__getitem__, np.ndarray.__setitem__):
        return None
    x, index, *value = call.args
    whole = isinstance(index, tuple) and len(index) == x.value.ndim > 0
    if not whole or x.value.dtype.char not in TYPES:
        return None
    rows = [i.value for i in index if isinstance(i, Array) and i.value.dtype == np.int64 and i.value.flags.c_contiguous]
    if len(rows) != len(index) or any(row.shape != (rows[0].size,) for row in rows):
        return None
    if value:
        return kernels.indexing(x, index, value[0]) if isinstance(value[0], (int, float)) else None
    out = call.results[0] if call.results else None
    return kernels.indexing(x, index, out) if isinstance(out, Array) and out.value.flags.c_contiguous else None
