"""Matrix products for code that runs outside of Python: NumPy's own BLAS, or MKL where it is installed and faster."""

import ctypes
import functools
import importlib.metadata
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

_TRIAL = 384
"""Rows and columns of the product by which libraries are compared."""


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
    paths = [library["filepath"] for library in threadpool_info() if library["user_api"] == "blas"]
    paths = [path for path in paths if "numpy" in path]
    try:
        files = importlib.metadata.files("mkl") or ()
        paths += [str(file.locate()) for file in files if "libmkl_rt" in file.name or "mkl_rt." in file.name]
    except importlib.metadata.PackageNotFoundError:
        pass
    for path in paths:
        yield from _declared(ctypes.CDLL(path))


def _declared(library: ctypes.CDLL) -> Iterator[Blas]:
    """The library's functions with their types; wheels of NumPy rename them and count in 64 bits."""
    names = (("scipy_cblas_{}64_", "scipy_openblas_{}64_"), ("cblas_{}", "openblas_{}"))
    local = hasattr(library, "MKL_Set_Num_Threads_Local")
    for (product, setting), integer in zip(names, (ctypes.c_int64, ctypes.c_int), strict=True):
        get, change = ("MKL_Get_Max_Threads", "MKL_Set_Num_Threads_Local") if local else (
            setting.format("get_num_threads"), setting.format("set_num_threads")
        )  # fmt: skip
        if not all(hasattr(library, name) for name in (product.format("sgemm"), get, change)):
            continue
        asked, set_threads = getattr(library, get), getattr(library, change)
        asked.argtypes, asked.restype = (), ctypes.c_int
        set_threads.argtypes, set_threads.restype = (ctypes.c_int,), ctypes.c_int if local else None
        products, address, real = {}, ctypes.c_size_t, {"f": ctypes.c_float, "d": ctypes.c_double}
        for char, name in (("f", "sgemm"), ("d", "dgemm")):
            products[char] = function = getattr(library, product.format(name))
            function.argtypes = [
                *[ctypes.c_int] * 3, *[integer] * 3,
                real[char], address, integer, address, integer, real[char], address, integer,
            ]  # fmt: skip
            function.restype = None
        yield Blas(products, asked, set_threads, local)


def _seconds(library: Blas) -> float:
    """The shortest of some products' times."""
    n = _TRIAL
    x, y, out = (np.ones((n, n), np.float32) for _ in range(3))
    places = (x.ctypes.data, n, y.ctypes.data, n)
    times = []
    for _ in range(12):
        start = time.perf_counter()
        library.gemm["f"](101, 111, 111, n, n, n, 1.0, *places, 0.0, out.ctypes.data, n)
        times.append(time.perf_counter() - start)
    return min(times)
