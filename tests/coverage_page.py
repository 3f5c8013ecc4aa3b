"""docs/coverage.md, made from the table of operations: `python -m tests.coverage_page`."""

import functools
from collections.abc import Iterator, Mapping
from pathlib import Path

import numpy as np

from tests.checks import by_vector, upstream
from tests.coverage import PLAIN, REFUSED, Function, functions, numpy_name
from tests.table import HALF_ROWS
from vector import numpy_protocol

ROOT = Path(__file__).parents[1]
PAGE = ROOT / "docs" / "coverage.md"
GROUPS: Mapping[str, tuple[str, ...]] = {
    "Of each element": ("elementwise", "ufuncs"),
    "Reductions": ("reduction", "loss", "statistics"),
    "Running along an axis": ("cumulative",),
    "Order and quantiles": ("order",),
    "Products": ("product",),
    "Linear algebra": ("linalg",),
    "Shape": ("shape", "fft"),
    "Choosing by place, joining and splitting": ("indexing",),
    "Ranges and copies": ("ranges",),
    "Polynomials": ("polynomial",),
    "Functions of functions": ("mapping",),
}
HEAD = """\
# What can be differentiated

{count} functions of NumPy {numpy} and of the engine's own. Each has its rows in the table of operations, and every row
is tested for five promises, on shapes that hypothesis draws: 0-d, empty and size-1 axes where the function takes them.

| column | promise | judge |
|---|---|---|
| value | the number is right | PyTorch in float64, and the complex step where it can judge |
| reverse | so is the gradient, also beside constants and with one operand in every place | the same |
| forward | ⟨g, J·t⟩ = ⟨Jᵀ·g, t⟩ in a random direction t | reverse mode |
| second | the Hessian times a random direction | PyTorch's double backward |
| dtypes | value and gradient keep these dtypes, and agree with float64 but for rounding | float64 |

A function under its NumPy name, `np.f(tensor)`, is the same function. The tests are in `tests/vector/test_ops.py`;
the file in the last column holds the rows, and in brackets stands how many. A 0 in the column `reverse` says that the
gradient is 0 everywhere, as between the jumps of `floor`. A rule or a function without a row fails the suite.

This page is made by `python -m tests.pages`; a test fails when it is out of date.
"""
TAIL = """
## What is not covered

Nothing cuts the graph in silence. Whatever is not in the tables above does one of two things.

**It {plain}:**
{plains}.
`bincount` and `histogram` count, and are differentiable in their weights alone.

**It raises an error** that names the function and says what to do instead:

| why | functions |
|---|---|
{refusals}

Turning a Tensor that requires a gradient into an array (`np.array`, `np.asarray`, a list of Tensors given to a NumPy
function that makes an array of it first) raises too; `vector.stack` takes such lists. `float(x)`, and with it
`math.exp(x)`, gives a bare number and warns, as in PyTorch; `x.item()` is meant, and silent.
"""


@functools.cache
def page() -> str:
    """The text of docs/coverage.md."""
    parts = [HEAD.format(count=len(functions()), numpy=".".join(np.__version__.split(".")[:2]))]
    for title, modules in GROUPS.items():
        group = [function for function in functions() if function.group in modules]
        parts.append("\n".join([f"## {title} ({len(group)})\n", *_table(group), ""]))
    plains = ", ".join(sorted(f"`{numpy_name(f).removeprefix('np.')}`" for f in numpy_protocol.NOT_DIFFERENTIABLE))
    refusals = "\n".join(
        f"| {why} | {', '.join(f'`{name}`' for name in names.split())} |" for why, names in REFUSED.items()
    )
    parts.append(TAIL.lstrip("\n").format(plain=PLAIN, plains=plains, refusals=refusals))
    return "\n".join(parts)


def _table(group: list[Function]) -> Iterator[str]:
    yield "| function | in NumPy | value | reverse | forward | second | dtypes | rows |"
    yield "|---|---|---|---|---|---|---|---|"
    for function in sorted(group, key=lambda function: function.name.lower()):
        reverse = "0" if _flat(function) else "✓"
        second = "✓" if any(row.smooth for row in function.rows) else "–"
        yield (
            f"| {_ours(function)} | {_numpys(function)} | ✓ | {reverse} | ✓ | {second} | {_dtypes(function)} "
            f"| {_places(function)} |"
        )


def _ours(function: Function) -> str:
    names = [name for name in function.names if not name.startswith("np.")]
    return ", ".join(f"`{name.removeprefix('vector.')}`" for name in dict.fromkeys(names)) or "operator"


def _numpys(function: Function) -> str:
    names = [name for name in function.names if name.startswith("np.")]
    return ", ".join(f"`{name}`" for name in dict.fromkeys(names)) or "–"


def _dtypes(function: Function) -> str:
    narrow = [row for row in function.rows if not row.widens]
    if any(row in HALF_ROWS for row in narrow):
        return "16, 32, 64"
    return "32, 64" if narrow else "64"


def _flat(function: Function) -> bool:
    """Whether all gradients of all rows are 0."""
    for row in function.rows:
        case = next(row.cases())
        operands = case.sample()
        slopes = by_vector(case.f, operands, upstream(case, operands)).gradients
        if any(np.any(slope != 0) for slope in slopes):
            return False
    return True


def _places(function: Function) -> str:
    files = [Path(row.f.__code__.co_filename).relative_to(ROOT).as_posix() for row in function.rows]
    return ", ".join(f"`{file}` ({files.count(file)})" for file in dict.fromkeys(files))
