"""Which calls of a plan become machine code, and the kernel that does each."""

import math
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import numpy as np

from vector.arrays import location
from vector.compilation import blas
from vector.compilation.expressions import expression, literal, weight
from vector.compilation.fusion import product_into
from vector.compilation.kernels import TYPES, Kernel
from vector.compilation.program import Array, Call, Number, Symbol
from vector.nn.linear import check_indices
from vector.nn.targets import check_classes, check_fractions
from vector.rules.shape import add_rows

_FIRST = {"plus": "0", "times": "1", "larger": "-inf", "smaller": "inf"}
"""The functions of a total and the next number, or total, by which an axis is folded, and the total of nothing."""
_REDUCTIONS: dict[Any, str] = {
    **dict.fromkeys((np.sum, np.ndarray.sum, np.add.reduce, np.mean, np.ndarray.mean), "plus"),
    **dict.fromkeys((np.prod, np.ndarray.prod, np.multiply.reduce), "times"),
    **dict.fromkeys((np.max, np.ndarray.max, np.maximum.reduce), "larger"),
    **dict.fromkeys((np.min, np.ndarray.min, np.minimum.reduce), "smaller"),
}
_MEANS = np.mean, np.ndarray.mean
_FUSED = 8  # multiplications and additions that a core does at once, about
_TILE = 16  # rows or columns of which BLAS's kernels compute as many at once, or a divisor of that
_SLIM = 1024  # elements up to which a result of long sums is faster in pieces:
_PIECE = 1_000_000  # multiplications up to which BLAS copies no factor
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
    # The compiler is told that no two names mean one place. But two arguments of the step that lie in one place while
    # it is recorded may be two the next time.
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
    """out ← x·y, or, fused, out ← out − α·x·y, for matrices of which a row or a column lies in one piece."""
    if call.function not in (np.matmul, product_into) or call.kwargs:
        return None
    x, y, *rest = call.args
    out, rate = call.made[0], rest[1:]
    plain = not rest or call.function is product_into
    if not plain or not all(_floats(z) and z.value.dtype == out.value.dtype for z in (x, y, out)):
        return None
    if x.value.ndim == 1 and x.value.flags.c_contiguous and y.value.ndim == 2:
        return _reduced(y, out, [0], "plus", weights=x)  # the sum of the rows, each with its weight
    if y.value.ndim == 1 < x.value.ndim and y.value.flags.c_contiguous and out.value.flags.c_contiguous:
        return _reduced(x, out, [x.value.ndim - 1], "plus", weights=y)
    if min(x.value.ndim, y.value.ndim) < 2 or not blas.library().gemm.get(out.value.dtype.char):
        return None
    lead, (m, k), n = out.value.shape[:-2], x.value.shape[-2:], y.value.shape[-1]
    along = [np.broadcast_to(z.value, (*lead, *z.value.shape[-2:])).strides[:-2] for z in (x, y, out)]
    while lead and along[1][-1] == 0 and _goes_on(x, m, along[0]) and _goes_on(out, m, along[2]):
        m, lead, along = m * lead[-1], lead[:-1], [steps[:-1] for steps in along]  # one product of all rows
    factors = [_factor(z, rows, steps) for z, rows, steps in zip((x, y, out), (m, k, m), along, strict=True)]
    if not all(factors):
        return None
    left, right, target = factors
    if target.order == _COLUMNS:  # outᵀ = yᵀ·xᵀ lies row by row
        m, n = n, m
        left, right, target = (z._replace(order=_ROWS + _COLUMNS - z.order) for z in (right, left, target))
    return _multiplied((left, right, target), lead, (m, n, k), rate)


class _Factor(NamedTuple):
    """A matrix, or several: how BLAS reads it, how far a row (or column) is from the next, and, in bytes, a matrix."""

    of: Symbol
    order: int
    row: int
    along: Sequence[int]


def _factor(x: Symbol, rows: int, along: Sequence[int] = ()) -> Any:
    """The last two axes, the first of so many rows, as BLAS can read them where they lie; None if it cannot."""
    columns, size = x.value.shape[-1], x.value.itemsize
    (down, off), (right, too) = (divmod(step, size) for step in x.value.strides[-2:])
    if (right == 1 or columns == 1) and (down >= columns or rows == 1) and not off + too:
        return _Factor(x, _ROWS, down if rows > 1 else columns, along)
    if (down == 1 or rows == 1) and (right >= rows or columns == 1) and not off + too:
        return _Factor(x, _COLUMNS, right if columns > 1 else rows, along)
    return None


def _goes_on(x: Symbol, rows: int, along: Sequence[int]) -> bool:
    """Whether the next matrix begins where the rows of the last one would go on."""
    return along[-1] == rows * x.value.strides[-2] and x.value.strides[-1] == x.value.itemsize


