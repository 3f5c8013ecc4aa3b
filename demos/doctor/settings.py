"""What could be changed: settings that may hold the machine back, and the gain of changing each."""

from __future__ import annotations

import statistics
from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

from demos.doctor.limits import Limits

KERNELS = {
    "OPENBLAS_CORETYPE": "it names the kernels that OpenBLAS must take, instead of those that suit this processor",
    "OPENBLAS_L2_SIZE": "it tells OpenBLAS another size of the cache than the processor does",
}
THREADS = ("OPENBLAS_NUM_THREADS", "GOTO_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS", "BLIS_NUM_THREADS")
WORTH_IT = 1.05
"""A smaller gain is not told from chance."""


class Setting(NamedTuple):
    """A change of the environment."""

    what: str
    """What to type."""
    why: str
    changes: Mapping[str, str | None]
    """Values by variable; None takes one away."""

    def applied(self, environment: Mapping[str, str]) -> dict[str, str]:
        """The environment with the change."""
        changed = {**environment, **{name: value for name, value in self.changes.items() if value is not None}}
        return {name: value for name, value in changed.items() if self.changes.get(name, "") is not None}


def candidates(environment: Mapping[str, str], limits: Limits, threads: int | None) -> list[Setting]:
    """The changes that may help; `threads` are those that the BLAS uses now, where that is known."""
    found = [
        Setting(f"unset {name}", f"{name}={environment[name]}: {why}", {name: None})
        for name, why in KERNELS.items()
        if name in environment
    ]
    inherited = {name: environment[name] for name in THREADS if name in environment}
    now = threads or limits.allowed
    if inherited and now < limits.threads:
        said = ", ".join(f"{name}={value}" for name, value in inherited.items())
        why = f"{said} leaves processors idle: {limits.threads} are free to use"
        found.append(Setting("unset " + " ".join(inherited), why, dict.fromkeys(inherited)))
    if now > limits.threads:
        why = f"{now} threads share {limits.threads} processors and wait for each other"
        found.append(_threads(limits.threads, why))
    if now >= 4 and limits.threads >= 4:
        found.append(_threads(limits.threads // 2, "two threads on one core share its multipliers"))
    if now > 1 and limits.threads > 1:
        found.append(
            _threads(1, "threads cost more than they bring in products of this size, or others use the machine")
        )
    return found


def gains(
    settings: Sequence[Setting],
    environment: Mapping[str, str],
    step: Callable[[Mapping[str, str]], float],
    rounds: int = 3,
) -> list[float]:
    """How many times as fast each setting makes the step; measured in turns with the environment as it is."""
    ratios: list[list[float]] = [[] for _ in settings]
    for _ in range(rounds if settings else 0):
        now = step(environment)
        for mine, setting in zip(ratios, settings, strict=True):
            mine.append(now / step(setting.applied(environment)))
    return [statistics.median(mine) for mine in ratios]


def _threads(count: int, why: str) -> Setting:
    return Setting(f"export OPENBLAS_NUM_THREADS={count}", why, dict.fromkeys(THREADS, str(count)))
