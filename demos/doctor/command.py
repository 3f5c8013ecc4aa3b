"""`python -m demos doctor`."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Mapping
from functools import partial
from pathlib import Path

import twingrad
from demos.doctor.limits import ROOT, limits
from demos.doctor.measures import Measured, ask
from demos.doctor.report import advice, machine, packages, speed
from demos.doctor.settings import THREADS, candidates, gains


def examine(
    environment: Mapping[str, str],
    tell: Callable[[str], object],
    *,
    root: Path = ROOT,
    ask: Callable[..., Measured] = ask,
    load: float | None = None,
) -> None:
    """Tell, line by line, what holds for a process with that environment."""
    _tell(tell, packages(twingrad.foreign(), twingrad.sharing()))
    allowed = limits(root)
    _tell(tell, machine(allowed, environment, load))
    now = ask(environment, everything=True)
    _tell(tell, speed(now, ask({**environment, **dict.fromkeys(THREADS, "1")}, everything=True)))
    settings = candidates(environment, allowed, now.threads)
    _tell(tell, advice(settings, gains(settings, environment, lambda changed: ask(changed, everything=False).step)))


def _tell(tell: Callable[[str], object], lines: Iterable[str]) -> None:
    for line in lines:
        tell(line)


def doctor_command() -> None:
    """Say which BLAS, kernels and threads NumPy uses here, how fast they are, and which one setting would help."""
    load = os.getloadavg()[0] if hasattr(os, "getloadavg") else None
    examine(os.environ, partial(print, flush=True), load=load)
