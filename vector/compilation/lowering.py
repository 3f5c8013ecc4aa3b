"""Which calls of a plan become machine code, and the kernel that does each."""

import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from vector.arrays import location
from vector.compilation import blas
from vector.compilation.expressions import expression, literal, weight
from vector.compilation.fusion import product_into
from vector.compilation.kernels import TYPES, Kernel
from vector.compilation.program import Array, Call, Number, Symbol
from vector.nn.targets import check_classes

_SUM = "float64", "0", "{} + {}"  # dtype in a register, or that of the array; first total; next total
_LARGEST = "", "-np.inf", "larger({}, {})"
_REDUCTIONS: dict[Any, tuple[str, str, str]] = {
    **dict.fromkeys((np.sum, np.ndarray.sum, np.add.reduce), _SUM),
    **dict.fromkeys((np.max, np.ndarray.max, np.maximum.reduce), _LARGEST),
}
_FUSED = 8  # multiplications and additions that a core does at once, about
_TILE = 16  # rows or columns of which BLAS's kernels compute as many at once, or a divisor of that
_ROW_MAJOR = 101  # CBLAS's names: for how the result lies,
_ROWS, _COLUMNS = 111, 112  # and for a matrix that is read as it lies, and for its transpose


def lowered(call: Call, memory: Callable[[Symbol], Any]) -> Kernel | None:
    """The kernel that does a call, given where arrays lie; None if it must stay with NumPy."""
    kinds = _product, _reduction, _indexing, _check
    kernel = _loop(call, memory) if call.parts else next(filter(None, (kind(call) for kind in kinds)), None)
    if kernel:
        kernel.call = call
    return kernel


def _loop(step: Call, memory: Callable[[Symbol], Any]) -> Kernel:
    """One pass over memory that does several calls."""
    kernel = Kernel(math.prod(step.shape) * sum(map(weight, step.parts)))
    arrays = [*dict.fromkeys([*step.made, *step.reads()])]
    sizes, strides = merged(step.shape, arrays)
    # Two names for one place would keep iterations from being vectorized. But two arguments of the step that lie in
    # one place while it is recorded may be two the next time.
    places: dict[Any, Symbol] = {}
    one = {x: places.setdefault((x.moves and x.of, location(memory(x))), x) for x in arrays}
    depth = kernel.nest(sizes, split=0)
    if sizes:
        kernel.split(sizes[0], *(strides[x][0] * x.value.itemsize for x in step.made))
    known: dict[Symbol, str] = {}

    def name(x: Any, dtype: np.dtype[Any]) -> str:
        kind = TYPES[dtype.char]
        if isinstance(x, Number):
            return kernel.number(x, kind)
        if not isinstance(x, Array):
            return f"{kind}({literal(x)})"
        if x not in known:
            known[x] = f"x{len(known)}"
            kernel.add(f"{known[x]} = {kernel.at(one[x], strides[x])}", depth)
        return known[x] if x.value.dtype == dtype else f"{kind}({known[x]})"

    for call in step.parts:
        (made,) = call.made
        value = expression(call, name)
        known.setdefault(made, f"x{len(known)}")
        kernel.add(f"{known[made]} = {TYPES[made.value.dtype.char]}({value})", depth)
    for x in step.made:
        kernel.add(f"{kernel.at(one[x], strides[x])} = {known[x]}", depth)
    return kernel


