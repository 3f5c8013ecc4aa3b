"""The text of one compiled loop, written so that loops that differ only in sizes and addresses are the same text."""

import math
from collections.abc import Callable, Iterable, Sequence
from typing import Any

import numpy as np

from vector.arrays import ALIGNMENT
from vector.compilation.expressions import expression, weight
from vector.compilation.memory import location
from vector.compilation.program import Array, Call, Number, Symbol

TYPES = {"f": "float32", "d": "float64", "l": "int64", "?": "bool_"}
"""numba's names of the dtypes that loops know."""


class Kernel:
    """Builds the text of a function of `start`, `stop` and a list: addresses, sizes and Python numbers.

    Attributes:
        arguments: the arrays, sizes and numbers that it is to be called with, in this order.
        work: about how many elements it computes, one that takes longer than an addition counted more than once.
        length: the iterations of its loop that can be split; 1 if there is none. Parts begin at multiples of `grain`.
        call: what it does.

    Args:
        memory: where an array lies, if that is known.
    """

    call: Call

    def __init__(self, work: int = 0, memory: Callable[[Symbol], Any] = lambda _: None) -> None:
        self.arguments: list[Symbol | int] = []
        self.work = work
        self.length = self.grain = 1
        self._memory = memory
        self._known: dict[Any, Any] = {}
        self._heads: dict[str, str] = {}
        self._lines: list[str] = []

    def text(self) -> str:
        """The function, which is given the list as integers and as floats; it returns 1 if an index is out of range."""
        lines = [*self._heads.values(), *self._lines, "return 0"]
        return "def kernel(arguments, numbers, start, stop):\n" + "".join(f"    {line}\n" for line in lines)

    def add(self, line: str, depth: int = 0) -> None:
        """A line inside `depth` loops."""
        self._lines.append("    " * depth + line)

    def array(self, x: Symbol) -> str:
        """The variable through which the array's memory is reached, as one long row."""
        kind = TYPES[x.value.dtype.char]
        return self._variable("a", x, f"carray(pointer(arguments[{{}}]), ROW, {kind})")

    def address(self, x: Symbol) -> str:
        """The variable with the array's address."""
        return self._variable("p", x, "arguments[{}]")

    def size(self, n: int) -> str:
        """The variable with a size."""
        self.arguments.append(n)
        name = f"n{len(self.arguments) - 1}"
        self._heads[name] = f"{name} = arguments[{len(self.arguments) - 1}]"
        return name

    def number(self, x: Number, kind: str) -> str:
        """The variable with a Python number, converted once, before the loop."""
        return self._variable(f"{kind}_", x, f"{kind}(numbers[{{}}])")

    def _variable(self, prefix: str, x: Symbol, value: str) -> str:
        x = self.one_of(x)
        if x not in self.arguments:
            self.arguments.append(x)
        i = self.arguments.index(x)
        self._heads[f"{prefix}{i}"] = f"{prefix}{i} = {value.format(i)}"
        return f"{prefix}{i}"

    def one_of(self, x: Symbol) -> Symbol:
        """The argument that stands for x: two names for one place would keep iterations from being vectorized."""
        place = self._memory(x) if isinstance(x, Array) else None
        if place is None:
            return x
        # Two arguments of the step that lie in one place while it is recorded may be two the next time.
        whose = x.of if x.of.origin == "argument" else None
        return self._known.setdefault((whose, location(place)), x)

    def nest(self, sizes: Sequence[int], split: int | None = None) -> int:
        """Loops over i0, i1, …, of which one may be split; the depth inside them."""
        for depth, n in enumerate(sizes):
            self.add(f"for i{depth} in range({'start, stop' if depth == split else self.size(n)}):", depth)
        return len(sizes)

    def at(self, x: Symbol, strides: Sequence[int]) -> str:
        """The array's element at i0, i1, …, given its stride along each loop."""
        steps = [f"i{i}" if s == 1 else f"i{i} * {self.size(s)}" for i, s in enumerate(strides) if s]
        # numba would look whether an index with a sign counts from the end, and then do one element at a time.
        return f"{self.array(x)}[uint64({' + '.join(steps) or 0})]"


