"""The machine and the versions behind the figures."""

from __future__ import annotations

import json
import os
import platform
import subprocess
import sys
from typing import Any

from benchmarks.contestant import HELD_BACK, environment
from demos.machine import blas_in_use, cores, processor, version

DISTRIBUTIONS = ("numpy", "llvmlite", "torch", "jax", "autograd", "mygrad", "micrograd")


def described() -> dict[str, Any]:
    """Processor, cores, system, Python, versions, and the machine's largest speed in a matrix product."""
    return {
        "processor": processor(),
        "cores": cores(),
        "system": f"{platform.system()} {platform.machine()}",
        "python": platform.python_version(),
        "versions": {name: found for name in DISTRIBUTIONS if (found := version(name))},
        "load": os.getloadavg()[0] if hasattr(os, "getloadavg") else None,
        "held back": sorted(set(HELD_BACK) & set(os.environ)),
        **_asked(),
    }


def _asked() -> dict[str, Any]:
    """What only a process with the contestants' environment can tell."""
    command = [sys.executable, "-m", "benchmarks.machine"]
    told: dict[str, Any] = json.loads(subprocess.check_output(command, env=environment(os.environ)))
    return told


if __name__ == "__main__":
    from benchmarks.steps.floor import peak

    print(json.dumps({"sgemm": peak() / 1e9, "blas": blas_in_use()[0]}))
