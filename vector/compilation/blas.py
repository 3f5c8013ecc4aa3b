"""Matrix products for code that runs outside of Python: NumPy's own BLAS, or MKL where it is installed and faster."""

from __future__ import annotations

import ctypes
import functools
import importlib.metadata
import time
from collections.abc import Iterator
from typing import Any

import numpy as np

_GEMM = {"f": "sgemm", "d": "dgemm"}
_TRIAL = 384
"""Rows and columns of the product by which libraries are compared."""


@functools.cache
def gemm(dtype: np.dtype[Any]) -> Any:
    """C ← α·op(A)·op(B) + β·C, `cblas_?gemm` with addresses as integers; None where no library has it.

    Where there are two, the one that is faster here does all products: two pools of threads would wait for each other.
    """
    found = list(_libraries(dtype)) if dtype.char in _GEMM else []
    return min(found, key=lambda function: _seconds(function, dtype)) if len(found) > 1 else next(iter(found), None)


def _libraries(dtype: np.dtype[Any]) -> Iterator[Any]:
    """The function in NumPy's BLAS, and in MKL if the package `mkl` is installed."""
    try:
        from threadpoolctl import threadpool_info
    except ImportError:
        return
    paths = [library["filepath"] for library in threadpool_info() if library["user_api"] == "blas"]
    paths = [path for path in paths if "numpy" in path]
    try:
        files = importlib.metadata.files("mkl") or ()
        paths += [str(file.locate()) for file in files if "libmkl_rt" in file.name or "mkl_rt." in file.name]
    except importlib.metadata.PackageNotFoundError:
        pass
    for path in paths:
        function = _declared(ctypes.CDLL(path), _GEMM[dtype.char], dtype)
        if function is not None:
            yield function


def _declared(library: ctypes.CDLL, name: str, dtype: np.dtype[Any]) -> Any:
    """The function with its types; wheels of NumPy rename it and count in 64 bits."""
    for symbol, integer in ((f"scipy_cblas_{name}64_", ctypes.c_int64), (f"cblas_{name}", ctypes.c_int)):
        function = getattr(library, symbol, None)
        if function is not None:
            real, address = (ctypes.c_float if dtype.char == "f" else ctypes.c_double), ctypes.c_size_t
            flags = [ctypes.c_int] * 3
            function.argtypes = [
                *flags, integer, integer, integer, real, address, integer, address, integer, real, address, integer
            ]  # fmt: skip
            function.restype = None
            return function
    return None


def _seconds(function: Any, dtype: np.dtype[Any]) -> float:
    """The shortest of some products' times."""
    n = _TRIAL
    x, y, out = (np.ones((n, n), dtype) for _ in range(3))
    times = []
    for _ in range(12):
        start = time.perf_counter()
        function(101, 111, 111, n, n, n, 1.0, x.ctypes.data, n, y.ctypes.data, n, 0.0, out.ctypes.data, n)
        times.append(time.perf_counter() - start)
    return min(times)
