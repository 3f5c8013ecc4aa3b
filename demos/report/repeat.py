"""The command that trains the same once more, and the machine on which this run was."""

from __future__ import annotations

import platform
import shlex
from collections.abc import Sequence
from contextvars import ContextVar
from typing import Any

import numpy as np

from demos.machine import blas_in_use, cores, processor, version
from demos.recipes import Recipe
from vector.training import Trainer

typed: ContextVar[tuple[str, Sequence[str]] | None] = ContextVar("typed", default=None)
"""The program and the words behind it, as the command line was given; None where Python called."""

_WITH_VALUE, _ALONE = ("--out",), ("--resume",)  # what would not begin anew in a folder of its own
_DISTRIBUTIONS = ("twingrad", "numpy", "pandas", "scikit-learn", "numba", "llvmlite", "mpi4py")


def command(processes: int = 1) -> str | None:
    """What was typed, less what names this run's folder; None where the training was not started by the command line.

    >>> token = typed.set(("twingrad", ["train", "--csv", "my file.csv", "--out", "runs/a", "--target=$y"]))
    >>> command()
    "twingrad train --csv 'my file.csv' '--target=$y'"
    >>> typed.reset(token)
    """
    if (line := typed.get()) is None:
        return None
    program, words = line
    kept = list(program.split())
    rest = iter(words)
    for word in rest:
        if word in _WITH_VALUE:
            next(rest, None)
        elif word not in _ALONE and not word.startswith(tuple(f"{name}=" for name in _WITH_VALUE)):
            kept.append(word)
    return shlex.join([*(["mpiexec", "-n", str(processes)] if processes > 1 else []), *kept])


def environment(trainer: Trainer, recipe: Recipe) -> dict[str, Any]:
    """What else the numbers and the time depend on, by name."""
    blas, threads = blas_in_use()
    return {
        "Python": platform.python_version(),
        **{name: found for name in _DISTRIBUTIONS if (found := version(name))},
        "system": f"{platform.system()} {platform.release()}, {platform.machine()}",
        "processor": processor(),
        "cores": cores(),
        "BLAS": blas if threads is None else f"{blas}, {threads} {'thread' if threads == 1 else 'threads'}",
        "processes": trainer.group.size,
        "engine": str(recipe.engine) + (", compiled" if recipe.compiled else ""),
        "numbers": str(np.dtype(recipe.dtype)),
        "seed": trainer.config.seed,
    }
