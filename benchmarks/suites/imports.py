"""How long `import` takes, in a Python that has loaded nothing but what it loads by itself."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable

from benchmarks.suite import Measure, Suite, Turn

PROGRAM = "import time; start = time.perf_counter(); import {module}; print(time.perf_counter() - start)"


def importing(module: str) -> Callable[[str], Measure]:
    """A fresh interpreter for each turn, with the bytecode written by one before."""

    def prepared(case: str) -> Measure:
        environment = {**os.environ, "PYTHONDONTWRITEBYTECODE": ""}

        def turn() -> Turn:
            command = [sys.executable, "-c", PROGRAM.format(module=module)]
            told = subprocess.run(command, env=environment, stdout=subprocess.PIPE, text=True, check=True).stdout
            return Turn({"ms": float(told) * 1e3})

        turn()
        return turn

    return prepared


SUITE = Suite(
    title="Import",
    about="`import` in a fresh interpreter, with the bytecode cached. *vector* includes NumPy, which it needs.",
    cases=["import"],
    contestants={name: importing(name) for name in ("numpy", "vector", "scalar")},
    ours=("vector", "scalar"),
    rounds=25,
)
