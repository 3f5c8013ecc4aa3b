"""What the doctor says."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import twingrad
from demos.doctor.limits import Limits
from demos.doctor.measures import STEP, Measured
from demos.doctor.settings import KERNELS, THREADS, WORTH_IT, Setting


def packages(foreign: Sequence[str], sharing: Sequence[str] = ()) -> Iterator[str]:
    """Whether the packages that Python finds are this project's, and whose names are theirs too."""
    yield f"packages     {', '.join(twingrad.PACKAGES)}: {'not all are' if foreign else 'all are'} twingrad's"
    for line in (*foreign, *sharing):
        yield f"             {line}"
    if foreign or sharing:
        yield f"             {twingrad.ADVICE}"


def machine(limits: Limits, environment: Mapping[str, str], load: float | None) -> Iterator[str]:
    """The processors, and the settings that are inherited."""
    quota = "no limit of a container" if limits.quota is None else f"a container's limit of {limits.quota:g}"
    yield f"processors   {limits.cores}, of which this process may use {limits.allowed}; {quota}"
    if load is not None and load > 0.5 * limits.threads:
        yield f"             busy: {load:.1f} programs want to run, so that the figures below are too low"
    inherited = [f"{name}={environment[name]}" for name in (*KERNELS, *THREADS) if name in environment]
    yield f"environment  {', '.join(inherited) or 'sets nothing about BLAS or threads'}"


def speed(now: Measured, alone: Measured) -> Iterator[str]:
    """The BLAS and what it reaches, with its threads and with one."""
    threads = f", threads: {now.threads}" if now.threads else ""
    yield f"BLAS         {now.blas}{threads}"
    yield f"memory       {now.bandwidth:.1f} GB/s in a copy"
    yield f"{'sgemm':13}{'as it is':>14}{'one thread':>14}"
    for size in now.sgemm:
        yield f"  {size:4} × {size:<4}{now.sgemm[size]:8.0f} GFLOP/s{alone.sgemm[size]:6.0f} GFLOP/s"
    sizes, batch = STEP
    what = f"the products of a training step, {'-'.join(map(str, sizes))}, batch {batch}"
    yield f"  step     {now.step:8.2f} ms     {alone.step:6.2f} ms       {what}"


def advice(settings: Sequence[Setting], gains: Sequence[float]) -> Iterator[str]:
    """The one setting that helps most, or that none does."""
    for setting, gain in zip(settings, gains, strict=True):
        yield f"tried        {setting.what}: {gain:.2f} times as fast"
    best = max(zip(gains, settings, strict=True), key=lambda pair: pair[0], default=None)
    if best is None or best[0] < WORTH_IT:
        yield "ADVICE       leave everything as it is: no setting would make a training step faster here"
        return
    gain, setting = best
    yield f"ADVICE       {setting.what}"
    yield f"             {setting.why}"
    yield f"             with this change the products of a training step are {gain:.2f} times as fast"
