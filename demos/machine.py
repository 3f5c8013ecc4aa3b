"""The machine behind a figure, for every page that shows one: processor, BLAS, versions."""

from __future__ import annotations

import os
import platform
from importlib.metadata import PackageNotFoundError
from importlib.metadata import version as _installed
from pathlib import Path


def processor() -> str:
    """The processor's name, as the system gives it."""
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        lines = []
    names = [line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.processor() or platform.machine()


def cores() -> int:
    """How many of the machine's cores this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def version(distribution: str) -> str | None:
    """The installed version of a distribution; None where it is not installed."""
    try:
        return _installed(distribution)
    except PackageNotFoundError:
        return None


def blas_in_use() -> tuple[str, int | None]:
    """NumPy's BLAS in words, with the processor that its kernels are for, and its threads."""
    import numpy as np

    try:
        from threadpoolctl import threadpool_info
    except ImportError:
        blas = np.show_config(mode="dicts")["Build Dependencies"]["blas"]
        return f"{blas['name']} {blas['version']} (for kernels and threads: pip install threadpoolctl)", None
    np.matmul(np.ones((2, 2)), np.ones((2, 2)))  # loads the library
    found = [library for library in threadpool_info() if library["user_api"] == "blas"]
    if not found:
        return "none that threadpoolctl knows", None
    library = max(found, key=lambda one: "numpy" in one["filepath"].lower())  # SciPy's wheel brings one of its own
    kernels = library.get("architecture") or "unknown"
    return f"{library['internal_api']} {library['version']}, {kernels} kernels", library["num_threads"]