def loop(step: Call, memory: Callable[[Symbol], Any]) -> Kernel:
    """One pass over memory that does several calls."""
    kernel = Kernel(math.prod(step.shape) * sum(map(weight, step.parts)), memory)
    sizes, strides = merged(step.shape, [*dict.fromkeys([*step.made, *step.reads()])])
    depth = kernel.nest(sizes, split=0)
    if sizes:
        kernel.length, kernel.grain = sizes[0], _grain(strides[x][0] * x.value.itemsize for x in step.made)
    known: dict[Symbol, str] = {}

    def name(x: Any, dtype: np.dtype[Any]) -> str:
        kind = TYPES[dtype.char]
        if isinstance(x, Number):
            return kernel.number(x, kind)
        if not isinstance(x, Array):
            return f"{kind}({literal(x)})"
        if x not in known:
            known[x] = f"x{len(known)}"
            kernel.add(f"{known[x]} = {kernel.at(x, strides[x])}", depth)
        return known[x] if x.value.dtype == dtype else f"{kind}({known[x]})"

    for call in step.parts:
        (made,) = call.made
        value = expression(call, name)
        known.setdefault(made, f"x{len(known)}")
        kernel.add(f"{known[made]} = {TYPES[made.value.dtype.char]}({value})", depth)
    for x in step.made:
        kernel.add(f"{kernel.at(x, strides[x])} = {known[x]}", depth)
    return kernel


