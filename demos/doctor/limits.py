"""How many processors this process may use: cores, affinity, and the limit of a container."""

from __future__ import annotations

import math
import os
from pathlib import Path
from typing import NamedTuple

from demos.machine import cores

ROOT = Path("/")


class Limits(NamedTuple):
    """What the system allows."""

    cores: int
    """That the machine has."""
    allowed: int
    """That this process may run on, by its affinity."""
    quota: float | None
    """Processors' worth of time that the container may use; None without a limit."""

    @property
    def threads(self) -> int:
        """The most threads that can run at the same time, at least 1."""
        return self.allowed if self.quota is None else max(1, min(self.allowed, math.ceil(self.quota)))


def limits(root: Path = ROOT) -> Limits:
    """What the system allows now; the control groups are read below `root`."""
    return Limits(os.cpu_count() or 1, cores(), quota(root))


def quota(root: Path = ROOT) -> float | None:
    """The smallest limit of the process's control groups and those around them, version 1 or 2, in processors."""
    found = [limit for folder in _folders(root) for limit in (_version_2(folder), _version_1(folder)) if limit]
    return min(found, default=None)


def _folders(root: Path) -> list[Path]:
    """The folders of the control groups that rule this process, the outer ones too."""
    mount = root / "sys/fs/cgroup"
    folders = []
    for line in _read(root / "proc/self/cgroup").splitlines():
        _, controllers, path = line.split(":", 2)
        if controllers and "cpu" not in controllers.split(","):
            continue
        tops = [mount, mount / "unified"] if not controllers else [mount / controllers, mount / "cpu"]
        inside = Path(path.lstrip("/"))
        folders += [top / part for top in tops for part in (inside, *inside.parents)]
    return folders or [mount, mount / "cpu"]


def _version_2(folder: Path) -> float | None:
    """`cpu.max` holds "quota period" in µs, or "max period"."""
    allowed, _, period = _read(folder / "cpu.max").partition(" ")
    return int(allowed) / int(period) if allowed.isdecimal() and period.strip().isdecimal() else None


def _version_1(folder: Path) -> float | None:
    """Two files hold quota and period in µs; a quota of −1 is none."""
    allowed, period = (_read(folder / f"cpu.cfs_{name}_us").strip() for name in ("quota", "period"))
    return int(allowed) / int(period) if allowed.isdecimal() and period.isdecimal() else None


def _read(path: Path) -> str:
    try:
        return path.read_text()
    except OSError:
        return ""
