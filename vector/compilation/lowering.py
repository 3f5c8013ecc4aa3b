"""Which calls of a plan become machine code, and how."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from vector.compilation import blas, kernels
from vector.compilation.fusion import Fused
from vector.compilation.kernels import TYPES, Kernel, is_matrix
from vector.compilation.program import Array, Call, Kind
from vector.compilation.report import title
from vector.compilation.updates import deliver, descend
from vector.nn.losses.checks import check_classes

_SUMS = {np.sum, np.ndarray.sum, np.add.reduce}
_LARGEST = {np.max, np.ndarray.max, np.maximum.reduce}
_REDUCES = {np.add.reduce, np.maximum.reduce}


def lowered(step: Call | Fused, memory: Callable[[Array], Any]) -> list[Kernel] | None:
    """The kernels that do a step, given where arrays lie; None if it must stay with NumPy."""
    if isinstance(step, Fused):
        made = [] if 0 in step.shape else [kernels.loop(step, memory)]
    elif step.kind is not Kind.plain:
        made = [kernel] if (kernel := _check(step)) else []
    else:
        found = (translate(step) for translate in (_product, _descent, _delivery, _fold, _gather, _scatter))
        made = [kernel for kernel in found if kernel][:1]
    if not made and not isinstance(step, Fused):
        return None
    for kernel in made:
        kernel.title = title(step)
    return made


def _check(call: Call) -> Kernel | None:
    """A check of class indices, which every step makes; others stay with NumPy."""
    if call.function is not check_classes:
        return None
    _, targets, classes = call.args
    mine = isinstance(targets, Array) and targets.of is targets and targets.value.dtype == np.int64
    return kernels.bounds_check(targets, classes) if mine and targets.value.flags.c_contiguous else None


def _product(call: Call) -> Kernel | None:
    if call.function is not np.matmul or call.writes or call.kwargs:
        return None
    (x, y), out = call.args, call.results[0]
    if not isinstance(out, Array) or not all(_floats(z) and z.value.dtype == out.value.dtype for z in (x, y)):
        return None
    if is_matrix(x) and is_matrix(y) and is_matrix(out):
        return kernels.product(x, y, out) if blas.gemm(out.value.dtype) else None
    if x.value.ndim == 1 and x.value.flags.c_contiguous and is_matrix(y) and y.value.flags.c_contiguous:
        return kernels.vector_matrix(x, y, out)
    return None


def _descent(call: Call) -> Kernel | None:
    if call.function is not descend or not all(map(is_matrix, (*call.args[:2], call.writes[0]))):
        return None
    x, y, rate, out = call.args
    return kernels.product(x, y, out, alpha=rate, beta=1.0) if blas.gemm(out.value.dtype) else None


def _delivery(call: Call) -> Kernel | None:
    if call.function is not deliver or not all(map(is_matrix, call.args)):
        return None
    x, y, out = call.args
    return kernels.product(x, y, out) if blas.gemm(out.value.dtype) else None


def _fold(call: Call) -> Kernel | None:
    how = "sum" if call.function in _SUMS else "largest" if call.function in _LARGEST else ""
    if not how or set(call.kwargs) - {"axis", "keepdims"} or len(call.args) > 2 or not call.results:
        return None
    x, out = call.args[0], call.results[0]
    if (
        not isinstance(out, Array)
        or not _floats(x)
        or not _floats(out)
        or x.value.dtype != out.value.dtype
        or not out.value.flags.c_contiguous
    ):
        return None
    default = 0 if call.function in _REDUCES else None
    axis: Any = call.args[1] if len(call.args) == 2 else call.kwargs.get("axis", default)
    axes = tuple(range(x.value.ndim)) if axis is None else axis if isinstance(axis, tuple) else (axis,)
    return kernels.reduction(x, out, [i % x.value.ndim for i in axes], how) if x.value.ndim else None


def _floats(x: Any) -> bool:
    return isinstance(x, Array) and x.value.dtype.char in "fd" and x.value.size > 0


def _gather(call: Call) -> Kernel | None:
    if call.function is not np.ndarray.__getitem__ or not _places(call) or not call.results:
        return None
    (x, index), out = call.args, call.results[0]
    return kernels.gather(x, index, out) if isinstance(out, Array) and out.value.flags.c_contiguous else None


def _scatter(call: Call) -> Kernel | None:
    known = call.function is np.ndarray.__setitem__ and _places(call) and isinstance(call.args[2], (int, float))
    return kernels.scatter(*call.args) if known else None


def _places(call: Call) -> bool:
    """Whether an index is one flat array of integers for each axis."""
    x, index = call.args[:2]
    if not isinstance(index, tuple) or len(index) != x.value.ndim or x.value.dtype.char not in TYPES:
        return False
    return all(isinstance(i, Array) and _row_of_integers(i.value, index[0].value.size) for i in index)


def _row_of_integers(places: Any, size: int) -> bool:
    return places.dtype == np.int64 and places.shape == (size,) and bool(places.flags.c_contiguous)
