"""The machine and the versions behind the figures."""

from __future__ import annotations

import json
import os
import platform
import subprocess
import sys
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from benchmarks.contestant import HELD_BACK, environment

DISTRIBUTIONS = ("numpy", "numba", "mkl", "torch", "jax", "autograd", "mygrad", "micrograd")


def described() -> dict[str, Any]:
    """Processor, cores, system, Python, versions, and the machine's largest speed in a matrix product."""
    return {
        "processor": processor(),
        "cores": len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count(),
        "system": f"{platform.system()} {platform.machine()}",
        "python": platform.python_version(),
        "versions": {name: found for name in DISTRIBUTIONS if (found := _version(name))},
        "load": os.getloadavg()[0] if hasattr(os, "getloadavg") else None,
        "held back": sorted(set(HELD_BACK) & set(os.environ)),
        **_asked(),
    }


def processor() -> str:
    """The processor's name, as the system tells it."""
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        lines = []
    names = [line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.processor() or platform.machine()


def kernels() -> str:
    """The BLAS that NumPy calls and the processor that its kernels are for."""
    try:
        from threadpoolctl import threadpool_info
    except ImportError:
        return "unknown: threadpoolctl is not installed"
    found = [x for x in threadpool_info() if x["user_api"] == "blas"]
    return ", ".join(f"{x['internal_api']} {x['version']}, {x.get('architecture', 'unknown')} kernels" for x in found)


def _asked() -> dict[str, Any]:
    """What only a process with the contestants' environment can tell."""
    command = [sys.executable, "-m", "benchmarks.machine"]
    told: dict[str, Any] = json.loads(subprocess.check_output(command, env=environment(os.environ)))
    return told


def _version(name: str) -> str | None:
    try:
        return version(name)
    except PackageNotFoundError:
        return None


if __name__ == "__main__":
    from benchmarks.steps.floor import peak

    print(json.dumps({"sgemm": peak() / 1e9, "blas": kernels()}))