def merged(shape: tuple[int, ...], arrays: Sequence[Symbol]) -> tuple[list[int], dict[Symbol, list[int]]]:
    """The loops over a shape, outermost first, and each array's stride, in elements, along each.

    They follow the first array's memory; neighbours along which every array goes on without a gap become one.
    """
    along = {x: [s // x.value.itemsize for s in np.broadcast_to(x.value, shape).strides] for x in arrays}
    lead = along[arrays[0]]
    order = [i for i in sorted(range(len(shape)), key=lambda i: -abs(lead[i])) if shape[i] != 1]
    sizes = [shape[i] for i in order]
    strides = {x: [s[i] for i in order] for x, s in along.items()}
    for i in range(len(sizes) - 1, 0, -1):
        if all(s[i - 1] == s[i] * sizes[i] for s in strides.values()):
            sizes[i - 1] *= sizes.pop(i)
            for s in strides.values():
                s[i - 1] = s.pop(i)
    return sizes, strides


def _product(call: Call) -> Kernel | None:
    """out ← x·y, or, fused, out ← out − α·x·y, for matrices that lie row by row or column by column."""
    if call.function not in (np.matmul, product_into) or call.kwargs:
        return None
    x, y, *rest = call.args
    out, rate = call.made[0], rest[1:]
    plain = not rest or call.function is product_into
    if not plain or not all(_floats(z) and z.value.dtype == out.value.dtype for z in (x, y, out)):
        return None
    if x.value.ndim == 1 and x.value.flags.c_contiguous and _is_matrix(y):
        return _reduced(y, out, [0], _SUM, weights=x)  # the sum of the rows, each with its weight
    if not all(map(_is_matrix, (x, y, out))) or not blas.library().gemm.get(out.value.dtype.char):
        return None
    (m, k), n = x.value.shape, y.value.shape[1]
    turned = not out.value.flags.c_contiguous
    (left, m), (right, n) = ((y, n), (x, m)) if turned else ((x, m), (y, n))  # outᵀ = yᵀ·xᵀ lies row by row
    rows, columns = (_ROWS if z.value.flags.c_contiguous != turned else _COLUMNS for z in (left, right))
    kind = TYPES[out.value.dtype.char]
    kernel = Kernel(m * n * k // _FUSED)
    alpha, beta = (f"-{kernel.number(rate[0], kind)}", 1.0) if rate else (f"{kind}(1.0)", 0.0)
    flags = [f"int32({kernel.size(flag)})" for flag in (_ROW_MAJOR, rows, columns)]
    # Each part reads one of the factors as a whole, and BLAS copies that first: the smaller one, then.
    kernel.length, kernel.grain = max(m, n), _TILE
    if m >= n:
        sizes = ["stop - start", *map(kernel.size, (n, k))]
        steps = 1 if rows == _COLUMNS else _row(left), 0, _row(out)
    else:
        sizes = [kernel.size(m), "stop - start", kernel.size(k)]
        steps = 0, 1 if columns == _ROWS else _row(right), 1
    places = [
        f"{kernel.address(z)} + start * {kernel.size(step * z.value.itemsize)}, {kernel.size(_row(z))}"
        for z, step in zip((left, right, out), steps, strict=True)
    ]
    given = [*flags, *sizes, alpha, *places[:2], f"{kind}({beta})", places[2]]
    kernel.add(f"gemm_{kind}({', '.join(given)})")
    return kernel


def _is_matrix(x: Symbol) -> bool:
    """Whether BLAS can read it where it lies."""
    return x.value.ndim == 2 and bool(x.value.flags.c_contiguous or x.value.flags.f_contiguous)


def _row(x: Symbol) -> int:
    """The length of a row, or of a column, in memory."""
    return x.value.shape[1] if x.value.flags.c_contiguous else x.value.shape[0]


def _reduction(call: Call) -> Kernel | None:
    """The sum, or the largest, over some axes."""
    how = _REDUCTIONS.get(call.function)
    if not how or set(call.kwargs) - {"axis", "keepdims"} or len(call.args) > 2 or not call.results:
        return None
    x: Any = call.args[0]
    out: Any = call.results[0]
    if not _floats(x) or not _floats(out) or x.value.dtype != out.value.dtype or not out.value.flags.c_contiguous:
        return None
    default = 0 if isinstance(getattr(call.function, "__self__", None), np.ufunc) else None
    axis: Any = call.args[1] if len(call.args) == 2 else call.kwargs.get("axis", default)
    axes = tuple(range(x.value.ndim)) if axis is None else axis if isinstance(axis, tuple) else (axis,)
    return _reduced(x, out, [i % x.value.ndim for i in axes], how) if x.value.ndim else None


def _reduced(
    x: Symbol, out: Symbol, axes: Sequence[int], how: tuple[str, str, str], weights: Symbol | None = None
) -> Kernel:
    """The reduction over axes, of a sum each row with its weight; the last loop runs along the memory of x."""
    kernel = Kernel(x.value.size)
    order = sorted(range(x.value.ndim), key=lambda i: -abs(x.value.strides[i]))
    kept = [i for i in range(x.value.ndim) if i not in axes]
    aligned = [i for i in range(x.value.ndim) if i in kept or out.value.ndim == x.value.ndim]
    of_out = dict(zip(aligned, elements(out), strict=True))
    of_x = elements(x)
    kind = TYPES[out.value.dtype.char]
    wide, first, fold = how
    along = next((i for i in kept if x.value.shape[i] > 1), None)  # of the result, which lies in one piece, the slowest
    if along is not None:
        kernel.split(x.value.shape[along], out.value.nbytes // x.value.shape[along])
    row = kernel.size(out.value.size // kernel.length)
    kernel.add(f"for i in range(start * {row}, stop * {row}):")
    kernel.add(f"{kernel.array(out)}[uint64(i)] = {first}", 1)
    depth = kernel.nest([x.value.shape[i] for i in order], None if along is None else order.index(along))
    source = kernel.at(x, [of_x[i] for i in order])
    if weights is not None:
        source = f"{kernel.at(weights, [int(i in axes) for i in order])} * {source}"
    target = kernel.at(out, [of_out[i] if i in kept else 0 for i in order])
    if not order or order[-1] in kept:
        kernel.add(f"{target} = {fold.format(target, source)}", depth)
        return kernel
    # Along the last axis the total stays in a register, of a sum in float64, which keeps more digits than float32.
    inner = kernel.lines.pop()
    kernel.add(f"t = {wide or kind}({first})", depth - 1)
    kernel.lines.append(inner)
    kernel.add(f"t = {fold.format('t', source)}", depth)
    kernel.add(f"{target} = {kind}({fold.format(target, 't')})", depth - 1)
    return kernel


def _indexing(call: Call) -> Kernel | None:
    """x[i, j, …], with one flat array of integers for each axis, read or set to a number; too little to be split."""
    if call.function not in (np.ndarray.__getitem__, np.ndarray.__setitem__):
        return None
    x, index, *value = call.args
    if not isinstance(index, tuple) or len(index) != x.value.ndim or not index or x.value.dtype.char not in TYPES:
        return None
    other: Any = value[0] if value else call.results[0] if call.results else None
    fits = isinstance(other, (int, float)) if value else isinstance(other, Array) and other.value.flags.c_contiguous
    if not fits or not all(map(_are_integers, index)) or {i.value.shape for i in index} != {(index[0].value.size,)}:
        return None
    kernel = Kernel(index[0].value.size)
    kernel.add(f"for i in range({kernel.size(index[0].value.size)}):")
    kernel.add("at = 0", 1)
    for size, stride, places in zip(map(kernel.size, x.value.shape), elements(x), index, strict=True):
        kernel.add(f"j = {kernel.array(places)}[i]", 1)
        kernel.add(f"if j < -{size} or j >= {size}:", 1)
        kernel.add("return 1", 2)
        kernel.add(f"at += (j + {size} if j < 0 else j) * {kernel.size(stride)}", 1)
    element = f"{kernel.array(x)}[uint64(at)]"
    kernel.add(f"{element} = {literal(other)}" if value else f"{kernel.array(other)}[i] = {element}", 1)
    return kernel


def _check(call: Call) -> Kernel | None:
    """Whether all class indices are in [0, end), which every step checks; other checks stay with NumPy."""
    if call.function is not check_classes or not _are_integers(call.args[1]):
        return None
    _, x, end = call.args
    kernel = Kernel(x.value.size)
    kernel.add("outside = False")
    kernel.add(f"for i in range({kernel.size(x.value.size)}):")
    a = kernel.array(x)
    kernel.add(f"outside |= ({a}[i] < 0) | ({a}[i] >= {kernel.size(end)})", 1)
    kernel.add("if outside:")
    kernel.add("return 1", 1)
    return kernel


def _are_integers(x: object) -> bool:
    """Whether it is an array of integers in one piece."""
    return isinstance(x, Array) and x.value.dtype == np.int64 and x.value.flags.c_contiguous


def _floats(x: object) -> bool:
    return isinstance(x, Array) and x.value.dtype.char in "fd" and x.value.size > 0


def elements(x: Symbol) -> list[int]:
    """Strides in elements."""
    return [s // x.value.itemsize for s in x.value.strides]
