"""Matrix products for code that runs outside of Python: NumPy's own BLAS, or MKL where it is installed and faster."""

import ctypes
import functools
import importlib.metadata
import timeit
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np


@dataclass(frozen=True)
class Blas:
    """A library.

    Attributes:
        gemm: by dtype's character, C ← α·op(A)·op(B) + β·C: `cblas_?gemm` with addresses as integers.
        threads: gives the number of threads that compute a product.
        set_threads: sets it: for the whole process or, if `local`, for the calling thread, and gives the number before.
        local: whether it does; a thread's number of 0 means that of the process.
    """

    gemm: Mapping[str, Any]
    threads: Callable[[], int]
    set_threads: Any = None
    local: bool = False


@functools.cache
def library() -> Blas:
    """The library for all products; one that has none where none is found.

    Of two it is the one that is faster here: both together would be two pools of threads that wait for each other.
    """
    found = list(_libraries())
    return min(found, key=_seconds) if len(found) > 1 else next(iter(found), Blas({}, lambda: 1))


def _libraries() -> Iterator[Blas]:
    """NumPy's BLAS, and MKL if the package `mkl` is installed."""
    try:
        from threadpoolctl import threadpool_info
    except ImportError:
        return
    known = [it["filepath"] for it in threadpool_info() if it["user_api"] == "blas"]
    paths = [path for path in known if "numpy" in path]
    try:
        files = importlib.metadata.files("mkl") or ()
        paths += [str(file.locate()) for file in files if "libmkl_rt" in file.name or "mkl_rt." in file.name]
    except importlib.metadata.PackageNotFoundError:
        pass
    for path in paths:
        yield from _declared(ctypes.CDLL(path))


def _declared(library: ctypes.CDLL) -> Iterator[Blas]:
    """The library's functions with their types; wheels of NumPy rename them and count in 64 bits."""
    local = hasattr(library, "MKL_Set_Num_Threads_Local")
    for product, setting, integer in (
        ("scipy_cblas_{}64_", "scipy_openblas_{}64_", ctypes.c_int64), ("cblas_{}", "openblas_{}", ctypes.c_int),
    ):  # fmt: skip
        get, change = setting.format("get_num_threads"), setting.format("set_num_threads")
        if local:
            get, change = "MKL_Get_Max_Threads", "MKL_Set_Num_Threads_Local"
        if all(hasattr(library, name) for name in (product.format("sgemm"), get, change)):
            products, matrix = {}, (ctypes.c_size_t, integer)
            for char, name, real in (("f", "sgemm", ctypes.c_float), ("d", "dgemm", ctypes.c_double)):
                given = *[ctypes.c_int] * 3, *[integer] * 3, real, *matrix, *matrix, real, *matrix
                products[char] = ctypes.CFUNCTYPE(None, *given)((product.format(name), library))
            set_threads = ctypes.CFUNCTYPE(ctypes.c_int if local else None, ctypes.c_int)((change, library))
            yield Blas(products, ctypes.CFUNCTYPE(ctypes.c_int)((get, library)), set_threads, local)


def _seconds(library: Blas) -> float:
    """The shortest of some products' times."""
    n = 384  # rows and columns
    x, y, out = (np.ones((n, n), np.float32) for _ in range(3))
    given = 101, 111, 111, n, n, n, 1.0, x.ctypes.data, n, y.ctypes.data, n, 0.0, out.ctypes.data, n
    return min(timeit.repeat(lambda: library.gemm["f"](*given), number=1, repeat=12))