def reduction(x: Symbol, out: Symbol, axes: Sequence[int], how: str, weights: Symbol | None = None) -> Kernel:
    """The sum, or the largest, over axes, each row with its weight; the last loop runs along the memory of x."""
    kernel = Kernel(x.value.size)
    order = sorted(range(x.value.ndim), key=lambda i: -abs(x.value.strides[i]))
    kept = [i for i in range(x.value.ndim) if i not in axes]
    aligned = [i for i in range(x.value.ndim) if i in kept or out.value.ndim == x.value.ndim]
    of_out = dict(zip(aligned, elements(out), strict=True))
    of_x = elements(x)
    kind = TYPES[out.value.dtype.char]
    first = "0" if how == "sum" else "-np.inf"
    along = next((i for i in kept if x.value.shape[i] > 1), None)  # of the result, which lies in one piece, the slowest
    if along is not None:
        kernel.length = x.value.shape[along]
        kernel.grain = _grain([out.value.nbytes // kernel.length])
    row = kernel.size(out.value.size // kernel.length)
    kernel.add(f"for i in range(start * {row}, stop * {row}):")
    kernel.add(f"{kernel.array(out)}[uint64(i)] = {first}", 1)
    depth = kernel.nest([x.value.shape[i] for i in order], None if along is None else order.index(along))
    source = kernel.at(x, [of_x[i] for i in order])
    if weights is not None:
        source = f"{kernel.at(weights, [int(i in axes) for i in order])} * {source}"
    target = kernel.at(out, [of_out[i] if i in kept else 0 for i in order])
    if not order or order[-1] in kept:
        kernel.add(f"{target} = {_folded(how, target, source)}", depth)
        return kernel
    # Along the last axis the total stays in a register, of a sum in float64, which keeps more digits than float32.
    inner = kernel._lines.pop()
    kernel.add(f"t = {'float64' if how == 'sum' else kind}({first})", depth - 1)
    kernel._lines.append(inner)
    kernel.add(f"t = {_folded(how, 't', source)}", depth)
    kernel.add(f"{target} = {kind}({_folded(how, target, 't')})", depth - 1)
    return kernel


def indexing(x: Symbol, index: Sequence[Symbol], other: Any) -> Kernel:
    """out[i] ← x[index₀[i], index₁[i], …] if the other is an array, else x[…] ← the number; too little to be split."""
    reads = isinstance(other, Array)
    kernel = Kernel(index[0].value.size)
    kernel.add(f"for i in range({kernel.size(index[0].value.size)}):")
    kernel.add("at = 0", 1)
    for size, stride, places in zip(map(kernel.size, x.value.shape), elements(x), index, strict=True):
        kernel.add(f"j = {kernel.array(places)}[i]", 1)
        kernel.add(f"if j < -{size} or j >= {size}:", 1)
        kernel.add("return 1", 2)
        kernel.add(f"at += (j + {size} if j < 0 else j) * {kernel.size(stride)}", 1)
    element = f"{kernel.array(x)}[uint64(at)]"
    kernel.add(f"{kernel.array(other)}[i] = {element}" if reads else f"{element} = {literal(other)}", 1)
    return kernel


def bounds_check(x: Symbol, end: int) -> Kernel:
    """Whether all are in [0, end)."""
    kernel = Kernel(x.value.size)
    kernel.add("outside = False")
    kernel.add(f"for i in range({kernel.size(x.value.size)}):")
    a = kernel.array(x)
    kernel.add(f"outside |= ({a}[i] < 0) | ({a}[i] >= {kernel.size(end)})", 1)
    kernel.add("if outside:")
    kernel.add("return 1", 1)
    return kernel


def product(x: Symbol, y: Symbol, out: Symbol, alpha: Number | float = 1.0, beta: float = 0.0) -> Kernel:
    """out ← α·x·y + β·out, for matrices that lie row by row or column by column."""
    (m, k), n = x.value.shape, y.value.shape[1]
    if out.value.flags.c_contiguous:
        (left, rows), (right, columns) = (x, _lying(x)), (y, _lying(y))
    else:  # outᵀ = yᵀ·xᵀ lies row by row
        (left, rows), (right, columns) = (y, _turned(y)), (x, _turned(x))
        m, n = n, m
    kind = TYPES[out.value.dtype.char]
    kernel = Kernel(m * n * k // _FUSED)
    scale = f"-{kernel.number(alpha, kind)}" if isinstance(alpha, Number) else f"{kind}({alpha})"
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
    given = [*flags, *sizes, scale, *places[:2], f"{kind}({beta})", places[2]]
    kernel.add(f"gemm_{kind}({', '.join(given)})")
    return kernel


_FUSED = 8  # multiplications and additions that a core does at once, about
_TILE = 16  # rows or columns of which BLAS's kernels compute as many at once, or a divisor of that


_ROW_MAJOR = 101  # CBLAS's names: for how the result lies,
_ROWS, _COLUMNS = 111, 112  # and for a matrix that is read as it lies, and for its transpose


def is_matrix(x: Symbol) -> bool:
    """Whether BLAS can read it where it lies."""
    v = x.value
    one_piece = v.flags.c_contiguous or v.flags.f_contiguous
    return v.ndim == 2 and v.dtype.char in "fd" and v.size > 0 and bool(one_piece)


def _lying(x: Symbol) -> int:
    return _ROWS if x.value.flags.c_contiguous else _COLUMNS


def _turned(x: Symbol) -> int:
    return _ROWS + _COLUMNS - _lying(x)


def _row(x: Symbol) -> int:
    """The length of a row, or of a column, in memory."""
    return x.value.shape[1] if x.value.flags.c_contiguous else x.value.shape[0]


def elements(x: Symbol) -> list[int]:
    """Strides in elements."""
    return [s // x.value.itemsize for s in x.value.strides]


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


def literal(x: Any) -> str:
    """A constant, as numba reads it."""
    number = float(x)
    if math.isfinite(number):
        return repr(x.item() if isinstance(x, np.generic) else x)
    return "np.nan" if number != number else "np.inf" if number > 0 else "-np.inf"


def _grain(steps: Iterable[int]) -> int:
    """The turns after which every array is at another cache line, so that no two parts write to the same one."""
    return math.lcm(*(ALIGNMENT // math.gcd(ALIGNMENT, abs(step)) for step in steps))


def _folded(how: str, total: str, x: str) -> str:
    return f"{total} + {x}" if how == "sum" else f"larger({total}, {x})"
