"""The matrix product of the library that NumPy itself calls, for code that runs outside of Python."""

from __future__ import annotations

import ctypes
import functools
from typing import Any

import numpy as np

_GEMM = {"f": "sgemm", "d": "dgemm"}


@functools.cache
def gemm(dtype: np.dtype[Any]) -> Any:
    """C ← α·op(A)·op(B) + β·C, `cblas_?gemm` with addresses as integers; None where NumPy's BLAS cannot be found."""
    if dtype.char not in _GEMM:
        return None
    try:
        from threadpoolctl import threadpool_info
    except ImportError:
        return None
    for library in threadpool_info():
        if library["user_api"] == "blas" and "numpy" in library["filepath"]:
            return _declared(ctypes.CDLL(library["filepath"]), _GEMM[dtype.char], dtype)
    return None


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
