"""A contestant in a process of its own."""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from typing import Protocol

from benchmarks.suite import Turn

HELD_BACK = ("OPENBLAS_CORETYPE", "OPENBLAS_L2_SIZE", "OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS")
"""Settings that a user's machine does not have: everyone gets the fastest kernels and all the cores."""


class Player(Protocol):
    """What takes turns."""

    def turn(self, case: str) -> Turn | str:
        """The figures of a turn, or why there are none."""

    def stop(self) -> None:
        """Go home."""


class Contestant:
    """Runs turns in another process, kept from turn to turn or started for each one."""

    def __init__(self, suite: str, name: str, *, fresh: bool = False) -> None:
        self._command = [sys.executable, "-m", "benchmarks.child", suite, name]
        self._name = f"{suite}: {name}"
        self._fresh = fresh
        self._process: subprocess.Popen[str] | None = None

    def turn(self, case: str) -> Turn | str:
        """The figures of a turn, or why there are none.

        Raises:
            RuntimeError: the process ended without an answer.
        """
        if self._process is None:
            self._process = subprocess.Popen(
                self._command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=environment(os.environ)
            )
        with contextlib.suppress(BrokenPipeError):  # its end is reported below
            print(json.dumps(case), file=self._process.stdin, flush=True)
        line = next(iter(self._process.stdout or ()), "")
        if not line:
            status = self._process.wait()
            raise RuntimeError(f"{self._name}, {case}: expected figures, but its process ended with status {status}")
        if self._fresh:
            self.stop()
        answer = json.loads(line)
        return answer if isinstance(answer, str) else Turn(*answer)

    def stop(self) -> None:
        """End the process."""
        if self._process is not None:
            self._process.kill()
            self._process.communicate()
            self._process = None


def environment(inherited: Mapping[str, str], held_back: Sequence[str] = HELD_BACK) -> dict[str, str]:
    """What the contestants' processes inherit."""
    return {name: value for name, value in inherited.items() if name not in held_back}
