"""What of NumPy can be differentiated, which rows test it, and what the rest does instead.

A function is counted once, however many names it has: what `vector`, `vector.linalg` or `vector.fft` exports, and what
`np.f(tensor)` and the operators come to. Not counted are rules that only layers and gradients use, and layers.
"""

import functools
import inspect
from collections.abc import Iterator, Mapping
from types import ModuleType
from typing import Any, NamedTuple

import numpy as np

import vector
from tests.row import Row
from tests.table import FUNCTION_ROWS, VECTOR_ROWS
from vector import numpy_protocol
from vector.op import Op

NAMESPACES: Mapping[str, ModuleType] = {"vector": vector, "vector.linalg": vector.linalg, "vector.fft": vector.fft}


LATE = {getattr(np.fft, name): getattr(vector.fft, name) for name in vector.fft.__all__}
COVERED: Mapping[Any, Any] = {**numpy_protocol.UFUNCS, **numpy_protocol.FUNCTIONS, **LATE}
"""NumPy's functions and ours."""


class Function(NamedTuple):
    """One differentiable function."""

    names: list[str]
    """In `vector` and its namespaces, if it is there, then in NumPy."""
    group: str
    """The last part of the name of the module that defines it."""
    rows: list[Row]
    """The rows of the table that test it."""

    @property
    def name(self) -> str:
        """Its first name."""
        return self.names[0]


@functools.cache
def functions() -> list[Function]:
    """Every differentiable function, in the order of the namespaces."""
    names: dict[int, list[str]] = {}
    objects: dict[int, Any] = {}
    for name, function in _exported():
        objects[id(function)] = function
        names.setdefault(id(function), []).append(name)
    return [Function(names[key], _group(function), _rows(names[key])) for key, function in objects.items()]


def _exported() -> Iterator[tuple[str, Any]]:
    for prefix, namespace in NAMESPACES.items():
        for name in namespace.__all__:
            function = inspect.unwrap(getattr(namespace, name))  # that it answers unknown keywords counts for nothing
            if isinstance(function, Op) or getattr(function, "__module__", "").startswith("vector.functions"):
                yield f"{prefix}.{name}", function
    for numpys, function in COVERED.items():
        yield numpy_name(numpys), function


def numpy_name(function: Any) -> str:
    """What NumPy's function is called: np.sum, np.linalg.norm."""
    module = getattr(function, "__module__", None) or "numpy"
    return f"{module.replace('numpy', 'np', 1)}.{function.__name__}"


def _group(function: Any) -> str:
    """The kind of a function: the module of the rules or of the functions that has it."""
    if not isinstance(function, Op):
        return str(function.__module__.rpartition(".")[2])
    modules = [module for module in vars(vector.rules).values() if isinstance(module, ModuleType)]
    return next(m.__name__.rpartition(".")[2] for m in modules if any(op is function for op in vars(m).values()))


def _rows(names: list[str]) -> list[Row]:
    """The rows that are named like one of the functions, or whose own text calls one."""
    return [row for row in VECTOR_ROWS + FUNCTION_ROWS if any(_tests(row, name) for name in names)]


def _tests(row: Row, full_name: str) -> bool:
    prefix, _, name = full_name.rpartition(".")
    spelled = set(_spelled(row.f.__code__))
    namespace = prefix.rpartition(".")[2]
    if namespace in ("linalg", "fft"):
        return namespace in spelled and name in spelled
    return name == row.name or ("linalg" not in spelled and name in spelled)


def _spelled(code: Any) -> Iterator[str]:
    """The names that a function, and those defined inside it, look up."""
    yield from code.co_names
    for constant in code.co_consts:
        if hasattr(constant, "co_names"):
            yield from _spelled(constant)


# ---------------------------------------------------------------- what has no derivative here, and why

PLAIN = "answers with plain arrays, numbers or indices: what it says does not move when a number moves a little"
REFUSED: Mapping[str, str] = {
    "its results are complex, and Tensors are real": """
        fft.fft fft.fft2 fft.fftn fft.hfft fft.ifft fft.ifft2 fft.ifftn fft.ihfft fft.irfft fft.irfft2 fft.irfftn
        fft.rfft fft.rfft2 fft.rfftn linalg.eig linalg.eigvals roots sort_complex""",
    "it works on whole numbers or bits": """
        bitwise_and bitwise_count bitwise_or bitwise_xor gcd invert lcm left_shift packbits ravel_multi_index
        right_shift unpackbits unravel_index ix_""",
    "it works on dates": "busday_count busday_offset datetime_as_string is_busday isnat",
    "it sorts out equal numbers, as for labels": """
        intersect1d setdiff1d setxor1d union1d unique unique_all unique_counts unique_inverse unique_values""",
    "it writes into an array that it is given; the error names the functional form": """
        copyto fill_diagonal place put put_along_axis putmask""",
    "it steps to a neighbouring floating-point number": "nextafter spacing",
    "not needed so far; write it with covered functions": "histogram2d histogramdd polydiv",
}


def refused() -> Mapping[str, str]:
    """Why each NumPy function that raises for a Tensor does so."""
    return {f"np.{name}": reason for reason, names in REFUSED.items() for name in names.split()}


def dispatching() -> Iterator[Any]:
    """Every public function of NumPy that asks its arguments' classes what it shall do."""
    seen: set[int] = set()
    for namespace in (np, np.linalg, np.fft):
        for name in dir(namespace):
            function = getattr(namespace, name)
            if name.startswith("_") or isinstance(function, type) or id(function) in seen:
                continue
            if name == "in1d":
                continue  # np.isin's former name, gone in NumPy 2.4
            if isinstance(function, np.ufunc) or hasattr(function, "_implementation"):
                seen.add(id(function))
                yield function