def _multiplied(factors: Sequence[_Factor], lead: Sequence[int], sizes: Sequence[int], rate: Sequence[Any]) -> Kernel:
    """The calls of BLAS for one product, or for each of several, whose result lies row by row."""
    (left, right, target), (m, n, k) = factors, sizes
    kernel = Kernel(math.prod(lead) * m * n * k // _FUSED)
    kind = TYPES[target.of.value.dtype.char]
    alpha, beta = (f"-{kernel.number(rate[0], kind)}", 1.0) if rate else (f"{kind}(1.0)", 0.0)
    flags = [kernel.size(flag) for flag in (_ROW_MAJOR, left.order, right.order)]
    shape = [*map(kernel.size, (m, n))]
    depth = kernel.nest(lead, split=0)
    if lead:
        kernel.split(lead[0], target.along[0])
        moves = [" + ".join(f"i{i} * {kernel.size(step)}" for i, step in enumerate(z.along)) for z in factors]
    else:  # each part reads one of the factors as a whole, and BLAS copies that first: the smaller one, then
        kernel.length, kernel.grain = max(m, n), _TILE
        shape[m < n] = "stop - start"
        if m >= n:
            steps: Any = 1 if left.order == _COLUMNS else left.row, 0, target.row
        else:
            steps = 0, 1 if right.order == _ROWS else right.row, 1
        moves = [f"start * {kernel.size(step * target.of.value.itemsize)}" for step in steps]
    size = target.of.value.itemsize
    short = max(1, _PIECE // (m * n))
    pieces = 1 if lead or m * n > _SLIM else -(-k // short)

    def call(length: str, offsets: Sequence[str], beta: str) -> str:
        places = [
            f"{kernel.address(z.of)} + {move}{offset}, {kernel.size(z.row)}"
            for z, move, offset in zip(factors, moves, offsets, strict=True)
        ]
        return f"gemm_{kind}({', '.join([*flags, *shape, length, alpha, *places[:2], f'{kind}({beta})', places[2]])})"

    first = k - (pieces - 1) * short
    kernel.add(call(kernel.size(first), ("", "", ""), str(beta)), depth)
    if pieces > 1:
        kernel.grain = 1  # these are not copied
        steps = [1 if (z.order == _ROWS) == (z is left) else z.row for z in (left, right)]
        kernel.add(f"for c in range({kernel.size(pieces - 1)}):")
        offsets = [f" + {kernel.size(first * step * size)} + c * {kernel.size(short * step * size)}" for step in steps]
        kernel.add(call(kernel.size(short), [*offsets, ""], "1.0"), 1)
    return kernel


def _reduction(call: Call) -> Kernel | None:
    """The sum, the mean, the largest or the least over some axes."""
    fold = _REDUCTIONS.get(call.function)
    if not fold or set(call.kwargs) - {"axis", "keepdims"} or len(call.args) > 2 or not call.results:
        return None
    x: Any = call.args[0]
    out: Any = call.results[0]
    if not _floats(x) or not _floats(out) or x.value.dtype != out.value.dtype or not out.value.flags.c_contiguous:
        return None
    default = 0 if isinstance(getattr(call.function, "__self__", None), np.ufunc) else None
    axis: Any = call.args[1] if len(call.args) == 2 else call.kwargs.get("axis", default)
    axes = tuple(range(x.value.ndim)) if axis is None else axis if isinstance(axis, tuple) else (axis,)
    return _reduced(x, out, [i % x.value.ndim for i in axes], fold, call.function in _MEANS) if x.value.ndim else None


def _reduced(
    x: Symbol, out: Symbol, axes: Sequence[int], fold: str, mean: bool = False, weights: Symbol | None = None
) -> Kernel:
    """The reduction over axes, of a sum each row with its weight; the last loop runs along the memory of x."""
    kernel = Kernel(x.value.size)
    order = sorted(range(x.value.ndim), key=lambda i: -abs(x.value.strides[i]))
    kept = [i for i in range(x.value.ndim) if i not in axes]
    aligned = [i for i in range(x.value.ndim) if i in kept or out.value.ndim == x.value.ndim]
    of_out = dict(zip(aligned, elements(out), strict=True))
    of_x = elements(x)
    kind = TYPES[out.value.dtype.char]
    along = next((i for i in kept if x.value.shape[i] > 1), None)  # of the result, which lies in one piece, the slowest
    if along is not None:
        kernel.split(x.value.shape[along], out.value.nbytes // x.value.shape[along])
    row = kernel.size(out.value.size // kernel.length)
    each = f"for i in range(start * {row}, stop * {row}):", f"{kernel.array(out)}[i]"
    kernel.add(each[0])
    kernel.add(f"{each[1]} = {_FIRST[fold]}", 1)
    depth = kernel.nest([x.value.shape[i] for i in order], None if along is None else order.index(along))
    source = kernel.at(x, [of_x[i] for i in order])
    if weights is not None:
        source = f"{kernel.at(weights, [int(i in axes) for i in order])} * {source}"
    target = kernel.at(out, [of_out[i] if i in kept else 0 for i in order])
    if not order or order[-1] in kept:
        kernel.add(f"{target} = {fold}({target}, {source})", depth)
    else:  # along the last axis the total stays in a register
        inner = kernel.lines.pop()
        wide = "float64" if fold in ("plus", "times") else kind  # which keeps more digits than float32
        kernel.add(f"total = cell({wide}({_FIRST[fold]}))", depth - 1)
        kernel.lines.append(inner)
        kernel.add(f"total[0] = {fold}(total[0], {source})", depth)
        kernel.add(f"{target} = {kind}({fold}({target}, total[0]))", depth - 1)
    if mean:
        kernel.add(each[0])
        kernel.add(f"{each[1]} /= {kind}({kernel.size(x.value.size // out.value.size)})", 1)
    return kernel


def _indexing(call: Call) -> Kernel | None:
    """x[i, j, …], with an array of integers for each of the first axes, read, set, or added to by `add_rows`."""
    adds = call.function is add_rows
    if not adds and call.function not in (np.ndarray.__getitem__, np.ndarray.__setitem__):
        return None
    x, index, *value = call.args
    index = index if isinstance(index, tuple) else (index,)
    other: Any = value[0] if value else call.results[0] if call.results else None
    if not _are_rows(x, index, other, bool(value)):
        return None
    rest = x.value.shape[len(index) :]
    kernel = Kernel(index[0].value.size * math.prod(rest))
    kernel.add(f"for i in range({kernel.size(index[0].value.size)}):")
    terms: list[str] = []
    for size, stride, places in zip(map(kernel.size, x.value.shape), elements(x), index, strict=False):
        j = f"j{len(terms)}"
        kernel.add(f"{j} = {kernel.array(places)}[i]", 1)
        if not adds:  # which threads share, by columns, so that it may not fail: its indices were read before
            kernel.add(f"fail_if(({j} < -{size}) | ({j} >= {size}))", 1)
        terms.append(f"{j} % {size} * {kernel.size(stride)}")
    width = kernel.size(math.prod(rest))
    if adds:
        kernel.split(math.prod(rest), x.value.itemsize)
    kernel.add(f"first = {' + '.join(terms)}", 1)
    kernel.add(f"for k in range({'start, stop' if adds else width}):", 1)
    element = f"{kernel.array(x)}[first + k]"
    row = f"{kernel.array(other)}[i * {width} + k]" if isinstance(other, Array) else literal(other)
    kernel.add(f"{element} += {row}" if adds else f"{element} = {row}" if value else f"{row} = {element}", 2)
    return kernel


def _are_rows(x: Symbol, index: Sequence[Any], other: Any, writes: bool) -> bool:
    """Whether a loop can go over what arrays of indices name of x, and over rows as long, or one number for all."""
    if not all(map(_are_integers, index)) or len({i.value.shape for i in index}) != 1:
        return False
    if x.value.dtype.char not in TYPES or not x.value.size or not x.value[(0,) * len(index)].flags.c_contiguous:
        return False
    if writes and any(isinstance(z, Array) and z.of is x.of for z in (*index, other)):  # NumPy makes a copy first
        return False
    if not isinstance(other, Array):
        return isinstance(other, (int, float))
    same = other.value.dtype == x.value.dtype and other.value.flags.c_contiguous
    return same and other.value.shape == index[0].value.shape + x.value.shape[len(index) :]


def _check(call: Call) -> Kernel | None:
    """Whether all indices are in [0, end), or all targets in [0, 1]; other checks stay with NumPy."""
    x: Any = call.args[-2 if call.function in (check_classes, check_indices) else -1] if call.args else None
    if call.function is check_fractions and _floats(x) and x.value.flags.c_contiguous:
        test, ends = "~(({0} >= 0) & ({0} <= 1))", []
    elif call.function in (check_classes, check_indices) and _are_integers(x):
        test, ends = "({0} < 0) | ({0} >= {1})", [call.args[-1]]
    else:
        return None
    kernel = Kernel(x.value.size)
    kernel.add("outside = cell(bool(0))")
    kernel.add(f"for i in range({kernel.size(x.value.size)}):")
    kernel.add(f"outside[0] |= {test.format(f'{kernel.array(x)}[i]', *map(kernel.size, ends))}", 1)
    kernel.add("fail_if(outside[0])")
    return kernel


def _are_integers(x: object) -> bool:
    """Whether it is an array of integers in one piece."""
    return isinstance(x, Array) and x.value.dtype == np.int64 and x.value.flags.c_contiguous


def _floats(x: object) -> bool:
    return isinstance(x, Array) and x.value.dtype.char in "fd" and x.value.size > 0


def elements(x: Symbol) -> list[int]:
    """Strides in elements."""
    return [s // x.value.itemsize for s in x.value.strides]
