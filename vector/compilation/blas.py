"""Matrix products for code that runs outside of Python: NumPy's own BLAS."""

import ctypes
import functools
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Blas:
    """A library.

    gemm: by dtype's character, C ← α·op(A)·op(B) + β·C: `cblas_?gemm` with addresses as integers.
    threads: gives the number of threads that compute a product. set_threads: sets it, for the whole process.
    """

    gemm: Mapping[str, Any]
    threads: Callable[[], int]
    set_threads: Any = None


@functools.cache
def library() -> Blas:
    """The library for all products; one that has none where none is found.

    Wheels of NumPy rename its functions and count in 64 bits.
    """
    for path in _paths():
        found = ctypes.CDLL(path)
        for product, setting, integer in (
            ("scipy_cblas_{}64_", "scipy_openblas_{}64_", ctypes.c_int64), ("cblas_{}", "openblas_{}", ctypes.c_int),
        ):  # fmt: skip
            get, change = setting.format("get_num_threads"), setting.format("set_num_threads")
            if all(hasattr(found, name) for name in (product.format("sgemm"), get, change)):
                products, matrix = {}, (ctypes.c_size_t, integer)
                for char, name, real in (("f", "sgemm", ctypes.c_float), ("d", "dgemm", ctypes.c_double)):
                    given = *[ctypes.c_int] * 3, *[integer] * 3, real, *matrix, *matrix, real, *matrix
                    products[char] = ctypes.CFUNCTYPE(None, *given)((product.format(name), found))
                set_threads = ctypes.CFUNCTYPE(None, ctypes.c_int)((change, found))
                return Blas(products, ctypes.CFUNCTYPE(ctypes.c_int)((get, found)), set_threads)
    return Blas({}, lambda: 1)


def _paths() -> list[str]:
    try:
        from threadpoolctl import threadpool_info
    except ImportError:
        return []
    return [it["filepath"] for it in threadpool_info() if it["user_api"] == "blas" and "numpy" in it["filepath"]]
